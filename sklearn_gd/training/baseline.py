"""The baseline of a stream: what always predicting the class frequencies would cost."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..core.losses import MODERATE
from ..data.targets import wanted_activations

# Rows that are judged together, fewer while the frequencies are followed, and the rows
# after which they weigh 1/e.
BLOCK, FOLLOWING = 50, 10
MEMORY = 1000
# Worse is what costs more by this factor: less may be noise.
NOISE = 1.1
# So much evidence ends a model, in rows that cost as much more as a guess costs; rows
# that may be broken count at most so many times a guess. An average that lags behind
# needs more, since it is compared with what other rows have cost.
ENOUGH = 12.0
EXTREME = 3.0
LAGS = 60.0
# The average is looked at once in so many parts or rows.
LOOK_PARTS, LOOK_ROWS = 8, 128
# The costs of the frequencies are taken anew after so many rows, at first earlier.
FRESH = 200
# Trouble within so many rows comes from the network, and from the learning rate; after
# so many it is news.
SOON, CALM = 500, 1000


class Baseline(NamedTuple):
    """What a stream has cost, and would have cost without a network.

    Costs are those without L2, each met before it was learned from. Evidence that one
    is worse than another is a sum of differences which starts again whenever it falls
    below zero: the test of Page (1954), which finds a sudden change and a slow one.

    Attributes
    ----------
    sums : ndarray, decayed sums of the wanted activations, one an output
    weight : float, decayed number of rows
    raw : ndarray, the raw prediction of the frequencies
    constant, slopes : float, ndarray
        A row costs the frequencies ``constant + slopes @ wanted activations``.
    age : float, rows since ``raw`` was taken
    floor, unit : float, what being right costs, and a guess more than that
    block : ndarray, sums of the rows that wait to be judged
    block_rows, block_cost : float, their number and what they cost the network
    ruined : float, evidence that the network is worse than the frequencies
    ahead : float, evidence that it is better
    lost : float, evidence that the average of its parameters is worse
    lagging : float, evidence that the average is worse than the network
    unseen_parts, unseen_rows : int, since the average was last looked at
    followed : ndarray or None
        What the network's prediction goes along with, from trouble until it is ahead.
    calm : float, rows since the learning rate was last to blame
    told, told_of_rows : float
        Rows since a warning of trouble, and of rows that were left out.
    """

    sums: np.ndarray
    block: np.ndarray
    slopes: np.ndarray
    raw: np.ndarray
    weight: float = 0.0
    constant: float = 0.0
    age: float = 0.0
    floor: float = 0.0
    unit: float = 1.0
    block_rows: float = 0.0
    block_cost: float = 0.0
    ruined: float = 0.0
    ahead: float = 0.0
    lost: float = 0.0
    lagging: float = 0.0
    unseen_parts: int = 0
    unseen_rows: int = 0
    followed: np.ndarray | None = None
    calm: float = float(CALM)
    told: float = float(CALM)
    told_of_rows: float = float(CALM)

    @classmethod
    def start(cls, loss, n_outputs):
        """That of a stream that has not begun: everything is as likely."""
        mean = np.full(n_outputs, loss.link.uniform(n_outputs))
        raw, none = loss.link.start(mean), np.zeros(n_outputs)
        constant, slopes = costs_of_frequencies(loss, raw)
        floor = cost_of_being_right(loss, n_outputs)
        unit = constant + float(slopes @ mean) - floor
        unit = unit if unit > 0.0 else 1.0  # there is but one class
        return cls(none, none, slopes, raw, constant=constant, floor=floor, unit=unit)

    def cost(self, wanted, n_rows):
        """The mean cost of the frequencies, of rows with such sums of activations."""
        return self.constant + float(self.slopes @ wanted) / n_rows

    def evidence(self, before, n_rows, cost, other):
        """The evidence with so many rows more that one cost is above another."""
        noise = (NOISE - 1.0) * abs(other - self.floor)
        more = (cost - other - noise) / self.unit
        return max(0.0, before + n_rows * (more if more <= EXTREME else EXTREME))

    def seen(self, data, cost):
        """With some more rows, which the network has met at this mean cost."""
        n_rows = len(data)
        return self._replace(
            block=self.block + wanted_activations(data),
            block_rows=self.block_rows + n_rows,
            block_cost=self.block_cost + cost * n_rows,
            unseen_parts=self.unseen_parts + 1,
            unseen_rows=self.unseen_rows + n_rows,
        )

    def wants_look(self, n_rows):
        """Whether the average should be looked at before such a part."""
        rows = self.unseen_rows + n_rows
        return self.unseen_parts + 1 >= LOOK_PARTS or rows >= LOOK_ROWS

    def looked(self, n_rows, wanted, cost, of_network):
        """With a few rows that the average has met at one mean cost, the network at."""
        baseline = self.cost(wanted, n_rows)
        return self._replace(
            lost=self.evidence(self.lost, n_rows, cost, baseline),
            lagging=self.evidence(self.lagging, n_rows, cost, of_network),
            unseen_parts=0,
            unseen_rows=0,
        )

    @property
    def due(self):
        """Whether enough rows wait to be judged."""
        return self.block_rows >= (BLOCK if self.followed is None else FOLLOWING)

    def judged(self, loss):
        """With the waiting rows judged."""
        rows, keep = self.block_rows, math.exp(-self.block_rows / MEMORY)
        cost, baseline = self.block_cost / rows, self.cost(self.block, rows)
        ahead = self.evidence(self.ahead, rows, baseline, cost)
        return self._replace(
            sums=keep * self.sums + self.block,
            weight=keep * self.weight + rows,
            age=self.age + rows,
            block=np.zeros(len(self.sums)),
            block_rows=0.0,
            block_cost=0.0,
            ruined=self.evidence(self.ruined, rows, cost, baseline),
            ahead=ahead,
            followed=None if ahead > ENOUGH else self.followed,
            calm=self.calm + rows,
            told=self.told + rows,
            told_of_rows=self.told_of_rows + rows,
        ).up_to_date(loss)

    def up_to_date(self, loss):
        """With costs of frequencies that are not older than some rows."""
        if self.age < min(FRESH, self.weight / 2) and self.followed is None:
            return self
        raw = loss.link.start(self.sums / self.weight)
        constant, slopes = costs_of_frequencies(loss, raw)
        return self._replace(raw=raw, constant=constant, slopes=slopes, age=0.0)

    @property
    def ceiling(self):
        """What a part must not cost after it has been learned from."""
        return self.floor + EXTREME * self.unit

    def renewed(self):
        """That of an average which starts again."""
        return self._replace(lost=0.0, lagging=0.0)

    def mended(self):
        """That of a network which predicts the frequencies."""
        known = self.renewed()
        return known._replace(ruined=0.0, ahead=0.0, followed=self.raw, calm=0.0)


def cost_of_being_right(loss, n_outputs):
    """The mean cost of a row whose prediction is nearly certain, and right."""
    if loss.link.excludes:
        targets = np.eye(n_outputs)
    else:  # each output by itself: unwanted and wanted
        targets = np.array([[0.0], [1.0]])
    costs = costs_of(loss, (2.0 * targets - 1.0) * MODERATE, targets)
    return float(costs.mean()) * n_outputs / targets.shape[1]


def costs_of_frequencies(loss, raw):
    """What rows cost a raw prediction: a constant, and slopes by wanted activation."""
    n_outputs = len(raw)
    if loss.link.excludes:
        return 0.0, costs_of(loss, np.array([raw] * n_outputs), np.eye(n_outputs))
    # Each output by itself: unwanted and wanted.
    rows, targets = np.tile(raw, 2)[:, None], np.repeat([0.0, 1.0], n_outputs)[:, None]
    unwanted, wanted = costs_of(loss, rows, targets).reshape(2, n_outputs)
    return float(unwanted.sum()), wanted - unwanted


def costs_of(loss, raw, targets):
    """The cost of each row; raw is used up."""
    costs, scratch = np.empty((2, len(raw)))
    loss.evaluate(raw, targets.copy(), costs, scratch)
    return costs
