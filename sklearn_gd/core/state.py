"""The state of a training run: all that survives a batch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .schedules import Progress

Array = NDArray[np.floating]
# Rows after which a cost weighs 1/e in the running cost.
RUNNING_ROWS = 1000


@dataclass
class TrainingState:
    """All that survives a batch.

    Attributes
    ----------
    theta : ndarray of shape (n_parameters,)
    vectors : list of ndarrays like theta, the state of the update rule
    rng : the random generator, which shuffles rows and drops neurons
    progress : what the schedule is asked with
    rule_steps : int, steps since ``vectors`` were zero
    samples : int, training samples seen since the start
    halvings : int, how often the guard has halved the learning rate
    base_rate : float, the learning rate that ``halvings`` refers to
    running_cost : float or None, decayed mean of the cost over parts of a stream
    """

    theta: Array
    vectors: list[Array]
    rng: np.random.Generator
    progress: Progress = field(default_factory=Progress)
    rule_steps: int = 0
    samples: int = 0
    halvings: int = 0
    base_rate: float = 0.0
    running_cost: float | None = None
    _rng_state: Any = field(default=None, repr=False)

    def reset_rule(self) -> None:
        """Starts the update rule afresh."""
        for vector in self.vectors:
            vector.fill(0.0)
        self.rule_steps = 0

    def note_cost(self, cost: float, rows: int) -> None:
        """Brings the running cost up to date with the cost of so many rows."""
        if self.running_cost is None:
            self.running_cost = cost
        share = 1.0 - math.exp(-rows / RUNNING_ROWS)
        self.running_cost += share * (cost - self.running_cost)

    def snapshot(self) -> TrainingState:
        """A copy that shares nothing but the generator, whose state it notes."""
        copy = replace(
            self,
            theta=self.theta.copy(),
            vectors=[vector.copy() for vector in self.vectors],
            progress=replace(self.progress),
        )
        copy._rng_state = self.rng.bit_generator.state
        return copy

    def restore(self, snapshot: TrainingState) -> None:
        """Overwrites this state with one that `snapshot` has returned."""
        np.copyto(self.theta, snapshot.theta)
        for vector, saved in zip(self.vectors, snapshot.vectors, strict=True):
            np.copyto(vector, saved)
        self.rng.bit_generator.state = snapshot._rng_state
        for name in (
            "progress",
            "rule_steps",
            "samples",
            "halvings",
            "base_rate",
            "running_cost",
        ):
            setattr(self, name, getattr(snapshot, name))
