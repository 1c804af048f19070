"""Validation: what the parameters cost on other rows, and the best of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .part import Epoch, Part

Array = NDArray[np.floating]


class Validation(Part):
    """Gives back the parameters with the lowest validation cost.

    Parameters
    ----------
    validate : callable
        Returns cost and score of the present parameters on a validation set.
    """

    def __init__(self, validate: Callable[[], tuple[float, float]]):
        self.validate = validate
        self.best_cost = math.inf
        self.best_epoch = 0
        self.best_theta: Array | None = None

    def after_epoch(self, run: Any, epoch: Epoch) -> None:
        run.state.settle()
        epoch.validation_cost, epoch.validation_score = self.validate()
        if epoch.validation_cost < self.best_cost:
            self.best_cost, self.best_epoch = epoch.validation_cost, epoch.number
            if self.best_theta is None:
                self.best_theta = np.empty_like(run.state.theta)
            np.copyto(self.best_theta, run.state.fitted)

    def end(self, run: Any) -> None:
        if self.best_theta is not None:
            run.state.settle()
            np.copyto(run.state.fitted, self.best_theta)
