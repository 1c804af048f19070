"""The interface of all that looks on while a network is trained, and may interfere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class Epoch:
    """What is known at the end of an epoch, for history, progress bars and callbacks.

    ``cost`` is the mean over the batches, each with the parameters it was met with.
    """

    number: int
    cost: float
    learning_rate: float
    rolled_back: bool = False
    validation_cost: float | None = None
    validation_score: float | None = None

    @property
    def monitored_cost(self) -> float:
        """The validation cost if there is one, else the training cost."""
        return self.cost if self.validation_cost is None else self.validation_cost


class Part:
    """Something that a `Training` tells of what happens, in this order.

    All methods do nothing unless a part has something to do there. A part may change
    the state of the run, correct the epoch, or ask for the end with ``run.stop``.
    """

    def begin(self, run: Any) -> None:
        """Before the first epoch."""

    def before_epoch(self, run: Any) -> None:
        """Before an epoch."""

    def after_step(self, run: Any) -> None:
        """After each step."""

    def after_epoch(self, run: Any, epoch: Epoch) -> None:
        """After an epoch, which is already in ``run.epochs``."""

    def end(self, run: Any) -> None:
        """After the last epoch; the last of the parts comes first."""

    def close(self) -> None:
        """Whatever has happened, gives back what is not its own.

        It may be called several times.
        """
