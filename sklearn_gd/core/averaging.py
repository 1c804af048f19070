"""Training by rounds: learners far away take steps, and one driver the outer ones.

::

    Δ ← θ - Σ w_g θ_g / Σ w_g        what a round of the learners g has changed
    u ← m u + Δ                      u starts at 0
    θ ← θ - 0.7 (Δ + m u)            Nesterov

This is DiLoCo's outer step (Douillard et al. 2023, algorithm 1), a gradient descent of
its own with Δ in the place of the gradient. It goes 0.7 / (1 - m) times as far as the
mean of the learners. With batches of b / √G rows, G learners take √G times fewer steps
than one would on batches of b rows, so m is chosen to give back this factor, and is at
most the 0.9 of the paper; with 0.9 for any number of learners, short rounds swing.

The learners' momentum and running average are averaged like their parameters. The sum
is a fixed tree, so it does not matter whose result comes first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from .quiet import quiet
from .rounds import Learned
from .state import TrainingState
from .training import Training
from .updates import GradientDescent

OUTER_RATE = 0.7
MOST_MOMENTUM = 0.9
# Results that are averaged in one place.
FAN_IN = 8

Item = TypeVar("Item")


def tree(
    items: Sequence[Item], merge: Callable[[Sequence[Item]], Item], fan_in: int = FAN_IN
) -> Item:
    """Merges neighbours, so many at a time, until one is left."""
    while len(items) > 1:
        starts = range(0, len(items), fan_in)
        items = [merge(items[start : start + fan_in]) for start in starts]
    return items[0]


@quiet
def mean_of(results: Sequence[Learned | None]) -> Learned | None:
    """The mean of what learners have learned, one after the other, by weight.

    Parameters, momentum and running average alike.
    """
    some = [result for result in results if result is not None]
    if not some:
        return None
    first, *others = some
    mean = replace(first, state=first.state.copy())
    for other in others:
        mean = with_another(mean, other)
    return mean


def with_another(a: Learned, b: Learned) -> Learned:
    """The mean of two by weight. Overwrites the vectors of a."""
    weight = a.weight + b.weight
    share = b.weight / weight
    for mine, theirs in zip(a.state.stored, b.state.stored, strict=True):
        mine += share * (theirs - mine)
    # The generator is that of the first learner, which is the state's own.
    steps = max(a.state.rule_steps, b.state.rule_steps)
    state = replace(a.state, rule_steps=steps)
    cost = a.cost + share * (b.cost - a.cost)
    return Learned(state, weight, cost, a.samples + b.samples)


@dataclass
class Rounds(Training):
    """A run of epochs whose steps are taken elsewhere; the parts judge it as any other.

    For the parts, a round is a step. ``batches`` are the rows that the guards look at.

    Parameters
    ----------
    round_of : callable
        ``round_of(state, number)`` has all learners go one round from the state, and
        returns the mean of what they have learned, or None if there were no rows.
    n_rounds : int, rounds of an epoch
    gain : float
        How many times as far as the mean of the learners the outer steps lead. With 1,
        as of a single learner, the mean is taken as it is.
    """

    round_of: Callable[[TrainingState, int], Learned | None] = field(kw_only=True)
    n_rounds: int = 1
    gain: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rng = None  # the learners draw
        momentum = min(1.0 - OUTER_RATE / max(self.gain, 1.0), MOST_MOMENTUM)
        self._outer = GradientDescent(momentum=momentum)
        self._velocity = [np.zeros_like(self.state.theta)]

    def run_epoch(self) -> float:
        """Has the learners walk over all their rows once; returns the mean cost."""
        total, weight = 0.0, 0.0
        for number in range(self.n_rounds):
            learned = self.round_of(self.state, number)
            if learned is None:
                continue
            total += learned.cost * learned.weight
            weight += learned.weight
            self.take(learned)
            for after_step in self._after_step:
                after_step(self)
            if self.stop_reason or not math.isfinite(total):
                break
        return total / weight

    def take(self, learned: Learned) -> None:
        """The outer step from the present state to what the learners have found."""
        state, found = self.state, learned.state
        if not state.rule_steps:  # the guard has gone back
            self._velocity[0].fill(0.0)
        if self.gain <= 1.0:
            np.copyto(state.theta, found.theta)
        else:
            change = np.subtract(state.theta, found.theta)
            self._outer.step(state.theta, change, OUTER_RATE, self._velocity, 1)
        for vector, mean in zip(state.vectors, found.vectors, strict=True):
            np.copyto(vector, mean)
        state.rule_steps, state.rng_state = found.rule_steps, found.rng_state
        state.samples += learned.samples
