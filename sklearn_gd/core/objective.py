"""The objective: network + loss + L2 give the cost and its gradient.

::

    C(θ) = (1/m) Σᵢ wᵢ ℓᵢ(θ) + (α/2) Σ weights²

over the m rows of a batch. With weights wᵢ of mean 1 over the data set, this is an
unbiased estimate of the cost of the whole set.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .batches import Selection
from .compiled import adder
from .losses import Loss
from .network import Network, Propagation
from .state import TrainingState
from .updates import UpdateRule

Array = NDArray[np.floating]
# Rows that go through the network at once when a batch has more of them: enough for
# the matrix products to be efficient, few enough to keep the buffers small.
MAX_ROWS = 2048


class Objective:
    """Cost and gradient of a network on batches, over reused buffers.

    Parameters
    ----------
    network : Network
    loss : Loss
    alpha : float, L2 strength; biases are not penalised
    theta : ndarray of shape (n_parameters,), the vector the objective is bound to
    table : ndarray of shape (n_codes, n_outputs)
        ``table[code]`` are the wanted activations of a row with that code.
    max_rows : int, the largest number of rows of a batch

    Attributes
    ----------
    grad : ndarray of shape (n_parameters,), filled by each call
    longest : float, the length to which a gradient of the data is shortened
    added : float, the L2 term in the cost of the last batch
    sparse : bool, whether its batches are CSR and its steps touch their features only
    """

    sparse: ClassVar[bool] = False

    def __init__(
        self,
        network: Network,
        loss: Loss,
        alpha: float,
        theta: Array,
        table: Array,
        max_rows: int,
    ):
        self.loss, self.alpha, self.table = loss, alpha, table
        self.longest, self.added = math.inf, 0.0
        self.max_rows = min(max_rows, MAX_ROWS)
        shape = (self.max_rows, network.layer_sizes[-1])
        self._targets = np.empty(shape, dtype=theta.dtype)
        self._costs = np.empty(self.max_rows, dtype=theta.dtype)
        self._scratch = np.empty(self.max_rows, dtype=theta.dtype)
        self._whole: Propagation | None = None
        self.bind(network, theta, np.empty_like(theta))

    def bind(self, network: Network, theta: Array, grad: Array) -> None:
        """Reads from theta and writes to grad from now on.

        The network may differ from the last one in its number of inputs only; the
        buffers for a batch stay.
        """
        self.network, self.theta, self.grad = network, theta, grad
        whole = Propagation(network, theta, grad, self.max_rows, self._whole)
        self._whole, self._by_rows = whole, {self.max_rows: whole}
        self._weights = theta[: network.n_weights]
        self._add_weights = adder(self._weights, grad[: network.n_weights])
        # Made when a batch first has more rows than go through the network at once.
        self._sum: Array | None = None

    def step(
        self, rule: UpdateRule, learning_rate: float, state: TrainingState
    ) -> None:
        """Takes the rule's step with the gradient of the last batch."""
        t = state.rule_steps
        rule.step(self.theta, self.grad, learning_rate, state.vectors, t)

    def squared_length(self) -> float:
        """Σ θ², which is not finite if a parameter is not."""
        return float(np.dot(self.theta, self.theta))

    def __call__(
        self,
        X: Any,
        codes: NDArray[np.intp],
        sample_weight: Array | None = None,
        rng: np.random.Generator | None = None,
    ) -> float:
        """The cost of a batch; fills ``grad``. With rng, neurons are dropped."""
        n_rows = X.shape[0]
        if n_rows <= self.max_rows and not isinstance(X, Selection):
            cost = self._data_term(X, codes, sample_weight, n_rows, rng)
        else:
            cost = self._sum_of_blocks(X, codes, sample_weight, n_rows, rng)
        if self.longest < math.inf:
            clip(self.grad, self.longest)
        if self.alpha:
            self._add_weights(self.alpha)
        self.added = self.penalty()
        return cost + self.added

    def penalty(self) -> float:
        """(α/2) Σ weights²."""
        if not self.alpha:
            return 0.0
        return 0.5 * self.alpha * float(np.dot(self._weights, self._weights))

    def sample_costs(self, X: Any, codes: NDArray[np.intp]) -> Array:
        """The cost of each row without L2, shape (n_rows,); grad stays as it is."""
        costs = np.empty(X.shape[0], dtype=self.theta.dtype)
        start = 0
        for rows, row_codes, _ in self._blocks(X, codes, None):
            stop = start + rows.shape[0]
            costs[start:stop] = self._evaluate(rows, row_codes, None)[1]
            start = stop
        return costs

    def _data_term(
        self,
        X: Any,
        codes: NDArray[np.intp],
        sample_weight: Array | None,
        n_rows: int,
        rng: np.random.Generator | None,
    ) -> float:
        """Σ wᵢ ℓᵢ / n_rows, and its gradient, over the rows of X."""
        passage, costs = self._evaluate(X, codes, rng)
        d_raw = passage.raw
        if sample_weight is None:
            cost = float(np.dot(passage.ones, costs)) / n_rows
        else:
            cost = float(np.dot(sample_weight, costs)) / n_rows
            np.multiply(d_raw, sample_weight[:, None], out=d_raw)
        np.multiply(d_raw, 1.0 / n_rows, out=d_raw)
        passage.backward(X, dropped=rng is not None)
        return cost

    def _sum_of_blocks(
        self,
        X: Any,
        codes: NDArray[np.intp],
        sample_weight: Array | None,
        n_rows: int,
        rng: np.random.Generator | None,
    ) -> float:
        """The data term of more rows than go through the network at once."""
        if self._sum is None:
            self._sum = np.empty_like(self.grad)
        cost, total = 0.0, self._sum
        total.fill(0.0)
        for block in self._blocks(X, codes, sample_weight):
            cost += self._data_term(*block, n_rows, rng)
            np.add(total, self.grad, out=total)
        np.copyto(self.grad, total)
        return cost

    def _evaluate(
        self, X: Any, codes: NDArray[np.intp], rng: np.random.Generator | None
    ) -> tuple[Propagation, Array]:
        """Runs forward and the loss; returns the propagation and the rows' costs."""
        n_rows = X.shape[0]
        passage = self._by_rows.get(n_rows)
        if passage is None:
            passage = Propagation(
                self.network, self.theta, self.grad, n_rows, self._whole
            )
            whole = self._by_rows[self.max_rows]
            self._by_rows = {self.max_rows: whole, n_rows: passage}
        targets, costs = self._targets[:n_rows], self._costs[:n_rows]
        raw = passage.forward(X, rng)
        self.table.take(codes, axis=0, out=targets, mode="clip")
        self.loss.evaluate(raw, targets, costs, self._scratch[:n_rows])
        return passage, costs

    def _blocks(
        self, X: Any, codes: NDArray[np.intp], sample_weight: Array | None
    ) -> Iterator[tuple[Any, NDArray[np.intp], Array | None]]:
        for start in range(0, X.shape[0], self.max_rows):
            rows = slice(start, start + self.max_rows)
            weights = None if sample_weight is None else sample_weight[rows]
            yield X[rows], codes[rows], weights


def clip(grad: Array, longest: float) -> None:
    """Shortens a gradient that is longer (Pascanu et al. 2013, algorithm 1)."""
    length = math.sqrt(np.dot(grad, grad))
    if length > longest:
        np.multiply(grad, longest / length, out=grad)
