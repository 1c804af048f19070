"""A part of a stream: checked, and which of its rows to learn from.

Each call of partial_fit comes here, so one pass over the numbers says whether they are
finite and how long the rows are.
"""

from __future__ import annotations

import math

import numpy as np

from ..core.quiet import quiet
from .scale import BLOCK, lengths_of
from .validation import check_X, is_well_formed, look_at

# Rows must be so many times shorter than what overflows when it is squared: gradients
# are as long as rows times weights, and update rules keep their squares.
ROOM = 1e6
# A row so many times as long as the median one of its part of a stream is broken.
FAR = 1000.0


def check_part(estimator, X):
    """X as `check_X` returns it, of any number of rows, and `bounds_of_squares`."""
    look_at(X)
    if is_well_formed(estimator, X):
        bounds = bounds_of_squares(X)
        # NaN and infinity survive; where a square overflows the long way decides.
        if math.isfinite(bounds[1]):
            return X, bounds
    X = check_X(estimator, X, min_rows=0)
    return X, bounds_of_squares(X)


@quiet
def bounds_of_squares(X):
    """The squared lengths of the shortest and of the longest row, quickly.

    Not of empty rows of a CSR matrix, and if no element is given twice. Numbers of at
    most 16 bits are not looked at.
    """
    if X.dtype.itemsize < 4 or 0 in X.shape:
        return 0.0, 0.0
    if isinstance(X, np.ndarray):
        X = X if X.dtype.kind == "f" else X.astype(np.float64)
        squares = np.vecdot(X, X)
    else:
        starts = X.indptr[:-1][X.indptr[1:] > X.indptr[:-1]]
        if not len(starts):
            return 0.0, 0.0
        values = X.data if X.dtype.kind == "f" else X.data.astype(np.float64)
        squares = np.add.reduceat(values * values, starts)
    return float(np.minimum.reduce(squares)), float(np.maximum.reduce(squares))


def sound_rows(X, bounds, dtype, factor):
    """Which rows a part of a stream should be learned from; None if all.

    Not those that are a thousand times as long as the median one, nor those that are so
    long that gradients would overflow. Numbers of at most 16 bits are taken as is.
    """
    most = math.sqrt(np.finfo(dtype).max) / ROOM / factor
    shortest, longest = bounds
    if longest <= min(most * most, FAR * FAR * shortest):
        return None
    return _sound_rows(X, most)


@quiet
def _sound_rows(X, most):
    starts = range(0, X.shape[0], BLOCK)
    lengths = np.concatenate([lengths_of(X[row : row + BLOCK]) for row in starts])
    known = lengths[lengths > 0]
    if len(known):
        most = min(most, FAR * float(np.median(known)))
    sound = lengths <= most
    return None if sound.all() else sound
