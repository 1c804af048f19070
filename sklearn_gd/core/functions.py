"""A function to walk down on, with its gradient: checked, and counted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
# Relative width of a central difference, which balances rounding and curvature.
WIDTH = float(np.finfo(np.float64).eps) ** (1 / 3)


class Function:
    """A function with its gradient, both checked and counted.

    Parameters
    ----------
    fun, jac : as in `gradient_descent`
    """

    def __init__(self, fun: Any, jac: Any):
        if not callable(fun):
            raise TypeError(
                f"fun={fun!r} cannot be called: give a function that takes an array of "
                "shape (n,) and returns a number."
            )
        if not (jac is None or isinstance(jac, bool) or callable(jac)):
            raise TypeError(
                f"jac={jac!r} must be a function that returns the gradient, True if "
                "fun returns (value, gradient), or None for finite differences."
            )
        self.fun, self.jac = fun, jac
        self.n_values = self.n_gradients = 0

    def __call__(self, x: Vector) -> tuple[float, Vector]:
        """Value and gradient at x."""
        self.n_gradients += 1
        if self.jac is True:
            return self._both(x)
        value = self.value(x)
        if not self.jac:
            return value, self._differences(x)
        return value, _as_gradient("jac", self.jac(x.copy()), x)

    def value(self, x: Vector) -> float:
        """The value at x."""
        self.n_values += 1
        return _as_number(self.fun(x.copy()))

    def _both(self, x: Vector) -> tuple[float, Vector]:
        self.n_values += 1
        pair = self.fun(x.copy())
        if not (isinstance(pair, tuple | list) and len(pair) == 2):
            raise TypeError(
                "with jac=True, fun must return the pair (value, gradient), got "
                f"{type(pair).__name__}. Leave out jac for finite differences."
            )
        return _as_number(pair[0]), _as_gradient("fun", pair[1], x)

    def _differences(self, x: Vector) -> Vector:
        """Central differences: (f(x + h) - f(x - h)) / 2h for every coordinate."""
        gradient = np.empty_like(x)
        for i, width in enumerate(WIDTH * np.maximum(1.0, np.abs(x))):
            right, left = x.copy(), x.copy()
            right[i] += width
            left[i] -= width
            rise = self.value(right) - self.value(left)
            gradient[i] = rise / (right[i] - left[i])
        return gradient


def _as_number(value: Any) -> float:
    if isinstance(value, tuple | list):
        raise TypeError(
            f"fun must return one number, got {value!r}. If it is value and gradient, "
            "set jac=True."
        )
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"fun must return a real number, got {value!r}.")
    if array.size != 1:
        raise ValueError(
            f"fun must return one number, got an array of shape {array.shape}: sum or "
            "average it."
        )
    return float(array.item())


def _as_gradient(source: str, value: Any, x: Vector) -> Vector:
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{source} must return a gradient of real numbers, got {value!r}."
        )
    if array.shape != x.shape:
        raise ValueError(
            f"{source} must return a gradient of shape {x.shape}, one component for "
            f"each of x, got shape {array.shape}."
        )
    return array.astype(np.float64)


def as_start(x0: ArrayLike) -> Vector:
    """x0 as a new vector, or an error that says what is wrong with it."""
    x = np.atleast_1d(np.asarray(x0))
    if x.dtype.kind not in "biuf" or x.ndim != 1 or x.size == 0:
        raise ValueError(f"x0={x0!r} must be a number or a sequence of real numbers.")
    if not np.isfinite(x).all():
        raise ValueError(f"x0={x0!r} must be finite.")
    return x.astype(np.float64)
