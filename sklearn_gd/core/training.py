"""Training: θ ← θ - η(t)·U(∇C(θ; batch)), epoch after epoch.

`Training` is the loop. What it needs to know of the outside it is given: the data as
batches, and functions that are called before and after each epoch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batches import Batches
from .lbfgs import Lbfgs
from .objective import Objective
from .safety import Guard, Stopping, deferred_interrupt
from .schedules import Schedule
from .sparse import SparseObjective
from .state import TrainingState
from .updates import UPDATE_RULES, UpdateRule

Array = NDArray[np.floating]
# Rows on which the guard checks the final parameters.
ROWS_OF_LAST_CHECK = 2048
# A part of a stream is suspicious if the squared length of theta grows by this share.
JUMP = 1.0

Solver = UpdateRule | Lbfgs
SOLVERS: dict[str, type[UpdateRule] | type[Lbfgs]] = {**UPDATE_RULES, "lbfgs": Lbfgs}


@dataclass
class Epoch:
    """What is known at the end of an epoch, for history, progress bars and callbacks.

    ``cost`` is the mean over the batches, each with the parameters it was met with.
    """

    number: int
    cost: float
    learning_rate: float
    rolled_back: bool = False
    validation_cost: float | None = None
    validation_score: float | None = None


Validate = Callable[[], tuple[float, float]]
BeforeEpoch = Callable[[], object]
AfterEpoch = Callable[[Epoch], bool]


@dataclass
class Training:
    """A run of epochs on one objective, from the state it is given.

    Parameters
    ----------
    objective : Objective, bound to ``state.theta``
    batches : Batches
    solver : UpdateRule or Lbfgs
    schedule : Schedule
    state : TrainingState, changed in place
    learning_rate : float, before schedule and guard
    guard : Guard
    stopping : Stopping
    max_epochs : int
    start_bias : ndarray of shape (n_outputs,)
        The raw prediction that predicts the class frequencies: the last resort.
    validate : callable, optional
        Returns cost and score on a validation set. The cost is then what ``stopping``
        watches, and the parameters with the lowest one are given back.
    before_epoch : callable, optional
        Called when an epoch begins.
    after_epoch : callable, optional
        Called with each `Epoch`; training ends when it returns True.

    Attributes
    ----------
    epochs : list of Epoch
    stalled, ended, interrupted : bool
        Whether it stopped for want of progress, at the wish of ``after_epoch``, or by
        Ctrl-C.
    """

    objective: Objective | SparseObjective
    batches: Batches
    solver: Solver
    schedule: Schedule
    state: TrainingState
    learning_rate: float
    max_epochs: int = 1
    # A part of a stream does without these three.
    guard: Guard = None  # type: ignore[assignment]
    stopping: Stopping = None  # type: ignore[assignment]
    start_bias: Array = None  # type: ignore[assignment]
    validate: Validate | None = None
    before_epoch: BeforeEpoch | None = None
    after_epoch: AfterEpoch | None = None
    epochs: list[Epoch] = field(default_factory=list)
    best_theta: Array | None = None
    best_cost: float = math.inf
    stalled: bool = False
    ended: bool = False
    interrupted: bool = False
    _updating: bool = False
    _begun: bool = False

    def run(self) -> None:
        """Trains. Ctrl-C ends it after the last whole step, unless there was none."""
        samples = self.state.samples
        with np.errstate(all="ignore"), deferred_interrupt(self):
            try:
                if isinstance(self.solver, Lbfgs):
                    self.solver.minimize(self)
                else:
                    self._descend()
            except KeyboardInterrupt:
                self.interrupted = True
                if (
                    self._updating or self.solver.whole_data
                ) and not self._leave_torn_step():
                    raise
            if self.interrupted and self.state.samples == samples:
                raise KeyboardInterrupt
            if not self.epochs:
                self._write_down_first_epoch()
            self._give_back_the_best()
            self.state.settle()

    def run_chunk(self) -> bool:
        """Trains for one epoch on a part of a stream; False if that would be ruinous.

        The caller then restores the state. A chunk has too few rows to hold its cost
        against the class frequencies. If the step has changed the size of the
        parameters by much, its cost must at least not be higher than before.
        """
        objective = self.objective
        with np.errstate(all="ignore"):
            before = objective.squared_length()
            cost = self.run_epoch()
            after = objective.squared_length()
            if not (math.isfinite(cost) and math.isfinite(after)):
                return False
            jumped = after > (1.0 + JUMP) * before + JUMP
            if jumped and not self._last_cost() <= cost:
                return False
        self.state.progress.epoch += 1
        self.epochs.append(Epoch(1, cost, self.rate))
        return True

    def _descend(self) -> None:
        for _ in range(self.max_epochs):
            self.begin_epoch()
            cost = self.run_epoch()
            if self.finish_epoch(cost) or self.interrupted:
                break

    def run_epoch(self) -> float:
        """Walks over all batches once; returns their mean cost."""
        rate, total, rows = self.rate, 0.0, 0
        for X, codes, weights in self.batches.epoch(self.state.rng):
            total += self.step(X, codes, weights, rate) * len(codes)
            rows += len(codes)
            if self.interrupted or not math.isfinite(total):
                break
        return total / rows

    @property
    def rate(self) -> float:
        """The learning rate of the coming epoch."""
        state = self.state
        factor = self.schedule(state.progress)
        return self.learning_rate * factor * 0.5**state.halvings

    def step(
        self, X: Any, codes: NDArray[np.intp], weights: Array | None, rate: float
    ) -> float:
        """One update of the parameters; returns the cost before it."""
        if weights is not None and not weights.any():
            return 0.0
        state, objective = self.state, self.objective
        rng = state.rng if objective.network.dropout else None
        cost = objective(X, codes, weights, rng)
        if math.isfinite(cost):
            self._updating = True
            state.rule_steps += 1
            # Minimisers never get here.
            objective.step(self.solver, rate, state)  # type: ignore[arg-type]
            self._updating = False
            state.samples += len(codes)
        return cost

    def begin_epoch(self) -> None:
        """Tells that an epoch begins, once."""
        if self.before_epoch is not None and not self._begun:
            self._begun = True
            self.before_epoch()

    def finish_epoch(self, cost: float) -> bool:
        """Judges the epoch and writes it down; True if training should end."""
        self._begun = False
        guard, progress = self.guard, self.state.progress
        epoch = Epoch(len(self.epochs) + 1, cost, self.rate)
        epoch.rolled_back = guard.has_diverged(cost) or not guard.keep(
            cost, at_once=self.solver.whole_data
        )
        if epoch.rolled_back:
            guard.roll_back()
            epoch.cost = self.epochs[-1].cost if self.epochs else guard.baseline
        if self.validate is not None:
            epoch.validation_cost, epoch.validation_score = self.validate()
            if epoch.validation_cost < self.best_cost:
                self.best_cost = epoch.validation_cost
                if self.best_theta is None:
                    self.best_theta = np.empty_like(self.state.theta)
                np.copyto(self.best_theta, self.state.theta)
        progress.epoch += 1
        progress.steps = self.state.rule_steps
        self.epochs.append(epoch)
        self.ended = self.after_epoch is not None and self.after_epoch(epoch)
        return self._has_stalled(epoch) or self.ended

    def _leave_torn_step(self) -> bool:
        """Goes back to the latest whole parameters; False if those are the start."""
        np.copyto(self.state.theta, self.guard.latest)
        self.state.reset_rule()
        return self.guard.latest is not self.guard.start

    def _write_down_first_epoch(self) -> None:
        """Writes down the first epoch, in which an exception has ended the training."""
        epoch = Epoch(1, self._last_cost(), self.rate)
        if self.validate is not None:
            epoch.validation_cost, epoch.validation_score = self.validate()
        self.epochs.append(epoch)

    def _has_stalled(self, epoch: Epoch) -> bool:
        cost = epoch.cost if epoch.validation_cost is None else epoch.validation_cost
        if not (epoch.rolled_back or self.stopping.stalled(cost)):
            return False
        if not epoch.rolled_back and (self.guard.risen or self.guard.distrusts_stall()):
            self.guard.roll_back()
            epoch.rolled_back = True
        if epoch.rolled_back:
            self.stopping.start_again()
            return False
        progress = self.state.progress
        # L-BFGS chooses its own steps: no drop would help it.
        lbfgs = isinstance(self.solver, Lbfgs)
        drops = self.schedule.drops_on_stall and not lbfgs
        if drops and progress.drops < self.schedule.max_drops:
            progress.drops += 1
            # From here on: a lucky epoch before must not make progress look like none.
            self.stopping.best, self.stopping.waited = cost, 0
            return False
        self.stalled = True
        return True

    def _give_back_the_best(self) -> None:
        """Leaves the best parameters in theta, after a last look at them."""
        theta = self.state.theta
        if self.best_theta is not None:
            np.copyto(theta, self.best_theta)
        if self.guard.is_bad(self._last_cost()):
            self.guard.roll_back()
            self.epochs[-1].rolled_back = True
            if self.guard.is_bad(self._last_cost()):
                weights, biases = self.objective.network.views(theta)
                weights[-1].fill(0.0)
                np.copyto(biases[-1], self.start_bias)

    def _last_cost(self) -> float:
        batches = self.batches
        rows = slice(None, None, max(1, batches.n_rows // ROWS_OF_LAST_CHECK))
        costs = self.objective.sample_costs(batches.X[rows], batches.codes[rows])
        if batches.sample_weight is not None:
            weights = batches.sample_weight[rows]
            costs = costs * weights / max(weights.mean(), np.finfo(weights.dtype).tiny)
        return float(costs.mean()) + self.objective.penalty()
