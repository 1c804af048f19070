"""How the rows are shared out: learners, rounds, and rows of a batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral

from ..core.rounds import MIN_STEPS, learner_batch

# As many learners as this lose next to nothing; more have to be asked for.
MOST_LEARNERS = 16
# Rounds of an epoch with two learners.
ROUNDS = 4


@dataclass(frozen=True)
class Sharing:
    """How the rows are to be shared out, as `fit` was told.

    Attributes
    ----------
    n_learners : int or None
    rounds_per_epoch : int or "auto"
    shuffle : bool or "auto"
    """

    n_learners: int | None
    rounds_per_epoch: int | str
    shuffle: bool | str

    def __post_init__(self):
        check_count("n_learners", self.n_learners, None)
        check_count("rounds_per_epoch", self.rounds_per_epoch, "auto")
        if self.shuffle not in (True, False, "auto"):
            raise ValueError(f"shuffle={self.shuffle!r} must be True, False or 'auto'.")

    def plan(self, n_rows, n_parts, batch_rows):
        """The numbers of learners and of rounds, and the rows of a learner's batch.

        They come from the sizes of the data alone: the cluster does not matter.
        """
        learners = self.n_learners
        if learners is None:
            # So that 10 batches of batch_rows / √learners rows make a round.
            most = int((n_rows / (MIN_STEPS * batch_rows)) ** 2)
            learners = max(1, min(n_parts, MOST_LEARNERS, most))
        learners = min(learners, n_rows)
        rounds = self.rounds_per_epoch
        if isinstance(rounds, str):
            rounds = rounds_of(n_rows, learners, batch_rows)
        rows_of_a_round = n_rows // (learners * rounds)
        return learners, rounds, learner_batch(batch_rows, learners, rows_of_a_round)


def rounds_of(n_rows, learners, batch_rows):
    """Rounds of an epoch: 4 √(G / 2), or fewer for 10 steps or more in each.

    Of the way of an outer step G learners have walked 1 / √G, and the rest is guessed:
    the more of it, the sooner they have to look.
    """
    if learners == 1:
        return 1
    steps = n_rows / (batch_rows * math.sqrt(learners))
    return max(1, min(round(ROUNDS * math.sqrt(learners / 2)), int(steps / MIN_STEPS)))


def check_count(name, value, otherwise):
    """Refuses what is neither a positive number nor the other choice."""
    if value == otherwise and type(value) is type(otherwise):
        return
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}={value!r} must be {otherwise!r}, or an int above 0.")
