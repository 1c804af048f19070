"""The network: one flat parameter vector, its views, forward and backward.

``theta = [W1 .. WL | b1 .. bL]`` is the column vector of all weights and biases. Layer
``l`` computes ``z_l = a_{l-1} W_l + b_l`` and ``a_l = f_l(z_l)``, with ``a_0 = X``; the
last ``z_L`` is the raw prediction. Views into theta and into the gradient stand for the
layers, so nothing is ever copied between the two forms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activations import Activation, Identity
from .compiled import CsrRows

Array = NDArray[np.floating]
# Rows of weights that are drawn at once, in float64.
BLOCK = 4096
# Measured: with 1 streams are slow to start, from 3 on those of texts get worse.
OUTPUT_GAIN = 2.0


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron as a function of its parameter vector.

    Parameters
    ----------
    layer_sizes : tuple of int, the number of inputs, of neurons in each hidden layer
        and of outputs
    activations : tuple of Activation, one for each hidden layer
    dropout : float in [0, 1), share of hidden activations set to zero in training
    input_scale : float, the factor f of the input: ``z_1 = f (X W_1) + b_1``
        What is shown of W_1 is ``f W_1``, which belongs to X as it is.

    Attributes
    ----------
    shapes : list of (fan_in, fan_out), those of the weights of every layer
    n_weights, n_parameters : int
    """

    layer_sizes: tuple[int, ...]
    activations: tuple[Activation, ...]
    dropout: float = 0.0
    input_scale: float = 1.0
    # Not cached properties: up to Python 3.11 these hold a lock, which a child that is
    # forked meanwhile would never get.
    shapes: list[tuple[int, int]] = field(init=False, repr=False, compare=False)
    n_weights: int = field(init=False, repr=False, compare=False)
    n_parameters: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sizes = self.layer_sizes
        shapes = list(pairwise(sizes))
        n_weights = sum(fan_in * fan_out for fan_in, fan_out in shapes)
        object.__setattr__(self, "shapes", shapes)
        object.__setattr__(self, "n_weights", n_weights)
        object.__setattr__(self, "n_parameters", n_weights + sum(sizes[1:]))

    def views(self, theta: Array) -> tuple[list[Array], list[Array]]:
        """Weights and biases of every layer as views into theta."""
        weights, biases = [], []
        start, bias_start = 0, self.n_weights
        for fan_in, fan_out in self.shapes:
            weights.append(theta[start : start + fan_in * fan_out].reshape(-1, fan_out))
            biases.append(theta[bias_start : bias_start + fan_out])
            start += fan_in * fan_out
            bias_start += fan_out
        return weights, biases

    def shown(self, theta: Array, power: int = 1) -> Array:
        """A copy with the weights of the first layer in the units of X.

        With ``power=-1`` the way back, which is also that of a gradient.
        """
        theta = theta.copy()
        fan_in, fan_out = self.shapes[0]
        theta[: fan_in * fan_out] *= self.input_scale**power
        return theta

    def paired_start(
        self, rng: np.random.Generator, output_bias: Array, dtype: Any
    ) -> Array:
        """A random start from which the output biases are predicted for all rows.

        Weights are uniform with the activation's gain, that of the output layer being
        2, and hidden biases zero. The neurons of the last hidden layer come in pairs of
        equal incoming and opposite outgoing weights (Zhang et al. 2020, "A type of
        generalization error induced by initialization in deep neural networks"). So
        what they say cancels out, whatever the scale of the inputs, while the gradient
        of neither of their layers is zero. A neuron left over says nothing, and with
        dropout, which would part the pairs, none does.
        """
        theta = np.zeros(self.n_parameters, dtype=dtype)
        (*hidden, output), biases = self.views(theta)
        for W, activation in zip(hidden, self.activations, strict=True):
            _draw(W, activation.gain, rng)
        if hidden and not self.dropout:
            _draw(output, OUTPUT_GAIN, rng)
            half = len(output) // 2
            hidden[-1][:, half : 2 * half] = hidden[-1][:, :half]
            output[half : 2 * half] = -output[:half]
            output[2 * half :] = 0.0
        biases[-1][...] = output_bias
        return theta

    def random_start(
        self, rng: np.random.Generator, output_bias: Array, dtype: Any
    ) -> Array:
        """A start with every weight and every bias random.

        Biases are from N(0, 1), and weights from N(0, 1 / fan_in), so that a weighted
        sum is about as large as its bias.
        """
        theta = np.empty(self.n_parameters, dtype=dtype)
        weights, biases = self.views(theta)
        for W in weights:
            for rows in _blocks(W):
                rows[...] = rng.normal(0.0, len(W) ** -0.5, rows.shape)
        for b in biases:
            b[...] = rng.standard_normal(len(b))
        return theta

    def raw_prediction(
        self, theta: Array, X: Any, product: Array | None = None
    ) -> Array:
        """Raw prediction for X in new arrays, shape (n_rows, n_outputs).

        ``product`` is ``X @ W1`` where that is known; it is used up.
        """
        for a in self.layers(theta, X, product):
            raw = a
        return raw

    def layers(
        self, theta: Array, X: Any, product: Array | None = None
    ) -> Iterator[Array]:
        """The activations of each layer in new arrays; the last is the raw prediction.

        ``product`` is ``X @ W1`` where that is known; it is used up.
        """
        a = X
        activations = (*self.activations, Identity())
        for W, b, activation in zip(*self.views(theta), activations, strict=True):
            z, product = (a @ W if product is None else product), None
            if a is X and self.input_scale != 1.0:
                z *= self.input_scale
            z += b
            a = np.empty_like(z) if activation.keeps_input else z
            activation.function(z, a)
            yield a


def _draw(W: Array, gain: float, rng: np.random.Generator) -> None:
    """Uniform weights of Glorot's spread, times the gain."""
    limit = gain * math.sqrt(6.0 / sum(W.shape))
    for rows in _blocks(W):
        rows[...] = rng.uniform(-limit, limit, rows.shape)


def _blocks(W: Array) -> Iterator[Array]:
    """The rows of a matrix, some at a time: what is drawn is drawn in float64."""
    for start in range(0, len(W), BLOCK):
        yield W[start : start + BLOCK]


# The names of starts, each with the method that draws it.
STARTS = {"auto": Network.paired_start, "random": Network.random_start}


class Layer:
    """Views and buffers of one layer for batches of ``n_rows`` rows.

    ``z`` and ``a`` are one array unless the activation keeps its input. In the output
    layer ``d`` is that array too: the loss writes the gradient over the raw prediction.
    """

    __slots__ = ("W", "a", "activation", "b", "d", "grad_W", "grad_b", "mask", "z")

    W: Array
    b: Array
    grad_W: Array
    grad_b: Array
    z: Array
    a: Array
    d: Array
    mask: Array | None
    activation: Activation


class Propagation:
    """Forward and backward through a network over reused buffers.

    Parameters
    ----------
    network : Network
    theta, grad : ndarray of shape (n_parameters,), of one dtype
        Bound for good: parameters are read from the one, the gradient is written to
        the other.
    n_rows : int, the number of rows of a batch
    whole : Propagation, optional
        One for more rows, whose buffers are shared.
    """

    def __init__(
        self,
        network: Network,
        theta: Array,
        grad: Array,
        n_rows: int,
        whole: Propagation | None = None,
    ):
        self.network = network
        self.n_rows = n_rows
        self.ones = np.ones(n_rows, dtype=theta.dtype)
        self.input: Array | None = None
        self.rows: CsrRows | None = None
        self.layers: list[Layer] = []
        last = len(network.shapes) - 1
        activations = (*network.activations, Identity())
        columns = zip(
            activations, *network.views(theta), *network.views(grad), strict=True
        )
        for i, (activation, W, b, grad_W, grad_b) in enumerate(columns):
            layer = Layer()
            layer.activation = activation
            layer.W, layer.b, layer.grad_W, layer.grad_b = W, b, grad_W, grad_b
            layer.mask = None
            if whole is None:
                shape = (n_rows, W.shape[1])
                layer.z = np.empty(shape, dtype=theta.dtype)
                layer.a = np.empty_like(layer.z) if activation.keeps_input else layer.z
                layer.d = layer.z if i == last else np.empty_like(layer.z)
                if network.dropout and i < last:
                    layer.mask = np.empty_like(layer.z)
            else:
                given = whole.layers[i]
                layer.z = given.z[:n_rows]
                layer.a = given.a[:n_rows] if activation.keeps_input else layer.z
                layer.d = layer.z if i == last else given.d[:n_rows]
                if given.mask is not None:
                    layer.mask = given.mask[:n_rows]
            self.layers.append(layer)
        self.raw = self.layers[-1].a

    def forward(self, X: Any, rng: np.random.Generator | None = None) -> Array:
        """The raw prediction for X, in a buffer; with rng, neurons are dropped."""
        a, first, scale = self._as_input(X), self.layers[0], self.network.input_scale
        for layer in self.layers:
            if type(a) is np.ndarray:
                np.dot(a, layer.W, out=layer.z)
            else:
                a.times(layer.W, layer.z)
            if layer is first and scale != 1.0:
                np.multiply(layer.z, scale, out=layer.z)
            np.add(layer.z, layer.b, out=layer.z)
            layer.activation.function(layer.z, layer.a)
            if rng is not None and layer.mask is not None:
                self._drop(layer.a, layer.mask, rng)
            a = layer.a
        return a

    def backward(self, X: Any, dropped: bool = False) -> None:
        """Fills the gradient vector, given the loss's gradient written over ``raw``.

        ::

            grad W_l = a_{l-1}ᵀ d_l,  grad b_l = Σ_rows d_l,
            d_{l-1} = (d_l W_lᵀ) f'(z_{l-1})
        """
        layers = self.layers
        for i in range(len(layers) - 1, 0, -1):
            layer, below = layers[i], layers[i - 1]
            np.dot(below.a.T, layer.d, out=layer.grad_W)
            np.dot(self.ones, layer.d, out=layer.grad_b)
            np.dot(layer.d, layer.W.T, out=below.d)
            if dropped and below.mask is not None:
                self._undo_drop(below.a, below.mask, below.d)
            below.activation.derivative(below.z, below.a, below.d)
        first = layers[0]
        np.dot(self.ones, first.d, out=first.grad_b)
        if self.network.input_scale != 1.0:
            np.multiply(first.d, self.network.input_scale, out=first.d)
        X = self._as_input(X, filled=True)
        if type(X) is np.ndarray:
            np.dot(X.T, first.d, out=first.grad_W)
        else:
            X.transposed_times(first.d, first.grad_W)

    def _as_input(self, X: Any, filled: bool = False) -> Any:
        """X in the parameters' dtype; integers are converted into one buffer.

        ``filled`` says that X is that of the last call.
        """
        if type(X) is not np.ndarray:
            if not filled:
                self.rows = CsrRows.of(X, self.ones.dtype)
            return self.rows
        if X.dtype == self.ones.dtype:
            return X
        if self.input is None:
            self.input = np.empty(X.shape, dtype=self.ones.dtype)
        if not filled:
            np.copyto(self.input, X)
        return self.input

    def _drop(self, a: Array, mask: Array, rng: np.random.Generator) -> None:
        """Overwrites a and mask: inverted dropout (Srivastava et al. 2014, 10)."""
        dropout = self.network.dropout
        rng.random(out=mask, dtype=mask.dtype)
        np.greater_equal(mask, dropout, out=mask)
        np.multiply(mask, 1.0 / (1.0 - dropout), out=mask)
        np.multiply(a, mask, out=a)

    def _undo_drop(self, a: Array, mask: Array, d: Array) -> None:
        """Overwrites d with its part before dropping and a with the function's value.

        Where a neuron was dropped a stays 0, which does no harm: d is 0 there too.
        """
        np.multiply(d, mask, out=d)
        np.multiply(a, 1.0 - self.network.dropout, out=a)
