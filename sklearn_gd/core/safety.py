"""What keeps training safe: the stopping rule, the divergence guard, Ctrl-C."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .state import TrainingState

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


@dataclass
class Stopping:
    """Tells when progress has ended.

    Parameters
    ----------
    tol : float or None
        Progress is an improvement by this share of the best cost, since the last time
        that there was progress. None never stops. Near the start it is the share of
        what the cost has come down, if that is less: a plateau that training starts on
        is not where it ends.
    patience : int, the number of epochs without progress that end the training
    """

    tol: float | None
    patience: int
    first: float = math.inf
    best: float = math.inf
    waited: int = 0

    def stalled(self, cost: float) -> bool:
        """Whether ``cost`` is the last of ``patience`` epochs without progress."""
        if self.tol is None:
            return False
        if not math.isfinite(self.first):
            self.first = cost
            wanted = math.inf
        else:
            wanted = self.best - self.tol * min(abs(self.best), self.first - self.best)
        if cost < wanted:
            self.best, self.waited = cost, 0
        else:  # as is a cost that is not a number
            self.waited += 1
        return self.waited >= self.patience

    def start_again(self) -> None:
        """Forgets the costs so far."""
        self.first, self.best, self.waited = math.inf, math.inf, 0


class Guard:
    """Keeps parameters to go back to, in case the current ones turn out to be bad.

    An epoch's mean cost speaks of the parameters at its start, so a copy that is made
    at the end of one epoch has proved good only when the next one has ended well:
    ``latest`` then becomes ``proved``.

    Parameters
    ----------
    state : TrainingState
    baseline : float
        The cost of always predicting the class frequencies, with the L2 term of the
        parameters at the start. Training that ends above it has failed.
    """

    def __init__(self, state: TrainingState, baseline: float):
        self.state = state
        self.baseline = baseline + 1e-5 * abs(baseline)
        self.start = state.theta.copy()
        self.latest = self.proved = self.start
        # Two are enough: what is replaced is neither the start nor newly proved.
        self._copies = np.empty_like(self.start), np.empty_like(self.start)
        self.risen = 0
        self._best = math.inf
        self._best_before = math.inf
        self._halvings = state.halvings
        self._steps = state.rule_steps

    def is_bad(self, cost: float) -> bool:
        """Whether this cost is not finite or above the baseline."""
        return not cost <= self.baseline

    def has_diverged(self, mean_cost: float) -> bool:
        """Whether the mean cost over an epoch is bad beyond its own noise.

        Or has been higher than it once was, by a share of the baseline, for some time.
        """
        risen = mean_cost > self._best + RISE * self.baseline
        self.risen = self.risen + 1 if risen else 0
        self._best = min(self._best, mean_cost)
        return not mean_cost <= NOISE * self.baseline or self.risen >= PATIENCE

    def keep(self, cost: float, at_once: bool = False) -> bool:
        """Copies the parameters when a copy is due; False if they are not finite."""
        theta = self.state.theta
        if self.risen or self.is_bad(cost):
            return True
        if not at_once and self.state.rule_steps - self._steps < STEPS_PER_SNAPSHOT:
            return True
        if not is_finite(theta):
            return False
        first, second = self._copies
        spare = second if self.latest is first else first
        np.copyto(spare, theta)
        self.proved, self.latest = self.latest, spare
        self._steps = self.state.rule_steps
        return True

    def distrusts_stall(self) -> bool:
        """Whether training has stalled high up after it had diverged.

        The rate may still be so large that neurons have saturated, where there is no
        slope. It is worth going back to the start with half of it, for as long as that
        makes the cost much better.
        """
        diverged = self.state.halvings > self._halvings
        improved = self._best < MUCH_BETTER * self._best_before
        if not (diverged and improved and self._best > HIGH * self.baseline):
            return False
        self._best_before = self._best
        self.latest = self.proved = self.start
        return True

    def roll_back(self) -> None:
        """Goes back to the proved parameters with half the learning rate."""
        np.copyto(self.state.theta, self.proved)
        self.latest = self.proved
        self.state.reset_rule()
        self.state.halvings += 1
        self.risen = 0
        self._best = math.inf
        self._steps = 0


def is_finite(theta: Array) -> bool:
    """Whether a vector is finite and small enough to be squared."""
    return math.isfinite(np.dot(theta, theta))


@contextmanager
def deferred_interrupt(training: Any) -> Iterator[None]:
    """Turns a first Ctrl-C into ``training.interrupted = True``.

    A step then ends as a whole. A second Ctrl-C is raised at once. Only the main thread
    receives signals, and only Python's own handler is replaced.
    """
    usual = signal.getsignal(signal.SIGINT)
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or usual is not signal.default_int_handler:
        yield
        return

    def note(signum: int, frame: Any) -> None:
        training.interrupted = True
        signal.signal(signal.SIGINT, usual)

    try:
        signal.signal(signal.SIGINT, note)
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
