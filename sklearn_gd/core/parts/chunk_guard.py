"""The guard of a stream: a part of it that would ruin the model is left out."""

from __future__ import annotations

import math
from typing import Any

from .part import Epoch, Part

# A part of a stream is suspicious if the squared length of theta grows by this share.
JUMP = 1.0


class ChunkGuard(Part):
    """Asks that a run be discarded if its part of a stream should be left out.

    If it has changed the size of the parameters by much, its cost must not be higher
    than before, nor far above that of the class frequencies. Going back is easy for
    whoever owns the state: it is not published.

    Parameters
    ----------
    ceiling : float, the most that a part may cost after it has been learned from
    """

    def __init__(self, ceiling: float = math.inf):
        self.ceiling = ceiling

    def begin(self, run: Any) -> None:
        self.before = run.objective.squared_length()

    def after_epoch(self, run: Any, epoch: Epoch) -> None:
        after = run.objective.squared_length()
        if not (math.isfinite(epoch.cost) and math.isfinite(after)):
            run.discarded = True
        elif after > (1.0 + JUMP) * self.before + JUMP:
            run.discarded = not run.cost_now() <= min(epoch.cost, self.ceiling)
