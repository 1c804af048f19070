"""Rows that lie in several blocks, of which no block is ever copied as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp


class Blocks:
    """Several data sets of the same labels and features, one after the other.

    Parameters
    ----------
    blocks : sequence of Data, at least one
    """

    def __init__(self, blocks):
        self.blocks = blocks
        self.stops = np.cumsum([len(block) for block in blocks])

    def __len__(self):
        return int(self.stops[-1])

    def part(self, rows):
        """The data set of these rows, sorted numbers, with an X of its own."""
        ends = np.searchsorted(rows, self.stops)
        starts = (0, *ends[:-1])
        firsts = (0, *self.stops[:-1])
        parts = [
            taken(block, rows[start:end] - first)
            for block, start, end, first in zip(
                self.blocks, starts, ends, firsts, strict=True
            )
            if end > start
        ]
        return joined(parts) if parts else taken(self.blocks[0], rows)


def taken(block, rows):
    """Some rows of a data set, with an X of its own."""
    index = rows if block.rows is None else block.rows[rows]
    return replace(block.part(rows), X=block.X[index], rows=None)


def joined(parts):
    """One data set of the rows of several, which are copied."""
    first = parts[0]
    if len(parts) == 1:
        return first if first.rows is None else taken(first, np.arange(len(first)))
    stack = np.concatenate
    rows = [part.X if part.rows is None else part.X[part.rows] for part in parts]
    X = sp.vstack(rows, format="csr") if sp.issparse(rows[0]) else stack(rows)
    weights = [part.sample_weight for part in parts]
    weights = None if weights[0] is None else stack(weights)
    codes, table = stack([part.codes for part in parts]), first.table
    if first.labels.kind == "multilabel":  # each row has an entry of its own
        table = stack([part.table[part.codes] for part in parts])
        codes = np.arange(len(codes))
    return replace(
        first, X=X, codes=codes, table=table, sample_weight=weights, rows=None
    )
