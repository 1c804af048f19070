"""One factor for all of X, so that its units do not matter to training."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

# About so many rows tell the scale, and so many are looked at in one go.
ROWS = 2048
BLOCK = 256
# The squared length of a row after scaling, or the number of features if that is less.
LENGTH = 100


def input_scale(data):
    """The factor that makes rows of X about as long as standardised ones.

    ::

        f = √(min(d, 100) / k) / s

    Here d is the number of features, k the mean number of non-zeros in a row, and s the
    root mean square of the non-zeros of a typical column: the median over columns, each
    counted as often as it has non-zeros. One column out of scale does not blind the
    others; dense and sparse rows have the same factor, and X times a power of two has
    the same factor through that power, bit for bit. Rows count with their weights.

    Parameters
    ----------
    data : Data
        At most about 2,048 of its rows are read.
    """
    sums = ColumnSums.of(data)
    total = sums.counts.sum()
    if not total:
        return 1.0
    seen = sums.counts > 0
    counts, squares = sums.counts[seen], sums.squares[seen]
    means = squares / counts
    order = np.argsort(means, kind="stable")
    middle = np.searchsorted(np.cumsum(counts[order]), total / 2)
    typical = math.sqrt(means[order[middle]]) * sums.unit
    n_features = len(sums.counts)
    factor = math.sqrt(min(n_features, LENGTH) / (total / sums.weight)) / typical
    return factor if 0 < factor < math.inf else 1.0


@dataclass
class ColumnSums:
    """What some rows of a data set tell of its columns.

    Attributes
    ----------
    counts : ndarray of shape (n_features,), weight of the rows where it is not zero
    squares : ndarray of shape (n_features,), weighted sums of (value / unit)²
    unit : float, a power of two near the largest value
    weight : float, of all these rows
    """

    counts: np.ndarray
    squares: np.ndarray
    unit: float = 1.0
    weight: float = 0.0

    @classmethod
    def of(cls, data):
        """The sums over some of the rows of a data set."""
        rows = np.arange(0, len(data), -(-len(data) // ROWS))
        weights = np.ones(len(rows))
        if data.sample_weight is not None:
            weights = data.sample_weight[rows]
        index = rows if data.rows is None else data.rows[rows]
        blocks = [slice(s, s + BLOCK) for s in range(0, len(rows), BLOCK)]
        largest = max(_largest(data.X[index[block]]) for block in blocks)
        unit = 2.0 ** math.floor(math.log2(largest)) if 0 < largest < math.inf else 1.0
        sums = cls(*np.zeros((2, data.X.shape[1])), unit, float(weights.sum()))
        for block in blocks:
            sums.add(data.X[index[block]], weights[block])
        return sums

    def add(self, rows, weights):
        """Adds rows with their weights."""
        if not sp.issparse(rows):
            values = rows.astype(np.float64) / self.unit
            self.counts += weights @ (values != 0)
            self.squares += weights @ (values * values)
            return
        rows.sum_duplicates()
        values = rows.data.astype(np.float64) / self.unit
        repeated = np.repeat(weights, np.diff(rows.indptr))
        size = len(self.counts)
        found = repeated * (values != 0)
        self.counts += np.bincount(rows.indices, found, minlength=size)
        self.squares += np.bincount(
            rows.indices, repeated * values * values, minlength=size
        )


def _largest(part):
    values = part.data if sp.issparse(part) else part
    return float(np.abs(values.astype(np.float64)).max(initial=0.0))
