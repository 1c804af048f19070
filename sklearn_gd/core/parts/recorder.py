"""Recording: copies of the parameters along the way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..state import is_finite
from .part import Epoch, Part

Array = NDArray[np.floating]


class Recorder(Part):
    """Keeps copies of the parameters of one run.

    Parameters
    ----------
    path : list of ndarrays, to which the copies are appended when the run has ended
    every : int or None, steps between two copies; None means an epoch
    """

    def __init__(self, path: list[Array], every: int | None = None):
        self.path, self.every = path, every
        self.seen: list[Array] = []

    def begin(self, run: Any) -> None:
        self.seen = []
        if not self.path:
            self.record(run)

    def after_step(self, run: Any) -> None:
        if self.every is not None and run.state.rule_steps % self.every == 0:
            self.record(run)

    def after_epoch(self, run: Any, epoch: Epoch) -> None:
        if self.every is None:
            self.record(run)
        elif run.solver.whole_data:
            self.after_step(run)

    def end(self, run: Any) -> None:
        if not run.discarded:
            self.path.extend(self.seen)

    def record(self, run: Any) -> None:
        """Keeps a copy, unless the guard is about to go back from here."""
        theta = run.state.parameters()
        if is_finite(theta):
            self.seen.append(run.objective.network.shown(theta))
