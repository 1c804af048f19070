"""The state of a training run: all that survives a batch.

A state belongs to whoever trains it until it is published; from then on nobody writes
to it. The next training run starts from a copy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
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
    rng_state : dict, the state of the generator that shuffles rows and drops neurons
    progress : what the schedule is asked with
    rule_steps : int, steps since ``vectors`` were zero
    samples : int, training samples seen since the start
    halvings : int, how often the guard has halved the learning rate
    base_rate : float, the learning rate that ``halvings`` refers to
    rate : float, the learning rate of the last run, before schedule and halvings
    alpha : float, the L2 strength of the last run
    averages : bool, whether the last of the vectors is what the network predicts with
    running_cost : float or None, decayed mean of the cost over parts of a stream
    baseline : what is known of a stream besides, never changed but replaced, or None
    idle : Idle or None, how far rows of W1 are behind, after training on CSR batches
    lease : ndarray like theta, read only, over the same memory
        It is alive as long as anybody may read the vectors of this state.
    """

    theta: Array
    vectors: list[Array]
    rng_state: Mapping[str, Any]
    progress: Progress = field(default_factory=Progress)
    rule_steps: int = 0
    samples: int = 0
    halvings: int = 0
    base_rate: float = 0.0
    rate: float = 0.0
    alpha: float = 0.0
    averages: bool = False
    running_cost: float | None = None
    baseline: Any = field(default=None, repr=False)
    idle: Any = field(default=None, repr=False)
    lease: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.lease = lent(self.fitted)

    def __getstate__(self) -> dict[str, Any]:
        """What is stored or sent: the lease is made again where it arrives."""
        return {key: value for key, value in vars(self).items() if key != "lease"}

    def __setstate__(self, stored: dict[str, Any]) -> None:
        vars(self).update(stored)
        self.lease = lent(self.fitted)

    @property
    def fitted(self) -> Array:
        """What the network predicts with, as it is stored: the average, or theta."""
        return self.vectors[-1] if self.averages else self.theta

    @property
    def dtype(self) -> Any:
        return self.theta.dtype

    @property
    def stored(self) -> list[Array]:
        """Theta and vectors as they are, behind or not."""
        return [self.theta, *self.vectors]

    def generator(self) -> np.random.Generator:
        """A generator that goes on from where the last one stopped."""
        bits: Any = np.random.PCG64(0)
        bits.state = self.rng_state
        return np.random.Generator(bits)

    def with_arrays(self, theta: Array, vectors: list[Array]) -> TrainingState:
        """A state like this one over other arrays."""
        # Each part of a stream comes here, and `replace` takes five times as long.
        taken = object.__new__(TrainingState)
        vars(taken).update(vars(self))
        taken.theta, taken.vectors = theta, vectors
        taken.progress = Progress(*vars(self.progress).values())
        taken.lease = lent(taken.fitted)
        return taken

    def noting(self, baseline: Any) -> TrainingState:
        """The same over the same arrays, with more known of the stream."""
        noted = object.__new__(TrainingState)
        vars(noted).update(vars(self))  # with the lease, which guards the arrays
        noted.baseline = baseline
        return noted

    def parameters(self) -> Array:
        """A copy of what the network predicts with, with all rows of W1 up to date."""
        return (self.copy() if self.idle is not None else self).fitted.copy()

    def trimmed(self) -> TrainingState:
        """A state that predicts the same and has nothing else."""
        return replace(self.copy(), theta=self.parameters(), vectors=[], averages=False)

    def copy(self) -> TrainingState:
        """A state to train, with all rows of W1 up to date and arrays of its own."""
        arrays = [np.array(array) for array in self.stored]
        copied = self.with_arrays(arrays[0], arrays[1:])
        if self.idle is not None:
            copied.idle = self.idle.copy()
            copied.settle()
        return copied

    def settle(self) -> None:
        """Brings all rows of W1 up to date, in place: not for a published state."""
        if self.idle is not None:
            self.idle.settle(self.stored)
            self.idle = None

    def reset_rule(self, n_vectors: int | None = None, averages: bool = False) -> None:
        """Starts the update rule afresh, or another one with so many vectors."""
        self.settle()
        self.rule_steps = 0
        if n_vectors is not None:
            # Unlike zeros, full takes the memory now, not in the middle of a stream.
            self.vectors = [np.full_like(self.theta, 0.0) for _ in range(n_vectors)]
            self.averages = averages
            self.lease = lent(self.fitted)
        for vector in self.vectors:
            vector.fill(0.0)
        if self.averages:
            np.copyto(self.vectors[-1], self.theta)

    def use_rate(self, base: float, rate: float) -> None:
        """Notes the learning rate; a new base forgets the halvings of the last."""
        if base != self.base_rate:
            self.base_rate, self.halvings = base, 0
        self.rate = rate

    def note_cost(self, cost: float, rows: int) -> None:
        """Brings the running cost up to date with the cost of so many rows."""
        if self.running_cost is None:
            self.running_cost = cost
        share = 1.0 - math.exp(-rows / RUNNING_ROWS)
        self.running_cost += share * (cost - self.running_cost)


def lent(array: Array) -> Array:
    """A read-only array over the memory of ``array``.

    Views of it keep it alive. As long as a weak reference to it is not dead, somebody
    may be reading, and the memory must not be written to.
    """
    memory: Any = array
    return np.asarray(memoryview(memory).toreadonly())


def is_finite(theta: Array) -> bool:
    """Whether a vector is finite and small enough to be squared."""
    return math.isfinite(np.dot(theta, theta))
