"""Training on CSR batches at a cost that follows the non-zeros, not the width.

The rows of W1 whose features occur in a batch are gathered into a compact network. It
takes the ordinary step, and its parameters are scattered back. What the other rows of
W1 miss is the business of `idle`.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .batches import Selection
from .compiled import CsrRows
from .gathering import Gathered
from .idle import Idle, idle_of, scatter, sum_of_squares
from .losses import Loss
from .network import Network
from .objective import Objective
from .state import TrainingState
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
        self.loss, self.alpha = loss, alpha
        self.table, self.max_rows = table, max_rows
        self.longest, self.added = math.inf, 0.0
        self._compact: Objective | None = None
        self._grad = np.empty(0, dtype=state.dtype)
        self.bind(network, state)

    def bind(
        self, network: Network, state: TrainingState, one_batch: bool = False
    ) -> None:
        """Reads and writes the vectors of this state from now on.

        With one_batch, all rows of W1 take part in each step.
        """
        self.network, self.state = network, state
        self._first = network.shapes[0][0] * network.shapes[0][1]
        self._gathered = None if one_batch else Gathered(network.shapes[0][0])

    def __call__(
        self,
        X: Any,
        codes: NDArray[np.intp],
        sample_weight: Array | None = None,
        rng: np.random.Generator | None = None,
    ) -> float:
        """The cost of a batch; keeps its gradient for `step`."""
        if self._gathered is None:
            compact, stored = self._whole(), self.state.theta[: self._first]
        else:
            compact, X = self._gather(X, self._idle.rows_in_turn())
            stored = self._gathered.raw[0]
        self._elsewhere = self._idle.squares - sum_of_squares(stored)
        cost = compact(X, codes, sample_weight, rng)
        elsewhere = 0.5 * self.alpha * self._elsewhere
        self.added = compact.added + elsewhere
        return cost + elsewhere

    def step(
        self, rule: UpdateRule, learning_rate: float, state: TrainingState
    ) -> None:
        """Takes the rule's step with the gradient of the last batch."""
        assert self._compact is not None
        idle, gathered = self._idle, self._gathered
        theta, *vectors = state.stored if gathered is None else gathered.vectors
        t = state.rule_steps
        rule.step(theta, self._compact.grad, learning_rate, vectors, t)
        first_layer = self._compact.network.shapes[0]
        new = sum_of_squares(theta[: first_layer[0] * first_layer[1]])
        idle.squares = self._elsewhere + new
        rows: Any = slice(None)
        if gathered is not None:
            rows = gathered.rows
            scatter(idle, state.stored, rows, gathered.vectors)
        idle.advance(rule.idle_step_at(t, learning_rate, self.alpha), rows)

    def penalty(self) -> float:
        """(α/2) Σ weights², of W1 as it is stored."""
        if not self.alpha:
            return 0.0
        others = self.state.theta[self._first : self.network.n_weights]
        return 0.5 * self.alpha * (self._idle.squares + sum_of_squares(others))

    def squared_length(self) -> float:
        """Σ θ², of W1 as it is stored; not finite if a parameter is not."""
        others = self.state.theta[self._first :]
        return self._idle.squares + sum_of_squares(others)

    def sample_costs(self, X: Any, codes: NDArray[np.intp]) -> Array:
        """The cost of each row without L2, shape (n_rows,)."""
        if self._gathered is None:
            return self._whole().sample_costs(X, codes)
        compact, X = self._gather(X, np.empty(0, dtype=np.int32))
        return compact.sample_costs(X, codes)

    @property
    def _idle(self) -> Idle:
        self.state.idle = idle = idle_of(self.state, self.network)
        return idle

    def _gather(self, X: Any, in_turn: NDArray[np.integer]) -> tuple[Objective, Any]:
        """The objective of the network with the features of X only, and its input."""
        X = X[:] if isinstance(X, Selection) else X
        gathered = self._gathered
        assert gathered is not None
        gathered.gather(self.network, self.state, self._idle, X, [in_turn])
        theta, grad = gathered.vectors[0], gathered.grad
        shape = X.shape[0], len(gathered.rows)
        X = CsrRows(X.indptr, gathered.columns, X.data, shape)
        return self._bind(gathered.network, theta, grad), X

    def _whole(self) -> Objective:
        """The objective of the network as it is."""
        if len(self._grad) < self.network.n_parameters:
            self._grad = np.empty(self.network.n_parameters, dtype=self.state.dtype)
        grad = self._grad[: self.network.n_parameters]
        return self._bind(self.network, self.state.theta, grad)

    def _bind(self, network: Network, theta: Array, grad: Array) -> Objective:
        if self._compact is None:
            self._compact = Objective(
                network, self.loss, self.alpha, theta, self.table, self.max_rows
            )
        self._compact.table, self._compact.longest = self.table, self.longest
        self._compact.alpha = self.alpha
        self._compact.bind(network, theta, grad)
        return self._compact
