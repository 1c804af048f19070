"""Losses and their links: from the raw prediction to cost, gradient and probabilities.

The raw prediction of a network is what its last layer gives before any activation. A
*link* turns it into activations of the output neurons and into probabilities; a *loss*
compares them with the wanted activations. Network and loss meet nowhere else.

Shapes: ``raw`` and ``targets`` are (n_rows, n_outputs); ``costs`` and ``scratch`` are
(n_rows,). ``targets`` holds zeros and ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit, log_softmax, logit

Array = NDArray[np.floating]
# Share of the uniform prediction in the one that training starts from: it keeps the
# logarithm of 0 away, and a first batch with one class from deciding too much.
UNIFORM_SHARE = 0.1
# Raw predictions of at most this size are safe in float32 as they are: in exp, in sums
# of it, and in the logarithm of any probability that comes out.
MODERATE = 40.0


@dataclass(frozen=True)
class Link(ABC):
    """The contract of a link between raw predictions and probabilities.

    Attributes
    ----------
    name : str
        The activation of the output neurons, ``out_activation_`` of the estimator.
    classes_per_output : int
        2 where one output neuron stands for two classes, else 1.
    excludes : bool
        Whether just one of several outputs is wanted for a row.
    """

    name: ClassVar[str]
    classes_per_output: ClassVar[int] = 1
    excludes: ClassVar[bool] = False

    @abstractmethod
    def activation(self, raw: Array, scratch: Array) -> None:
        """Overwrites raw with the activations of the output neurons."""

    @abstractmethod
    def pullback(self, p: Array, d: Array, scratch: Array) -> None:
        """Overwrites p with the gradient for raw, given d, the gradient for p."""

    @abstractmethod
    def cross_entropy(
        self, raw: Array, targets: Array, costs: Array, scratch: Array
    ) -> None:
        """Overwrites raw with d costs / d raw and costs; targets is used up."""

    @abstractmethod
    def log_probabilities(self, raw: Array) -> Array:
        """Logarithm of the probabilities, finite for any finite raw prediction."""

    @abstractmethod
    def raw(self, activations: Array) -> Array:
        """The raw prediction with these activations, the inverse of ``activation``.

        One row, shape (n_outputs,); softmax leaves a constant open.
        """

    def uniform(self, n_outputs: int) -> float:
        """The activation that prefers no class."""
        return 1.0 / n_outputs

    def start(self, mean_targets: Array) -> Array:
        """The raw prediction that training starts from, shape (n_outputs,).

        It predicts the class frequencies, a tenth of the way towards uniform ones.
        """
        uniform = self.uniform(len(mean_targets))
        return self.raw(mean_targets + UNIFORM_SHARE * (uniform - mean_targets))

    def probabilities(self, raw: Array) -> Array:
        """Probabilities, shape (n_rows, n_classes).

        The class that is decided for has the highest, by the last digit if need be:
        where rounded probabilities are equal, the raw predictions may still differ.
        """
        p, decided = np.exp(self.log_probabilities(raw)), self.decide(raw)
        if decided.ndim == 1:  # not several labels a row
            rows = np.flatnonzero(p.argmax(axis=1) != decided)
            p[rows, decided[rows]] = np.nextafter(p[rows].max(axis=1), 1.0)
        return p

    def decide(self, raw: Array) -> NDArray[np.intp]:
        """Index of the most probable class, shape (n_rows,)."""
        return raw.argmax(axis=1)


@dataclass(frozen=True)
class Softmax(Link):
    """p_k = exp(raw_k) / Σ_j exp(raw_j): activations that compete and sum to 1."""

    name: ClassVar[str] = "softmax"
    excludes: ClassVar[bool] = True

    def activation(self, raw: Array, scratch: Array) -> None:
        if not is_moderate(raw):
            shift(raw, scratch)
        normalise(raw, scratch)

    def pullback(self, p: Array, d: Array, scratch: Array) -> None:
        # dp_k / draw_j = p_k (1[k = j] - p_j)
        np.vecdot(p, d, out=scratch)
        np.subtract(d, scratch[:, None], out=d)
        np.multiply(p, d, out=p)

    def cross_entropy(
        self, raw: Array, targets: Array, costs: Array, scratch: Array
    ) -> None:
        # -log p_wanted = log Σ exp(raw) - raw_wanted;  gradient p - targets
        if is_moderate(raw):
            # Not as a difference: its two sides are often nearly equal.
            normalise(raw, scratch)
            np.vecdot(targets, raw, out=costs)
            np.log(costs, out=costs)
            np.negative(costs, out=costs)
        else:  # p_wanted may be 0
            shift(raw, scratch)
            np.vecdot(targets, raw, out=costs)
            normalise(raw, scratch)
            np.log(scratch, out=scratch)
            np.subtract(scratch, costs, out=costs)
        np.subtract(raw, targets, out=raw)

    def log_probabilities(self, raw: Array) -> Array:
        return log_softmax(raw, axis=1)

    def raw(self, activations: Array) -> Array:
        log_p = np.log(activations)
        return log_p - log_p.mean()


def is_moderate(raw: Array) -> bool:
    """Whether the exponentials of raw can be taken without a shift.

    Two passes without regard to rows take a fraction of the time of a maximum per row.
    """
    lowest = np.minimum.reduce(raw, axis=None)
    return bool(-MODERATE < lowest and np.maximum.reduce(raw, axis=None) < MODERATE)


def shift(raw: Array, scratch: Array) -> None:
    """Overwrites raw with its distance from the largest of its row."""
    np.maximum.reduce(raw, axis=1, out=scratch)
    np.subtract(raw, scratch[:, None], out=raw)


def normalise(raw: Array, scratch: Array) -> None:
    """Overwrites raw with exp(raw) / Σ exp(raw), and scratch with these sums."""
    np.exp(raw, out=raw)
    np.dot(raw, ones(raw.shape[1], raw.dtype), out=scratch)
    np.divide(raw, scratch[:, None], out=raw)


@lru_cache
def ones(n: int, dtype: Any) -> Array:
    """A vector of ones: a product with it is a sum that BLAS takes."""
    return np.ones(n, dtype=dtype)


@dataclass(frozen=True)
class Logistic(Link):
    """p_k = 1 / (1 + exp(-raw_k)): independent output neurons, as for multilabel."""

    name: ClassVar[str] = "logistic"

    def activation(self, raw: Array, scratch: Array) -> None:
        expit(raw, out=raw)

    def pullback(self, p: Array, d: Array, scratch: Array) -> None:
        # dp / draw = p (1 - p)
        np.multiply(d, p, out=d)
        np.subtract(1.0, p, out=p)
        np.multiply(p, d, out=p)

    def cross_entropy(
        self, raw: Array, targets: Array, costs: Array, scratch: Array
    ) -> None:
        # With s = ±1 for wanted and unwanted:  cost = -Σ log p(s raw),
        # gradient = s (p(s raw) - 1) = s expm1(log p(s raw))
        np.multiply(targets, 2.0, out=targets)
        np.subtract(targets, 1.0, out=targets)
        np.multiply(raw, targets, out=raw)
        log_expit(raw, out=raw)
        np.add.reduce(raw, axis=1, out=costs)
        np.negative(costs, out=costs)
        np.expm1(raw, out=raw)
        np.multiply(raw, targets, out=raw)

    def log_probabilities(self, raw: Array) -> Array:
        return log_expit(raw)

    def raw(self, activations: Array) -> Array:
        return logit(activations)

    def uniform(self, n_outputs: int) -> float:
        return 0.5

    def decide(self, raw: Array) -> NDArray[np.intp]:
        """1 where a label is more probable than not, shape (n_rows, n_outputs)."""
        return (raw > 0).astype(np.intp)


@dataclass(frozen=True)
class OneVersusRest(Logistic):
    """Independent output neurons, one a class; probabilities are normalised rows."""

    excludes: ClassVar[bool] = True

    def log_probabilities(self, raw: Array) -> Array:
        return log_softmax(log_expit(raw), axis=1)

    def uniform(self, n_outputs: int) -> float:
        # A single class is one against nothing.
        return 1.0 / max(n_outputs, 2)

    def decide(self, raw: Array) -> NDArray[np.intp]:
        return raw.argmax(axis=1)


@dataclass(frozen=True)
class TwoClasses(Logistic):
    """One output neuron for two classes: the activation is that of the second."""

    classes_per_output: ClassVar[int] = 2

    def log_probabilities(self, raw: Array) -> Array:
        return np.hstack([log_expit(-raw), log_expit(raw)])

    def decide(self, raw: Array) -> NDArray[np.intp]:
        return (raw[:, 0] > 0).astype(np.intp)


# For each kind of target the links that fit it; the first is the "auto" choice.
LINKS: dict[str, dict[str, Link]] = {
    "binary": {"logistic": TwoClasses()},
    "multiclass": {"softmax": Softmax(), "logistic": OneVersusRest()},
    "multilabel": {"logistic": Logistic()},
}


@dataclass(frozen=True)
class Loss(ABC):
    """The contract of a loss: a frozen dataclass that owns its link.

    The estimator calls ``dataclasses.replace(loss, link=...)`` with the link that fits
    the targets, so a loss works with each of them or refuses it in ``evaluate``.
    """

    link: Link = field(default_factory=Softmax)

    @abstractmethod
    def evaluate(
        self, raw: Array, targets: Array, costs: Array, scratch: Array
    ) -> None:
        """Overwrites raw with the gradient and costs with the cost of every row.

        ``raw[i]`` becomes d costs[i] / d raw[i]; targets and scratch may be used up.
        """


@dataclass(frozen=True)
class SquaredError(Loss):
    """Cost of a sample: Σ over classes of (activation - wanted)².

    On softmax this is the Brier score (Brier 1950), a proper scoring rule. With one
    output for two classes both squares are equal: 2 (p - t)².
    """

    def evaluate(
        self, raw: Array, targets: Array, costs: Array, scratch: Array
    ) -> None:
        link = self.link
        link.activation(raw, scratch)
        np.subtract(raw, targets, out=targets)
        np.vecdot(targets, targets, out=costs)
        link.pullback(raw, targets, scratch)
        np.multiply(raw, 2.0 * link.classes_per_output, out=raw)
        if link.classes_per_output > 1:
            np.multiply(costs, link.classes_per_output, out=costs)


@dataclass(frozen=True)
class LogLoss(Loss):
    """Cost of a sample: -Σ wanted log(activation), cross-entropy in natural units.

    With independent outputs each neuron adds its own two-class cross-entropy.
    """

    def evaluate(
        self, raw: Array, targets: Array, costs: Array, scratch: Array
    ) -> None:
        self.link.cross_entropy(raw, targets, costs, scratch)


LOSSES: dict[str, Loss] = {"squared_error": SquaredError(), "log_loss": LogLoss()}
