"""Nudges in words: which parameter should go which way, and how much it matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .words import ENGLISH, STEPS, Words, words_in


def nudge_words(negative_gradient, *, language="en"):
    """Say for each parameter which way it should go, and how much that matters.

    Words go by size relative to the largest component: below 0.2 "a little", from 0.2
    "somewhat", from 0.5 "a lot". A component of exactly 0 "should stay as it is".

    Parameters
    ----------
    negative_gradient : array-like of shape (n_parameters,)
        One finite component for each parameter.
    language : {"en", "zh"}, default="en"

    Returns
    -------
    sentences : list of str

    Raises
    ------
    ValueError
        If it is not a vector of finite numbers, or the language is unknown.

    Examples
    --------
    >>> from sklearn_gd import nudge_words
    >>> for words in nudge_words([0.31, 0.03, -1.25]):
    ...     print(words)
    should increase somewhat
    should increase a little
    should decrease a lot
    """
    phrases = words_in(language)
    vector = np.asarray(negative_gradient)
    if vector.ndim != 1 or vector.dtype.kind not in "biuf":
        raise ValueError(
            f"negative_gradient has shape {vector.shape} and dtype {vector.dtype}: "
            "give one real number for each parameter, shape (n_parameters,)."
        )
    if not np.isfinite(vector).all():
        raise ValueError("negative_gradient must be finite, but holds NaN or infinity.")
    sizes = np.abs(vector.astype(np.result_type(vector.dtype, np.float32)))
    largest = sizes.max(initial=0.0)
    relative = sizes / largest if largest > 0 else sizes
    steps = np.array(STEPS, dtype=sizes.dtype)
    levels = np.searchsorted(steps, relative, side="right") - 1
    pairs = zip(vector.tolist(), levels.tolist(), strict=True)
    return [phrases.nudge(component, level) for component, level in pairs]


@dataclass(frozen=True)
class Nudge:
    """What the negative gradient says of one parameter.

    Attributes
    ----------
    index : int, where the parameter stands in ``parameters_``
    layer : str, the layer whose neurons it feeds: "hidden 1", ..., "output"
    kind : "weight" or "bias"
    source : str, the input feature or neuron that a weight comes from; "" for a bias
    target : str, the neuron that it goes to
    name : str, such as "weight from x3 to hidden 1 neuron 0" or "bias of output 7"
    value : float, the parameter
    component : float, what the data ask for: minus the slope of their mean cost
    penalty : float, what L2 asks for; the negative gradient is the sum of the two
    words : str, such as "should increase a lot", of the component
    """

    index: int
    layer: str
    kind: str
    source: str
    target: str
    name: str
    value: float
    component: float
    penalty: float
    words: str

    def __str__(self):
        return f"{self.name} {self.words}"


@dataclass(frozen=True)
class Names:
    """What the inputs and neurons of a network are called.

    Parameters
    ----------
    shapes : list of (fan_in, fan_out), one for each layer
    outputs : sequence of class labels, one for each output neuron
    features : sequence of str, or None for x0, x1, ...
    words : Words, the language
    """

    shapes: Sequence
    outputs: Sequence
    features: Sequence | None = None
    words: Words = ENGLISH

    def layer(self, number):
        """Name of the layer of neurons with this number, the first is 0."""
        if number == len(self.shapes) - 1:
            return self.words.output
        return self.words.hidden.format(number=number + 1)

    def neuron(self, number, i):
        """Name of neuron i of a layer; layer -1 is the input."""
        if number < 0:
            return f"x{i}" if self.features is None else str(self.features[i])
        if number == len(self.shapes) - 1:
            return self.words.output_neuron.format(label=self.outputs[i])
        return self.words.neuron.format(layer=self.layer(number), i=i)

    def place(self, index):
        """Layer, kind, source, target and name of the parameter with this index."""
        start = 0
        for number, (fan_in, fan_out) in enumerate(self.shapes):
            if index < start + fan_in * fan_out:
                i, j = divmod(index - start, fan_out)
                ends = self.neuron(number - 1, i), self.neuron(number, j)
                name = self.words.weight.format(source=ends[0], target=ends[1])
                return self.layer(number), "weight", *ends, name
            start += fan_in * fan_out
        for number, (_, fan_out) in enumerate(self.shapes):
            if index < start + fan_out:
                target = self.neuron(number, index - start)
                name = self.words.bias.format(target=target)
                return self.layer(number), "bias", "", target, name
            start += fan_out
        raise IndexError(index)
