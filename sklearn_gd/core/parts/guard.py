"""The divergence guard: fitted parameters are finite, and better than guessing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..state import is_finite
from .part import Epoch, Part

Array = NDArray[np.floating]
# The guard copies the parameters at most once in so many steps, which bounds its price.
STEPS_PER_SNAPSHOT = 32
# The mean cost of an epoch must be above the baseline by this factor to be called
# diverged: where there is nothing to learn, it is a little above from noise alone.
NOISE = 1.1
# So many epochs in a row with a cost above the best by this share of the baseline mean
# that the rate is too large, although the network still beats the baseline.
PATIENCE = 3
RISE = 0.05
# A stall after a divergence is not trusted above this share of the baseline, and taken
# as it is when a lower rate has not brought the cost down to this share of the last.
HIGH = 0.1
MUCH_BETTER = 0.9
# A cost below this share of the baseline is better by more than luck.
BETTER = 0.9


class Guard(Part):
    """Keeps parameters to go back to, in case the current ones turn out to be bad.

    An epoch's mean cost speaks of the parameters at its start, so a copy that is made
    at the end of one epoch has proved good only when the next one has ended well:
    ``latest`` then becomes ``proved``.

    Parameters
    ----------
    baseline : float
        The cost of always predicting the class frequencies, without L2.
    floor : float
        The cost of predictions that are right. Costs are judged by their distance from
        it, so it does not matter where the zero of a loss is.
    start_bias : ndarray of shape (n_outputs,)
        The raw prediction of the class frequencies: the last resort.
    start_counts : bool
        Whether training must not end worse than it started, beyond noise, either. Not
        where parameters are chosen by what they cost on other rows.
    """

    def __init__(
        self,
        baseline: float,
        floor: float,
        start_bias: Array,
        start_counts: bool = True,
    ):
        self.start_counts = start_counts
        scale = baseline - floor
        self.scale = scale if 0 < scale < math.inf else abs(baseline)
        self.floor = baseline - self.scale
        self.start_bias = start_bias
        self.baseline = self.ceiling = baseline + 1e-5 * self.scale
        self.risen, self._halved = 0, False
        self._best = self._best_before = math.inf

    def begin(self, run: Any) -> None:
        run.state.settle()
        self.baseline += run.objective.penalty()
        start_cost = run.cost_now()
        # Training may start high up; it must only end below.
        self.ceiling = max(self.baseline, start_cost)
        if self.start_counts:
            noisy = self.floor + NOISE * self.above(start_cost)
            self.baseline = min(self.baseline, noisy)
        self.start = run.state.theta.copy()
        self.latest = self.proved = self.start
        # Two are enough: what is replaced is neither the start nor newly proved.
        self._copies = np.empty_like(self.start), np.empty_like(self.start)
        self._steps, self._last_cost = run.state.rule_steps, self.baseline

    def after_epoch(self, run: Any, epoch: Epoch) -> None:
        if self.has_diverged(epoch.cost) or not self.keep(run, epoch.cost):
            self.roll_back(run, epoch)
            epoch.cost = self._last_cost
        self._last_cost = epoch.cost

    def end(self, run: Any) -> None:
        """A last look: what is bad goes back, or becomes the class frequencies."""
        state = run.state
        state.settle()
        if self.ends_well(run, state.fitted):
            return
        if state.averages and self.ends_well(run, state.theta):
            np.copyto(state.fitted, state.theta)
            return
        self.roll_back(run, run.epochs[-1])
        if not self.ends_well(run, state.theta):
            weights, biases = run.objective.network.views(state.theta)
            weights[-1].fill(0.0)
            np.copyto(biases[-1], self.start_bias)
            state.reset_rule()

    def ends_well(self, run: Any, theta: Array) -> bool:
        """Whether these parameters are finite and no worse than the baseline."""
        return run.cost_of(theta) <= self.baseline

    def is_bad(self, cost: float) -> bool:
        """Whether this cost is not finite or above where training may be."""
        return not cost <= self.ceiling

    def is_beaten_by(self, cost: float) -> bool:
        """Whether this cost is clearly below the baseline."""
        return self.above(cost) < BETTER * self.above(self.baseline)

    def above(self, cost: float) -> float:
        """How far a cost is above the floor."""
        return cost - self.floor

    def has_diverged(self, mean_cost: float) -> bool:
        """Whether the mean cost over an epoch is bad beyond its own noise.

        Or has been higher than it once was, by a share of the baseline, for some time.
        """
        if self._best < math.inf:
            allowed = RISE * max(self.above(self.baseline), self.above(self._best))
            self.risen = self.risen + 1 if mean_cost > self._best + allowed else 0
        self._best = min(self._best, mean_cost)
        if mean_cost <= self.baseline:
            self.ceiling = self.baseline
        noisy = self.floor + NOISE * self.above(self.ceiling)
        return not mean_cost <= noisy or self.risen >= PATIENCE

    def keep(self, run: Any, cost: float) -> bool:
        """Copies the parameters when a copy is due; False if they are not finite."""
        state = run.state
        if self.risen or self.is_bad(cost):
            return True
        few = state.rule_steps - self._steps < STEPS_PER_SNAPSHOT
        if few and not run.solver.whole_data:
            return True
        state.settle()
        if not is_finite(state.theta):
            return False
        first, second = self._copies
        spare = second if self.latest is first else first
        np.copyto(spare, state.theta)
        self.proved, self.latest = self.latest, spare
        self._steps = state.rule_steps
        return True

    def doubts_stall(self) -> bool:
        """Whether training has stalled where it should not end.

        After a divergence the rate may still be so large that neurons have saturated,
        where there is no slope. It is worth going back to the start with half of it,
        for as long as that makes the cost much better.
        """
        if self.risen:
            return True
        best = self.above(self._best)
        improved = best < MUCH_BETTER * self._best_before
        high = best > HIGH * self.above(self.baseline)
        if not (self._halved and improved and high):
            return False
        self._best_before = best
        self.latest = self.proved = self.start
        return True

    def roll_back(self, run: Any, epoch: Epoch) -> None:
        """Goes back to the proved parameters with half the learning rate."""
        run.state.settle()
        np.copyto(run.state.theta, self.proved)
        run.state.reset_rule()
        run.state.halvings += 1
        epoch.rolled_back = self._halved = True
        self.latest = self.proved
        self.risen, self._best, self._steps = 0, math.inf, 0
