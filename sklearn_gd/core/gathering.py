"""Some rows of W1 as a small network of their own.

The rows whose features occur in CSR rows are gathered into compact vectors: a network
with these inputs only, up to date, with all other layers as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from .idle import (
    Idle,
    Log,
    Rows,
    by_row,
    catch_up,
    idle_of,
    sorted_distinct,
    sum_of_squares,
)
from .network import Network
from .state import TrainingState

Array = NDArray[np.floating]


class Gathered:
    """Rows of W1 of a state, gathered for CSR rows, over buffers that are kept.

    Attributes
    ----------
    rows : ndarray of int, sorted, the rows of W1
    network : Network with these rows as its inputs
    columns : ndarray of int, the indices of the CSR rows among these rows
    raw : list of ndarrays of shape (n_rows, fan_out), the rows as they were stored
    vectors : list of ndarrays, theta and those of the rule, up to date
    grad : ndarray like theta, not yet filled
    """

    def __init__(self, width: int):
        self._position = np.empty(width, dtype=np.int32)
        self.buffers: list[Array] = []

    def gather(
        self,
        network: Network,
        state: TrainingState,
        idle: Idle,
        X: Any,
        more: Iterable[Rows] = (),
    ) -> None:
        """Gathers the rows for X, and some more."""
        self.rows = rows = sorted_distinct(np.concatenate([X.indices, *more]))
        self._position[rows] = np.arange(len(rows), dtype=np.int32)
        self.columns = self._position.take(X.indices)
        self.network = replace(
            network, layer_sizes=(len(rows), *network.layer_sizes[1:])
        )
        self._take_buffers(state)
        for part, stored in zip(self.raw, state.stored, strict=True):
            W1 = idle.weights(stored)
            by_row(W1).take(rows, out=by_row(part), mode="clip")
        split, first = self.raw[0].size, idle.shape[0] * idle.shape[1]
        catch_up(
            idle.missed(rows), self.raw, [self.first_layer(v) for v in self.vectors]
        )
        for vector, stored in zip(self.vectors, state.stored, strict=True):
            np.copyto(vector[split:], stored[first:])

    def first_layer(self, vector: Array) -> Array:
        """The part of a compact vector that belongs to W1, (n_rows, fan_out)."""
        shape = self.network.shapes[0]
        return vector[: shape[0] * shape[1]].reshape(shape)

    def _take_buffers(self, state: TrainingState) -> None:
        n, size = len(state.stored), self.network.n_parameters
        n_buffers = 1 + 2 * n
        fit = len(self.buffers) == n_buffers and self.buffers[0].dtype == state.dtype
        if not fit or len(self.buffers[0]) < size:
            room = size + size // 4
            self.buffers = [np.empty(room, state.dtype) for _ in range(n_buffers)]
        self.grad, *vectors = (buffer[:size] for buffer in self.buffers)
        self.vectors = vectors[:n]
        self.raw = [self.first_layer(vector) for vector in vectors[n:]]


class TouchedRows:
    """A part of a stream, trained on the rows of W1 that it touches.

    The state it is given stays as it is; `state` is that of the small network, and
    `result` the state afterwards: the old vectors, and a `Log` of what has changed.
    """

    def __init__(self, width: int):
        self._gathered = Gathered(width)

    def bind(
        self, network: Network, before: TrainingState, X: Any, n_steps: int
    ) -> None:
        """Gathers all rows that so many steps on batches of X will touch."""
        idle, gathered = idle_of(before, network), self._gathered
        # While nothing is behind, rows begin to wait with the first step.
        turns, _ = idle.turns(n_steps if idle.maps is not None else n_steps - 1)
        gathered.gather(network, before, idle, X, turns)
        theta, *vectors = gathered.vectors
        self.before, self._idle = before, idle
        self.network = gathered.network
        shape = X.shape[0], len(gathered.rows)
        self.X = sp.csr_array((X.data, gathered.columns, X.indptr), shape=shape)
        self.state = before.with_arrays(theta, vectors)
        step = idle.step % 2**32
        # What is stored of these rows has caught up.
        grown = sum_of_squares(gathered.first_layer(theta))
        grown -= sum_of_squares(gathered.raw[0])
        self.state.idle = replace(
            idle,
            shape=self.network.shapes[0],
            squares=idle.squares + grown,
            last=np.full(len(gathered.rows), step, dtype=np.uint32),
            numbers=gathered.rows,
        )

    def result(self) -> TrainingState:
        """The state after training on the small network, whose memory it takes over."""
        state, gathered = self.state, self._gathered
        after = state.with_arrays(self.before.theta, self.before.vectors)
        log = Log(gathered.rows, state.stored, state.idle.last, gathered.buffers)
        gathered.buffers = []
        last = self._idle.last
        if self._idle.maps is None and state.idle.maps is not None:
            last = np.full_like(last, state.idle.since % 2**32)
        after.idle = replace(
            state.idle, shape=self._idle.shape, last=last, log=log, numbers=None
        )
        # The lease of the log, and through it that of the vectors.
        after.lease = after.lease[:]
        # Whoever holds a state keeps its memory from being used again.
        del self.before, self.state
        return after

    def take_back(self, log: Log) -> None:
        """Uses the memory of a log again, which nobody may read any more."""
        self._gathered.buffers = log.buffers
