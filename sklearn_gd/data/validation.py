"""The way in for data: scikit-learn's checks, and a short way that checks the same."""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from .._sklearn import is_foreign
from ..core.quiet import quiet
from .csr import check_sparse

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
CSR = (sp.csr_array, sp.csr_matrix)
# What scikit-learn's checks are to let pass, and make of it.
ACCEPTED = {
    "accept_sparse": "csr",
    "accept_large_sparse": True,
    "dtype": "numeric",
    "order": "C",
}


def check_X(estimator, X, reset=False, min_rows=1):
    """X as an ndarray, memory map or CSR matrix that training can read.

    Floats and integers keep their dtype, rows are contiguous, CSC and COO become CSR.
    Well-formed floats, in an array or CSR, which need no conversion, take a short way.

    Raises
    ------
    ValueError, TypeError
        scikit-learn's: for a wrong number of dimensions or features, other feature
        names, too few rows, NaN or infinity, complex numbers, text. And for a damaged
        sparse matrix.
    """
    look_at(X)
    if not reset and is_well_formed(estimator, X) and _sum_is_finite(X):
        return X
    settings = {**ACCEPTED, "ensure_min_samples": min_rows}
    return finished(quiet(validate_data)(estimator, X, reset=reset, **settings), X)


def look_at(X, name="X"):
    """Refuse what is no array that NumPy knows, or a damaged sparse matrix.

    Raises
    ------
    ValueError, TypeError
    """
    if type(X) is not np.ndarray:
        refuse_foreign(X, name)
        check_sparse(X)


def as_rows(X, name):
    """X as `check_X` returns it, of any number of features, whatever they are called.

    Raises
    ------
    ValueError, TypeError
        As `check_X`; the message calls X by this name.
    """
    look_at(X, name)
    return finished(quiet(check_array)(X, input_name=name, **ACCEPTED), X)


def finished(X, given):
    """X after scikit-learn's checks, in a type that arithmetic knows."""
    if X is not given:  # made from lists, for instance, of which nothing is known
        check_sparse(X)
    if X.dtype.kind in "mM":
        raise ValueError(
            f"X holds times, {X.dtype}, and not numbers: convert them, for instance "
            "to days since a date."
        )
    # No long double, no pandas extension.
    return X.astype(np.float64) if compute_dtype(X) != _result_type(X) else X


def refuse_foreign(array, name):
    """Refuse an array of another library than NumPy, where scikit-learn would keep it.

    Raises
    ------
    TypeError
        With ``array_api_dispatch=True`` only; else scikit-learn converts it.
    """
    if is_foreign(array):
        raise TypeError(
            f"{name} is a {type(array).__module__}.{type(array).__name__} and "
            "array_api_dispatch is on, but the network computes with NumPy. Give it "
            f"numpy.asarray({name}), or leave array_api_dispatch off."
        )


def is_well_formed(estimator, X):
    """Whether X is what `check_X` returns as it is, if it is finite."""
    if type(X) in CSR:
        values, contiguous = X.data, X.indices.dtype == X.indptr.dtype
    elif type(X) is np.ndarray:
        values, contiguous = X, X.flags.c_contiguous
    else:
        return False
    return (
        contiguous
        and values.dtype in FLOATS
        and X.ndim == 2
        and X.shape[0] > 0
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
    )


@quiet
def _sum_is_finite(X):
    # NaN and infinity survive a sum; where it overflows the long way decides.
    values = X if type(X) is np.ndarray else X.data
    return math.isfinite(np.add.reduce(values, axis=None))


def _result_type(X):
    return np.result_type(X.dtype, np.float32)


def compute_dtype(X):
    """The dtype of all computation on X: float32 for up to 16 bits, else float64."""
    return np.dtype(np.float32 if _result_type(X) == np.float32 else np.float64)
