"""A function of Python as a list of operations, which a browser can take.

The function is called once with numbers that remember what is done to them. What comes
out is a tape: each entry is an operation on entries before it. It is followed in the
browser forwards for the value, and backwards for the gradient.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from ...core.quiet import quiet

# Names of NumPy's functions that expression.js knows too.
OPERATIONS = frozenset(
    "absolute add arctan cos cosh divide exp expm1 log log10 log1p log2 maximum "
    "minimum multiply negative positive power reciprocal sin sinh sqrt square "
    "subtract tan tanh".split()
)
# Points at which a tape must give what the function gives.
N_CHECKED = 50
CURE = (
    "A browser cannot run Python; it follows arithmetic and NumPy's functions on x, "
    "such as 0.1 * (x @ x) + np.sin(x[0]). Write np.sin and not math.sin, and no "
    "conditions on x."
)


class Traced(NDArrayOperatorsMixin):
    """A number that writes on its tape what is done to it."""

    def __init__(self, tape, index):
        self.tape, self.index = tape, index

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        if method != "__call__" or options or ufunc.__name__ not in OPERATIONS:
            raise TypeError(f"numpy.{ufunc.__name__} on x is not known in a page.")
        if any(np.ndim(value) for value in inputs if not isinstance(value, Traced)):
            return self._element_by_element(ufunc, inputs)
        places = [place_of(self.tape, value) for value in inputs]
        return noted(self.tape, ufunc.__name__, *places)

    def _element_by_element(self, ufunc, inputs):
        columns = [np.asarray(boxed(value), dtype=object) for value in inputs]
        return np.frompyfunc(lambda *parts: ufunc(*parts), len(inputs), 1)(*columns)

    def __getattr__(self, name):
        # NumPy asks the elements of an array of objects for their own x.sin().
        if name in OPERATIONS:
            return lambda: getattr(np, name)(self)
        raise AttributeError(f"a number in a page has no {name}.")

    def __bool__(self):
        raise TypeError("fun decides something by the value of x.")

    def __float__(self):
        raise TypeError("fun takes a plain float of x.")


def boxed(value):
    """A traced number as an array of one object; anything else as it is."""
    if not isinstance(value, Traced):
        return value
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def noted(tape, operation, *places):
    """A new entry at the end of the tape, as a number."""
    tape.append([operation, *places])
    return Traced(tape, len(tape) - 1)


def place_of(tape, value):
    """Where a number stands on the tape; a plain one is written there first."""
    if isinstance(value, Traced):
        return value.index
    return noted(tape, "number", float(value)).index


def trace(fun, n_variables=2):
    """The tape of a function.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float`` for x of shape (n_variables,).

    Returns
    -------
    tape : list of [operation, place, ...]
        The first entries are the variables, ``["variable", i]``; ``["number", c]``
        is a number. The last entry is the value.

    Raises
    ------
    TypeError
        If fun cannot be called, or does with x what a page cannot.
    """
    if not callable(fun):
        raise TypeError(
            f"fun={fun!r} cannot be called: give a function that takes an array of "
            f"shape ({n_variables},) and returns a number."
        )
    tape = []
    x = np.empty(n_variables, dtype=object)
    x[:] = [noted(tape, "variable", i) for i in range(n_variables)]
    try:
        value = fun(x)
        value = value.item() if isinstance(value, np.ndarray) else value
        place = place_of(tape, value)
    except (TypeError, ValueError, AttributeError) as error:
        raise TypeError(f"fun cannot be taken into a page: {error} {CURE}") from error
    noted(tape, "positive", place)
    return tape


def run(tape, x):
    """The value of a tape at x."""
    values = []
    for operation, *places in tape:
        if operation == "variable":
            values.append(x[places[0]])
        elif operation == "number":
            values.append(places[0])
        else:
            values.append(getattr(np, operation)(*(values[k] for k in places)))
    return values[-1]


def check_tape(tape, fun, limits):
    """Compare a tape with its function at points between the limits.

    Raises
    ------
    TypeError
        If they differ: fun then depends on more than what it does to x.
    """
    low, high = np.transpose(limits)
    points = np.random.default_rng(0).uniform(low, high, (N_CHECKED, len(low)))
    for point in points:
        ours, theirs = quiet(run)(tape, point), quiet(fun)(point.copy())
        if not np.allclose(ours, theirs, rtol=1e-9, equal_nan=True):
            raise TypeError(
                f"fun cannot be taken into a page: at {point} it gives {theirs}, "
                f"and what it did to x gives {ours}. It must do the same to every "
                f"x, without random numbers. {CURE}"
            )
