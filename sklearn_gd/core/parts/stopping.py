"""The stopping rule: training ends when there is no more progress."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .guard import Guard
from .part import Epoch, Part


@dataclass
class Plateau:
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

    def go_on_from(self, cost: float) -> None:
        """Measures progress from here on.

        A lucky epoch before must not make progress look like none.
        """
        self.best, self.waited = cost, 0

    def start_again(self) -> None:
        """Forgets the costs so far."""
        self.first, self.best, self.waited = math.inf, math.inf, 0


@dataclass
class Stopping(Part):
    """Ends training on a plateau, unless the guard or a lower rate leads on from it.

    Progress is measured in the distance from what being right costs, so it does not
    matter where the zero of a loss is.

    Parameters
    ----------
    plateau : Plateau
    guard : Guard, which may doubt that this is where training should end
    """

    plateau: Plateau
    guard: Guard

    def after_epoch(self, run: Any, epoch: Epoch) -> None:
        cost = self.guard.above(epoch.monitored_cost)
        if epoch.rolled_back:
            self.plateau.start_again()
        elif self.plateau.stalled(cost):
            if self.guard.doubts_stall():
                self.guard.roll_back(run, epoch)
                self.plateau.start_again()
            elif run.lower_rate():
                self.plateau.go_on_from(cost)
            else:
                run.stop("converged")
