"""y as an array in which nothing is missing, whatever it comes in."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
import scipy.sparse as sp
from sklearn.utils import assert_all_finite

from ..core.quiet import quiet
from .csr import check_sparse

# Kinds of dtypes that have no missing value.
WHOLE = "biuSU"


def label_array(y, name="y"):
    """y as an ndarray or sparse matrix; numbers in an array of objects become numbers.

    Raises
    ------
    ValueError
        If there is no y, or None, NaN, NA, NaT or infinity is in it.
    """
    if type(y) is np.ndarray and y.dtype.kind in WHOLE:
        return y
    if y is None:
        raise ValueError(
            "a classifier requires y to be passed, but the target y is None"
        )
    if sp.issparse(y):
        check_sparse(y, name)
        quiet(assert_all_finite)(y.data, input_name=name)
        return y
    array = as_array(y)
    if array.dtype.kind in WHOLE:
        lost = isinstance(y, list | tuple) and has_missing_text(array, y)
    elif array.dtype.kind == "f":
        if not np.isfinite(array).all():  # who tells is slower
            quiet(assert_all_finite)(array, input_name=name)
        return array
    else:
        lost = has_missing(array)
    if lost:
        raise ValueError(f"Input {name} contains NaN, None or another missing value.")
    return numbers_of(array) if array.dtype == object else array


def as_array(y):
    """y as an ndarray; rows of several lengths become objects, to be told of later."""
    try:
        array = np.asarray(y)
    except ValueError:
        return np.asarray(y, dtype=object)
    # NumPy's strings of any length may have missing values of their own.
    return array.astype(object) if array.dtype.kind == "T" else array


def has_missing(array):
    """Whether None or what does not equal itself, such as NaN and NaT, is there."""
    try:
        missing = array != array
        if array.dtype == object:
            missing |= np.equal(array, None)
    except TypeError:  # pandas.NA is neither equal to itself nor not
        return True
    return bool(np.any(missing))


def has_missing_text(array, given):
    """Whether NumPy has written a missing value as text: ["yes", nan]."""
    return array.dtype.kind in "SU" and has_missing(np.asarray(given, dtype=object))


def numbers_of(array):
    """An array of objects that are all numbers or truth values, with their dtype."""
    values = array.ravel().tolist()
    if not all(isinstance(value, Real) for value in values):
        return array
    whole = all(isinstance(value, Integral) for value in values)
    large = whole and max(values, default=0) > np.iinfo(np.int64).max
    try:
        numbers = np.array(values, dtype=np.uint64 if large else None)
    except OverflowError:  # no dtype holds them all
        return array
    return numbers.reshape(array.shape)
