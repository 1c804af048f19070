"""One factor for all of X, so that its units do not matter to training."""

from __future__ import annotations

import math

import numpy as np
import scipy.sparse as sp

from ..core.quiet import quiet

# About so many rows tell the scale, and so many are looked at in one go.
ROWS = 2048
BLOCK = 256
# The squared length of a row after scaling, or the number of features if that is less.
LENGTH = 100
# Weights are shown times the factor, and those of at most this size stay finite.
WEIGHTS = 1e3
# A row counts as at most so many times as long as the median one.
LONGEST = 10


@quiet
def input_scale(data):
    """The factor that makes rows of X about as long as standardised ones.

    ::

        f = √(min(d, 100) / mean |x|²)

    Here d is the number of features. Rows count with their weights, rows of zeros not
    at all, and no row as more than ten times as long as the median one, so that a few
    broken ones do not blind the network for all others. X times a power of two has the
    same factor through that power, bit for bit.

    Parameters
    ----------
    data : Data
        At most about 2,048 of its rows are read.
    """
    rows = some_rows(len(data))
    weights = np.ones(len(rows))
    if data.sample_weight is not None:
        weights = data.sample_weight[rows].astype(np.float64)
    index = rows if data.rows is None else data.rows[rows]
    blocks = (index[start : start + BLOCK] for start in range(0, len(index), BLOCK))
    lengths = np.concatenate([lengths_of(data.X[block]) for block in blocks])
    counted = (lengths > 0) & (weights > 0)
    if not counted.any():
        return 1.0
    lengths, weights = lengths[counted], weights[counted]
    half = {"weights": weights, "method": "inverted_cdf"}
    middle = float(np.quantile(lengths, 0.5, **half))
    relative = np.minimum(lengths / middle, LONGEST)
    mean = float(weights @ relative**2 / weights.sum())
    factor = math.sqrt(min(data.X.shape[1], LENGTH) / mean) / middle
    most = float(np.finfo(data.table.dtype).max) / WEIGHTS
    return min(factor, most) if factor > 0 else 1.0


def some_rows(n_rows):
    """Numbers of at most 2,048 rows of so many, in even steps."""
    return np.arange(0, n_rows, -(-n_rows // ROWS))


def lengths_of(rows):
    """The Euclidean length of every row, also of the largest and smallest numbers."""
    if not sp.issparse(rows):
        values = np.abs(rows.astype(np.float64))
        largest = values.max(axis=1)
        values /= np.where(largest > 0, largest, 1.0)[:, None]
        return largest * np.sqrt((values * values).sum(axis=1))
    rows = rows.copy()
    rows.sum_duplicates()
    values, largest = np.abs(rows.data.astype(np.float64)), np.zeros(rows.shape[0])
    row = np.repeat(np.arange(len(largest)), np.diff(rows.indptr))
    np.maximum.at(largest, row, values)
    values /= np.where(largest > 0, largest, 1.0)[row]
    return largest * np.sqrt(np.bincount(row, values * values, len(largest)))
