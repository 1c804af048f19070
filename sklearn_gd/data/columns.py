"""Columns of X that are so unlike the others in scale that a scaler would help."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..core.quiet import quiet
from .scale import BLOCK, LENGTH, some_rows

# Spreads beside the 1 of a standardised column: what is too small for half of the
# columns, and for a quarter of them.
SMALL, TINY = 0.15, 0.01
# A column is named if it is so many times as large as the median one; at most so many.
LARGE, NAMED = 10, 3
CURE = "Put a scaler in front of the network: make_pipeline(StandardScaler(), ...)."


@quiet
def out_of_scale(X, names=None):
    """What is wrong with the scales of the columns, in a sentence with the cure, or "".

    One factor for all of X cannot make them alike. Measured on tables, a scaler brings
    accuracy where it leaves half of the columns, or a quarter, with next to no spread.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features), or a selection of its rows; CSR rows
        are taken as they are
    names : sequence of str, or None
    """
    rows = some_rows(X.shape[0])
    if sp.issparse(X[rows[:1]]):
        return ""
    sizes, spreads = sizes_and_spreads(X, rows)
    telling = spreads > 0
    if not telling.any():
        return ""
    largest = sizes[telling].max()
    sizes, spreads = sizes[telling] / largest, spreads[telling] / largest
    factor = np.sqrt(min(len(sizes), LENGTH)) / np.linalg.norm(sizes)
    quarter, half = np.quantile(factor * spreads, [0.25, 0.5], method="lower")
    if half >= SMALL and quarter >= TINY:
        return ""
    typical = float(np.median(sizes))
    large = [i for i in np.argsort(-sizes) if sizes[i] > LARGE * typical][:NAMED]
    if large:
        columns = np.flatnonzero(telling)
        told = ", ".join(name_of(columns[i], names) for i in large)
        times = np.rint(sizes[large[0]] / typical)
        return (
            f"Columns of X are out of scale: {told} with values up to {times:,.6g} "
            f"times as large as those of a typical column. {CURE}"
        )
    times = np.rint(np.median(sizes / spreads))
    return (
        f"Columns of X are far from zero, in a typical one {times:,.6g} times as far "
        f"as its values are from each other. {CURE}"
    )


def name_of(column, names):
    """A column as its owner knows it."""
    return f"column {column}" if names is None else repr(str(names[column]))


@quiet
def sizes_and_spreads(X, rows):
    """Root mean square and standard deviation of every column, shape (n_features,).

    Over these rows of X, a block of them at a time.
    """
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    largest = np.max([np.abs(X[b].astype(np.float64)).max(axis=0) for b in blocks], 0)
    unit = np.where(largest > 0, largest, 1.0)
    # From the first row on, so that a large mean does not drown a small spread.
    origin = X[rows[:1]][0].astype(np.float64) / unit
    sums = np.zeros((3, X.shape[1]))
    for block in blocks:
        values = X[block].astype(np.float64) / unit
        moved = values - origin
        parts = (values * values, moved, moved * moved)
        sums += [part.sum(axis=0) for part in parts]
    square, moved, moved_square = sums / len(rows)
    spread = np.sqrt(np.maximum(moved_square - moved * moved, 0.0))
    return np.sqrt(square) * unit, spread * unit
