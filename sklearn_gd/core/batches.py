"""Mini-batches over arrays, memory maps and CSR matrices.

Rows are gathered into one reused buffer in the dtype in which they are stored; what
needs converting is converted a batch at a time by whoever uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Batch = tuple[Any, NDArray[np.intp], Array | None]


class Selection:
    """A selection of rows of X, gathered only when they are asked for.

    Parameters
    ----------
    X : ndarray or memory map of shape (n, n_features) in C order, or CSR matrix
    index : ndarray of int, which of its rows, in this order
    """

    def __init__(self, X: Any, index: NDArray[np.intp]):
        self.X, self.index = X, index
        self.shape = len(index), X.shape[1]

    def __getitem__(self, rows: Any) -> Any:
        return self.X[self.index[rows]]


class Batches:
    """The rows of a data set in batches, in a new order each epoch.

    Parameters
    ----------
    X : ndarray or memory map of shape (n_rows, n_features) in C order, or CSR matrix
    codes : ndarray of shape (n_rows,), what stands for the targets of each row
    sample_weight : ndarray of shape (n_rows,), optional
    rows : ndarray of int, shape (n_rows,), optional
        Which rows of X these are, if not all: X is then not copied.
    batch_size : int, rows of a batch; the last one of an epoch may have fewer
    shuffle : bool, whether the order is random; a single batch is never shuffled
    """

    def __init__(
        self,
        X: Any,
        codes: NDArray[np.intp],
        sample_weight: Array | None = None,
        *,
        rows: NDArray[np.intp] | None = None,
        batch_size: int,
        shuffle: bool = True,
    ):
        # A view: slices of a memory map would each be a memory map, made slowly.
        self._stored = np.asarray(X) if isinstance(X, np.ndarray) else X
        self._index = rows
        self.X = self._stored if rows is None else Selection(self._stored, rows)
        self.codes, self.sample_weight = codes, sample_weight
        self.n_rows = self.X.shape[0]
        self.batch_size = min(batch_size, self.n_rows)
        self.shuffle = shuffle and self.batch_size < self.n_rows
        if self.shuffle:
            self._make_buffers()

    def _make_buffers(self) -> None:
        self._order = np.empty(self.n_rows, dtype=np.intp)
        self._codes = np.empty(self.batch_size, dtype=self.codes.dtype)
        if isinstance(self._stored, np.ndarray):
            shape = (self.batch_size, self.X.shape[1])
            self._rows = np.empty(shape, dtype=self._stored.dtype)
        if self.sample_weight is not None:
            self._weights = np.empty(self.batch_size, dtype=self.sample_weight.dtype)

    def epoch(self, rng: np.random.Generator | None) -> Iterator[Batch]:
        """Yields (rows, codes, weights or None), valid until the next is asked for."""
        if self.n_rows <= self.batch_size:
            yield self.X, self.codes, self.sample_weight
        elif self.shuffle and rng is not None:
            yield from self._shuffled(rng)
        else:
            for start in range(0, self.n_rows, self.batch_size):
                rows = slice(start, start + self.batch_size)
                weights = self.sample_weight
                yield (
                    self.X[rows],
                    self.codes[rows],
                    weights if weights is None else weights[rows],
                )

    def _shuffled(self, rng: np.random.Generator) -> Iterator[Batch]:
        # 0, 1, 2, ... without a second array; starting from the last order would make
        # it a state that outlives the epoch.
        self._order.fill(1)
        self._order[0] = 0
        np.cumsum(self._order, out=self._order)
        rng.shuffle(self._order)
        for start in range(0, self.n_rows, self.batch_size):
            index = self._order[start : start + self.batch_size]
            yield self._gather(index)

    def _gather(self, index: NDArray[np.intp]) -> Batch:
        size = len(index)
        codes, weights = self._codes[:size], None
        # mode="clip" spares a copy that the default mode makes of out.
        self.codes.take(index, out=codes, mode="clip")
        if self.sample_weight is not None:
            weights = self._weights[:size]
            self.sample_weight.take(index, out=weights, mode="clip")
        if self._index is not None:
            index = self._index.take(index)
        if not isinstance(self._stored, np.ndarray):
            return self._stored[index], codes, weights
        rows = self._rows[:size]
        self._stored.take(index, axis=0, out=rows, mode="clip")
        return rows, codes, weights
