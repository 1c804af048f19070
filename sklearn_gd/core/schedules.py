"""Schedules: the learning rate as a pure function of progress.

A schedule gives the factor by which the learning rate is multiplied. It is asked once
an epoch, so the rate is constant within one.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar


@dataclass
class Progress:
    """How far training has come.

    Attributes
    ----------
    epoch : int
        Epochs finished since the schedule started.
    max_epochs : int
        The planned number of epochs, ``max_iter``.
    steps : int
        Parameter updates made since the schedule started.
    drops : int
        How often progress has stalled under a schedule with ``drops_on_stall``.
    """

    epoch: int = 0
    max_epochs: int = 1
    steps: int = 0
    drops: int = 0


@dataclass(frozen=True)
class Schedule(ABC):
    """The contract of a schedule: a frozen dataclass that is called with the progress.

    Attributes
    ----------
    drops_on_stall : bool
        Whether stalled progress lowers the rate, by ``progress.drops += 1``, instead
        of ending the training; it ends when ``drops`` reaches ``max_drops``.
    """

    drops_on_stall: ClassVar[bool] = False
    max_drops: ClassVar[int] = 0

    @abstractmethod
    def __call__(self, progress: Progress) -> float:
        """The factor of the learning rate for the coming epoch, at most 1."""


@dataclass(frozen=True)
class Constant(Schedule):
    """factor = 1."""

    def __call__(self, progress: Progress) -> float:
        return 1.0


@dataclass(frozen=True)
class InverseScaling(Schedule):
    """factor = 1 / (1 + epoch)^power.

    `MLPClassifier` counts samples instead of epochs, which makes the rate depend on
    the size of the data: there the second epoch on 10,000 rows is a hundred times
    slower than the first.
    """

    power: float = 0.5

    def __call__(self, progress: Progress) -> float:
        return (1.0 + progress.epoch) ** -self.power


@dataclass(frozen=True)
class Adaptive(Schedule):
    """factor = 1 / 5^drops: a fifth, each time that progress stalls."""

    drops_on_stall: ClassVar[bool] = True
    max_drops: ClassVar[int] = 6

    def __call__(self, progress: Progress) -> float:
        return 0.2**progress.drops


@dataclass(frozen=True)
class Cosine(Schedule):
    """factor = final + (1 - final) (1 + cos(π epoch / max_epochs)) / 2.

    Half a cosine wave from 1 to ``final`` over ``max_iter`` epochs (Loshchilov and
    Hutter 2017, equation 5, one period); afterwards it stays at ``final``.
    """

    final: float = 0.01

    def __call__(self, progress: Progress) -> float:
        share = min(progress.epoch / progress.max_epochs, 1.0)
        return self.final + (1.0 - self.final) * (1.0 + math.cos(math.pi * share)) / 2.0


SCHEDULES: dict[str, Schedule] = {
    "constant": Constant(),
    "invscaling": InverseScaling(),
    "adaptive": Adaptive(),
    "cosine": Cosine(),
}
