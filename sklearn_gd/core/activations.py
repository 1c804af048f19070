"""Activations: one entry each, the function and its derivative on adjacent lines.

An activation ``a = f(z)`` is applied element by element to the weighted sums ``z`` of
a hidden layer. It must be continuous: gradient descent needs a slope to walk along.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Activation(ABC):
    """The contract of an activation: a frozen dataclass with these two methods.

    Attributes
    ----------
    gain : float
        Initial weights of a layer with this activation are uniform with standard
        deviation ``gain * sqrt(2 / (fan_in + fan_out))`` (Glorot and Bengio 2010,
        equation 16; He et al. 2015 for the gain of rectifiers).
    keeps_input : bool
        Whether ``derivative`` needs ``z``, or ``function`` needs two arrays. If False,
        ``z`` and ``a`` are one and the same array, which saves memory and time.
    """

    gain: ClassVar[float] = 1.0
    keeps_input: ClassVar[bool] = False

    @abstractmethod
    def function(self, z: Array, a: Array) -> None:
        """Overwrites a with f(z). Both have shape (n_rows, n_neurons)."""

    @abstractmethod
    def derivative(self, z: Array, a: Array, d: Array) -> None:
        """Overwrites d with d * f'(z); z and a may be used up as scratch.

        On entry ``a`` holds ``f(z)``, and ``d`` the gradient with respect to ``a``.
        """


@lru_cache
def zeros(n: int, dtype: Any) -> Array:
    """A row of zeros.

    The larger of two arrays takes a third of the time that the larger of an array and a
    number takes.
    """
    return np.zeros(n, dtype=dtype)


@dataclass(frozen=True)
class Identity(Activation):
    """f(z) = z."""

    def function(self, z: Array, a: Array) -> None:
        if a is not z:
            np.copyto(a, z)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        """f'(z) = 1: d stays as it is."""


@dataclass(frozen=True)
class Logistic(Activation):
    """f(z) = 1 / (1 + exp(-z)), f'(z) = a (1 - a)."""

    gain: ClassVar[float] = 2.0

    def function(self, z: Array, a: Array) -> None:
        expit(z, out=a)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        np.multiply(d, a, out=d)
        np.subtract(1.0, a, out=a)
        np.multiply(d, a, out=d)


@dataclass(frozen=True)
class Tanh(Activation):
    """f(z) = tanh(z), f'(z) = 1 - a²."""

    def function(self, z: Array, a: Array) -> None:
        np.tanh(z, out=a)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        np.multiply(a, a, out=a)
        np.subtract(1.0, a, out=a)
        np.multiply(d, a, out=d)


@dataclass(frozen=True)
class Relu(Activation):
    """f(z) = max(0, z), f'(z) = 1 where z > 0 and 0 elsewhere."""

    # Measured: √2, which keeps signals at their size however deep the network, was a
    # little worse on digits and breast cancer with one hidden layer.
    gain: ClassVar[float] = 1.2

    def function(self, z: Array, a: Array) -> None:
        np.maximum(z, zeros(z.shape[1], z.dtype), out=a)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        # np.sign branches on every element and takes 20 times as long.
        np.greater(a, 0.0, out=a)
        np.multiply(d, a, out=d)


@dataclass(frozen=True)
class LeakyRelu(Activation):
    """f(z) = max(z, slope·z), f'(z) = 1 where z > 0 and slope elsewhere."""

    slope: float = 0.01
    gain: ClassVar[float] = math.sqrt(2.0)
    keeps_input: ClassVar[bool] = True

    def function(self, z: Array, a: Array) -> None:
        np.multiply(z, self.slope, out=a)
        np.maximum(z, a, out=a)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        np.greater(z, 0.0, out=a)
        np.multiply(a, 1.0 - self.slope, out=a)
        np.add(a, self.slope, out=a)
        np.multiply(d, a, out=d)


@dataclass(frozen=True)
class Elu(Activation):
    """f(z) = z where z > 0 and exp(z) - 1 elsewhere; f'(z) = 1 + min(a, 0)."""

    gain: ClassVar[float] = math.sqrt(2.0)
    keeps_input: ClassVar[bool] = True

    def function(self, z: Array, a: Array) -> None:
        zero = zeros(z.shape[1], z.dtype)
        np.minimum(z, zero, out=a)
        np.expm1(a, out=a)
        np.maximum(z, zero, out=z)
        np.add(a, z, out=a)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        np.minimum(a, zeros(a.shape[1], a.dtype), out=a)
        np.add(a, 1.0, out=a)
        np.multiply(d, a, out=d)


@dataclass(frozen=True)
class Silu(Activation):
    """f(z) = z s with s = 1 / (1 + exp(-z)); f'(z) = 1 - (1 - a)(1 - s)."""

    gain: ClassVar[float] = math.sqrt(2.0)
    keeps_input: ClassVar[bool] = True

    def function(self, z: Array, a: Array) -> None:
        expit(z, out=a)
        np.multiply(a, z, out=a)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        np.negative(z, out=z)
        expit(z, out=z)  # 1 - s
        np.subtract(1.0, a, out=a)
        np.multiply(a, z, out=a)
        np.subtract(1.0, a, out=a)
        np.multiply(d, a, out=d)


@dataclass(frozen=True)
class Gelu(Activation):
    """f(z) = z Φ(z), f'(z) = Φ(z) + z φ(z), Φ the normal distribution function.

    The exact form of Hendrycks and Gimpel (2016), not its tanh approximation.
    """

    gain: ClassVar[float] = math.sqrt(2.0)
    keeps_input: ClassVar[bool] = True

    def function(self, z: Array, a: Array) -> None:
        ndtr(z, out=a)
        np.multiply(a, z, out=a)

    def derivative(self, z: Array, a: Array, d: Array) -> None:
        np.multiply(z, z, out=a)
        np.multiply(a, -0.5, out=a)
        np.exp(a, out=a)
        np.multiply(a, 1.0 / math.sqrt(2.0 * math.pi), out=a)
        np.multiply(a, z, out=a)  # z φ(z)
        ndtr(z, out=z)
        np.add(a, z, out=a)
        np.multiply(d, a, out=d)


ACTIVATIONS: dict[str, Activation] = {
    "identity": Identity(),
    "logistic": Logistic(),
    "tanh": Tanh(),
    "relu": Relu(),
    "leaky_relu": LeakyRelu(),
    "elu": Elu(),
    "silu": Silu(),
    "gelu": Gelu(),
}
