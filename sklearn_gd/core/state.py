"""The state of a training run: all that survives a batch."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .schedules import Progress

Array = NDArray[np.floating]
# Rows after which a cost weighs 1/e in the running cost.
RUNNING_ROWS = 1000
# Two threads that read the parameters must not both bring them up to date.
_settling = threading.Lock()


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
    idle : Idle or None, how far rows of W1 are behind, after training on CSR batches
    stored : list of ndarrays, theta and vectors as they are, behind or not
    """

    _theta: Array
    _vectors: list[Array]
    rng: np.random.Generator
    progress: Progress = field(default_factory=Progress)
    rule_steps: int = 0
    samples: int = 0
    halvings: int = 0
    base_rate: float = 0.0
    running_cost: float | None = None
    _idle: Any = field(default=None, repr=False)

    @property
    def theta(self) -> Array:
        if self._idle is not None:
            self.settle()
        return self._theta

    @property
    def vectors(self) -> list[Array]:
        if self._idle is not None:
            self.settle()
        return self._vectors

    @vectors.setter
    def vectors(self, vectors: list[Array]) -> None:
        self.settle()
        self._vectors = vectors

    @property
    def dtype(self) -> Any:
        return self._theta.dtype

    @property
    def stored(self) -> list[Array]:
        return [self._theta, *self._vectors]

    @property
    def idle(self) -> Any:
        return self._idle

    @idle.setter
    def idle(self, idle: Any) -> None:
        self._idle = idle

    def settle(self) -> None:
        """Brings all rows of W1 up to date."""
        with _settling:
            if self._idle is not None:
                self._idle = self._idle.settle(self.stored)

    def reset_rule(self) -> None:
        """Starts the update rule afresh."""
        for vector in self.vectors:
            vector.fill(0.0)
        self.rule_steps = 0

    def use_rate(self, rate: float) -> None:
        """Notes the learning rate; a new one forgets the halvings of the last."""
        if rate != self.base_rate:
            self.base_rate, self.halvings = rate, 0

    def note_cost(self, cost: float, rows: int) -> None:
        """Brings the running cost up to date with the cost of so many rows."""
        if self.running_cost is None:
            self.running_cost = cost
        share = 1.0 - math.exp(-rows / RUNNING_ROWS)
        self.running_cost += share * (cost - self.running_cost)


class Snapshot:
    """A copy of a state to go back to.

    Its arrays are reused when it is taken again, which spares the time that the
    operating system takes to hand out memory.
    """

    SCALARS = ("rule_steps", "samples", "halvings", "base_rate", "running_cost")

    def __init__(self, state: TrainingState):
        self.state = state
        self.arrays = [np.empty_like(array) for array in self.watched()]

    def watched(self) -> list[Array]:
        """The arrays of the state that are copied as a whole."""
        return [self.state.theta, *self.state.vectors]

    def take(self) -> None:
        """Overwrites this copy with the state."""
        state = self.state
        for saved, array in zip(self.arrays, self.watched(), strict=True):
            np.copyto(saved, array)
        self.scalars = {name: getattr(state, name) for name in self.SCALARS}
        self.progress = dict(vars(state.progress))
        self.rng_state = state.rng.bit_generator.state

    def restore(self) -> None:
        """Overwrites the state with this copy."""
        state = self.state
        for saved, array in zip(self.arrays, self.watched(), strict=True):
            np.copyto(array, saved)
        vars(state).update(self.scalars)
        vars(state.progress).update(self.progress)
        state.rng.bit_generator.state = self.rng_state

    def release(self) -> None:
        """Says that there will be no going back until it is taken again."""
