"""Training on CSR batches at a cost that follows the non-zeros, not the width.

The rows of W1 whose features occur in a batch are gathered into a compact network. It
takes the ordinary step, and its parameters are scattered back. What the other rows of
W1 miss is the business of `idle`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .batches import Selection
from .compiled import CsrRows
from .idle import (
    Idle,
    Journal,
    Rows,
    by_row,
    catch_up,
    first_layer_size,
    idle_of,
    sorted_distinct,
    sum_of_squares,
)
from .losses import Loss
from .network import Network
from .objective import Objective
from .state import Snapshot, TrainingState
from .updates import UpdateRule

Array = NDArray[np.floating]


class SparseObjective:
    """What `Objective` is, for CSR batches.

    The cost is exact but for one thing: the L2 term of the rows of W1 that are not in
    the batch is counted with the weights as they were when the row was last brought up
    to date, at most `idle.SLOTS` steps ago.

    Parameters
    ----------
    network, loss, alpha, table, max_rows : as for `Objective`
    state : TrainingState, whose parameters and rule vectors are read and written
    """

    sparse: ClassVar[bool] = True

    def __init__(
        self,
        network: Network,
        loss: Loss,
        alpha: float,
        state: TrainingState,
        table: Array,
        max_rows: int,
    ):
        self.network, self.loss, self.alpha = network, loss, alpha
        self.state, self.table, self.max_rows = state, table, max_rows
        self._first = first_layer_size(network)
        self._position = np.empty(network.shapes[0][0], dtype=np.int32)
        self._compact: Objective | None = None
        self._buffers: list[Array] = []

    def __call__(
        self,
        X: Any,
        codes: NDArray[np.intp],
        sample_weight: Array | None = None,
        rng: np.random.Generator | None = None,
    ) -> float:
        """The cost of a batch; keeps its gradient for `step`."""
        in_turn = self._idle.rows_in_turn()
        compact, X = self._gather(X, in_turn)
        self._in_turn = len(in_turn)
        cost = compact(X, codes, sample_weight, rng)
        self._elsewhere = self._idle.squares - sum_of_squares(self._raw[0])
        return cost + 0.5 * self.alpha * self._elsewhere

    def step(
        self, rule: UpdateRule, learning_rate: float, state: TrainingState
    ) -> None:
        """Takes the rule's step with the gradient of the last batch."""
        idle, rows, split = self._idle, self._rows, self._raw[0].size
        assert self._compact is not None
        theta, *vectors = self._vectors
        rule.step(theta, self._compact.grad, learning_rate, vectors, state.rule_steps)
        if idle.journal is not None:
            idle.journal.note(rows, self._raw)
        for stored, vector in zip(state.stored, self._vectors, strict=True):
            new = by_row(self._first_layer(vector))
            np.put(by_row(idle.weights(stored)), rows, new)
            np.copyto(stored[self._first :], vector[split:])
        idle.squares = self._elsewhere + sum_of_squares(theta[:split])
        idle.advance(rule.idle_step(learning_rate, self.alpha), rows, self._in_turn)

    def penalty(self) -> float:
        """(α/2) Σ weights², of W1 as it is stored."""
        if not self.alpha:
            return 0.0
        others = self.state.stored[0][self._first : self.network.n_weights]
        return 0.5 * self.alpha * (self._idle.squares + sum_of_squares(others))

    def squared_length(self) -> float:
        """Σ θ², of W1 as it is stored; not finite if a parameter is not."""
        others = self.state.stored[0][self._first :]
        return self._idle.squares + sum_of_squares(others)

    def sample_costs(self, X: Any, codes: NDArray[np.intp]) -> Array:
        """The cost of each row without L2, shape (n_rows,)."""
        compact, X = self._gather(X, np.empty(0, dtype=np.int32))
        return compact.sample_costs(X, codes)

    def snapshot(self, state: TrainingState) -> Snapshot:
        """What can go back on the steps of this objective."""
        return Journal(state, self.network)

    @property
    def _idle(self) -> Idle:
        return idle_of(self.state, self.network)

    def _gather(self, X: Any, in_turn: Rows) -> tuple[Objective, Any]:
        """The objective of the network with the features of X only, and its input."""
        X = X[:] if isinstance(X, Selection) else X
        rows = sorted_distinct(np.concatenate([X.indices, in_turn]))
        self._position[rows] = np.arange(len(rows), dtype=np.int32)
        columns = self._position.take(X.indices)
        X = CsrRows(X.indptr, columns, X.data, (X.shape[0], len(rows)))
        self._rows = rows
        compact = self._bind(len(rows))
        parts = [self._first_layer(vector) for vector in self._vectors]
        for part, stored in zip(self._raw, self.state.stored, strict=True):
            W1 = self._idle.weights(stored)
            by_row(W1).take(rows, out=by_row(part), mode="clip")
        catch_up(self._idle.missed(rows), self._raw, parts)
        for vector, stored in zip(self._vectors, self.state.stored, strict=True):
            np.copyto(vector[parts[0].size :], stored[self._first :])
        return compact, X

    def _first_layer(self, vector: Array) -> Array:
        """The part of a compact vector that belongs to W1, (n_rows, fan_out)."""
        shape = len(self._rows), self.network.shapes[0][1]
        return vector[: shape[0] * shape[1]].reshape(shape)

    def _bind(self, n_rows: int) -> Objective:
        """The compact objective for so many rows of W1, over buffers with room."""
        sizes = (n_rows, *self.network.layer_sizes[1:])
        network = replace(self.network, layer_sizes=sizes)
        size, n = network.n_parameters, len(self.state.stored)
        self._make_room(1 + 3 * n, size)
        grad, *vectors = (buffer[:size] for buffer in self._buffers)
        self._vectors = vectors[:n]
        # A journal keeps what the first batch overwrites where it is.
        journal = self._idle.journal
        kept = vectors[2 * n :] if journal and journal.rows else vectors[n : 2 * n]
        self._raw = [self._first_layer(vector) for vector in kept]
        theta = self._vectors[0]
        if self._compact is None:
            self._compact = Objective(
                network, self.loss, self.alpha, theta, self.table, self.max_rows
            )
        self._compact.table = self.table
        self._compact.bind(network, theta, grad)
        return self._compact

    def _make_room(self, n_buffers: int, size: int) -> None:
        if len(self._buffers) != n_buffers or len(self._buffers[0]) < size:
            room = size + size // 4
            self._buffers = [np.empty(room, self.state.dtype) for _ in range(n_buffers)]


def sparse_raw_prediction(network: Network, state: TrainingState, X: Any) -> Array:
    """Raw prediction for CSR rows; nothing is changed."""
    idle = state.idle
    product = None if idle is None else idle.product(state.stored, X)
    return network.raw_prediction(state.stored[0], X, product)
