"""Training: θ ← θ - η(t)·U(∇C(θ; batch)), epoch after epoch.

`Training` is the loop. It walks over batches and takes steps. What judges an epoch, and
may ask for the end or go back, is a list of parts, in the order in which they act.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batches import Batches
from .lbfgs import Lbfgs
from .objective import Objective
from .parts.part import Epoch, Part
from .quiet import quiet, surely
from .schedules import Schedule
from .sparse import SparseObjective
from .state import TrainingState
from .updates import UPDATE_RULES, UpdateRule

Array = NDArray[np.floating]
# Rows on which the guards look at the parameters as they are now.
ROWS_OF_A_LOOK = 2048

Solver = UpdateRule | Lbfgs
SOLVERS: dict[str, type[UpdateRule] | type[Lbfgs]] = {**UPDATE_RULES, "lbfgs": Lbfgs}
# Why training has ended.
STOP_REASONS = {
    "converged": "no more progress",
    "max_iter": "all epochs done",
    "callback": "a callback asked for the end",
    "interrupted": "Ctrl-C",
}


@dataclass
class Training:
    """A run of epochs on one objective, from the state it is given.

    Parameters
    ----------
    objective : Objective or SparseObjective, bound to ``state``
    batches : Batches
    solver : UpdateRule or Lbfgs
    schedule : Schedule
    state : TrainingState, changed in place
    learning_rate : float, before schedule and guard
    max_step : float, the longest step along one gradient of the data
    max_epochs : int
    parts : sequence of Part

    Attributes
    ----------
    epochs : list of Epoch
    stop_reason : str, a key of `STOP_REASONS`; "" while training goes on
    discarded : bool, whether the state should not be used
    """

    objective: Objective | SparseObjective
    batches: Batches
    solver: Solver
    schedule: Schedule
    state: TrainingState
    learning_rate: float
    max_step: float = math.inf
    max_epochs: int = 1
    parts: Sequence[Part] = ()
    epochs: list[Epoch] = field(default_factory=list)
    stop_reason: str = ""
    discarded: bool = False

    def __post_init__(self) -> None:
        self.rng = self.state.generator() if self._draws else None
        self._rule: Any = self.solver  # which is one, where steps are taken
        self._begun = False
        # Most parts do not look at steps; those that do are asked after each.
        told = [p for p in self.parts if type(p).after_step is not Part.after_step]
        self._after_step = [part.after_step for part in told]
        self._batch_rng = self.rng if self._drops else None

    def run(self) -> None:
        """Trains. After a first Ctrl-C, up to the end of the present step.

        Raises
        ------
        KeyboardInterrupt
            If there was no first step to end, or at a second Ctrl-C.
        """
        surely(self._run, self._close)

    @quiet
    def _run(self) -> None:
        samples = self.state.samples
        for part in self.parts:
            part.begin(self)
        if isinstance(self.solver, Lbfgs):
            self.solver.minimize(self)
        else:
            self._descend()
        self.stop("max_iter")  # if there is no other reason
        if self.stop_reason == "interrupted" and self.state.samples == samples:
            raise KeyboardInterrupt
        for part in reversed(self.parts):
            part.end(self)
        self.note_rng()

    def _close(self) -> None:
        for part in self.parts:
            part.close()

    def _descend(self) -> None:
        while len(self.epochs) < self.max_epochs and not self.stop_reason:
            self.begin_epoch()
            self.finish_epoch(self.run_epoch())

    def run_epoch(self) -> float:
        """Walks over all batches once; returns their mean cost."""
        rate, total, rows = self.rate, 0.0, 0
        self.objective.longest = self.max_step / rate if rate else math.inf
        for X, codes, weights in self.batches.epoch(self.rng):
            total += self.step(X, codes, weights, rate) * len(codes)
            rows += len(codes)
            for after_step in self._after_step:
                after_step(self)
            if self.stop_reason or not math.isfinite(total):
                break
        return total / rows

    def step(
        self, X: Any, codes: NDArray[np.intp], weights: Array | None, rate: float
    ) -> float:
        """One update of the parameters; returns the cost before it."""
        if weights is not None and not weights.any():
            return 0.0
        state, objective = self.state, self.objective
        cost = objective(X, codes, weights, self._batch_rng)
        if math.isfinite(cost):
            state.rule_steps += 1
            objective.step(self._rule, rate, state)
            state.samples += len(codes)
        return cost

    def begin_epoch(self) -> None:
        """Tells that an epoch begins, once."""
        if not self._begun:
            self._begun = True
            for part in self.parts:
                part.before_epoch(self)

    def finish_epoch(self, cost: float) -> None:
        """Writes the epoch down and lets the parts judge it, one after the other."""
        self._begun = False
        epoch = Epoch(len(self.epochs) + 1, cost, self.rate)
        self.epochs.append(epoch)
        self.state.progress.epoch += 1
        self.state.progress.steps = self.state.rule_steps
        for part in self.parts:
            part.after_epoch(self, epoch)

    def stop(self, reason: str) -> None:
        """Asks for the end of the training; the first reason counts."""
        self.stop_reason = self.stop_reason or reason

    @property
    def rate(self) -> float:
        """The learning rate of the coming epoch."""
        state = self.state
        factor = self.schedule(state.progress)
        return self.learning_rate * factor * 0.5**state.halvings

    def lower_rate(self) -> bool:
        """Lets the schedule lower the rate on a plateau; False if it has no more to."""
        progress = self.state.progress
        # L-BFGS chooses its own steps: no drop would help it.
        drops = self.schedule.drops_on_stall and not self.solver.whole_data
        if not drops or progress.drops >= self.schedule.max_drops:
            return False
        progress.drops += 1
        return True

    def cost_now(self) -> float:
        """The cost of theta as it is, on at most so many of the rows."""
        return self._mean_cost(self.objective.sample_costs)

    def cost_of(self, theta: Array) -> float:
        """The cost of other parameters, on at most so many of the rows."""
        objective, table = self.objective, self.objective.table

        def sample_costs(X: Any, codes: NDArray[np.intp]) -> Array:
            raw = objective.network.raw_prediction(theta, X)
            costs, scratch = np.empty((2, len(raw)), dtype=raw.dtype)
            objective.loss.evaluate(raw, table[codes], costs, scratch)
            return costs

        return self._mean_cost(sample_costs)

    def _mean_cost(self, sample_costs: Any) -> float:
        batches, rows = self.batches, self._rows_to_look_at()
        costs = sample_costs(batches.X[rows], batches.codes[rows])
        if batches.sample_weight is not None:
            weights = batches.sample_weight[rows]
            costs = costs * weights / max(weights.mean(), np.finfo(weights.dtype).tiny)
        return float(costs.mean()) + self.objective.penalty()

    def _rows_to_look_at(self) -> Any:
        """All rows, or some that no order of them can be in step with."""
        n_rows = self.batches.n_rows
        if n_rows <= ROWS_OF_A_LOOK:
            return slice(None)
        rows = np.random.default_rng(n_rows).integers(n_rows, size=ROWS_OF_A_LOOK)
        return np.sort(rows)

    @property
    def _drops(self) -> bool:
        return bool(self.objective.network.dropout)

    @property
    def _draws(self) -> bool:
        """Whether anything is left to chance."""
        return self.batches.shuffle or self._drops

    def note_rng(self) -> None:
        """Writes down in the state how far the random generator has come."""
        if self.rng is not None:
            self.state.rng_state = self.rng.bit_generator.state
