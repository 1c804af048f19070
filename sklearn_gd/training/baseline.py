"""The baseline of a stream: what always predicting the class frequencies would cost."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

# Rows that are judged together, and rows after which they weigh 1/e.
BLOCK = 50
MEMORY = 1000
# A block that costs so many times the baseline may be a few broken rows; so many of
# them in a row are a ruined model. The mean over some time must be above the baseline
# by the last factor, which is more than noise.
EXTREME = 3.0
BLOCKS = 3
NOISE = 1.1
# The costs of the frequencies are taken anew when so large a share of the rows is new.
FRESH = 0.25
# After so many rows without trouble one halving of the learning rate is taken back.
CALM = 1000


class Baseline(NamedTuple):
    """What a stream has cost, and would have cost without a network.

    Both are decayed means of costs without L2, each met before it was learned from.

    Attributes
    ----------
    sums : ndarray, decayed sums of the wanted activations, one an output
    weight : float, decayed number of rows
    cost, model_cost : float, of the frequencies and of the network
    calm : float, rows since the last trouble
    extreme : int, blocks in a row that cost much more than the frequencies
    block : ndarray, sums of the rows that wait to be judged
    block_rows, block_cost : float, their number and what they cost the network
    constant, slopes : float, ndarray
        A row costs the frequencies ``constant + slopes @ wanted activations``.
    age : float, rows judged since the frequencies were looked at
    """

    sums: np.ndarray
    block: np.ndarray
    slopes: np.ndarray
    weight: float = 0.0
    cost: float = 0.0
    model_cost: float = 0.0
    calm: float = 0.0
    extreme: int = 0
    block_rows: float = 0.0
    block_cost: float = 0.0
    constant: float = 0.0
    age: float = 0.0

    @classmethod
    def start(cls, n_outputs):
        """That of a stream that has not begun."""
        return cls(np.zeros(n_outputs), np.zeros(n_outputs), np.zeros(n_outputs))

    def seen(self, data, cost):
        """With some more rows, which the network has met at this mean cost."""
        n_rows = len(data)
        return self._replace(
            block=self.block + np.add.reduce(data.table.take(data.codes, axis=0)),
            block_rows=self.block_rows + n_rows,
            block_cost=self.block_cost + cost * n_rows,
        )

    @property
    def due(self):
        """Whether enough rows wait to be judged."""
        return self.block_rows >= BLOCK

    def judged(self, loss):
        """With the waiting rows judged, and whether they speak of a ruined model."""
        rows = self.block_rows
        known = self.up_to_date(loss)
        baseline = known.constant + float(known.slopes @ self.block) / rows
        most = EXTREME * abs(baseline)
        cost = self.block_cost / rows
        extreme = not cost <= most
        keep = math.exp(-rows / MEMORY)
        cost_before = self.cost if self.weight else baseline
        model_before = self.model_cost if self.weight else baseline
        after = known._replace(
            sums=keep * self.sums + self.block,
            weight=keep * self.weight + rows,
            cost=keep * cost_before + (1 - keep) * baseline,
            model_cost=keep * model_before + (1 - keep) * (most if extreme else cost),
            calm=self.calm + rows,
            extreme=self.extreme + 1 if extreme else 0,
            block=np.zeros(len(self.sums)),
            block_rows=0.0,
            block_cost=0.0,
            age=known.age + rows,
        )
        worse = after.model_cost > after.cost + (NOISE - 1) * abs(after.cost)
        ruined = after.extreme >= BLOCKS or (worse and after.calm >= MEMORY)
        return after, ruined

    def up_to_date(self, loss):
        """With the costs of frequencies that are not older than a share of the rows."""
        if self.age < FRESH * self.weight:
            return self
        costs = costs_of_frequencies(loss, self.frequencies(loss))
        return self._replace(constant=costs[0], slopes=costs[1], age=0.0)

    def frequencies(self, loss):
        """The raw prediction of the frequencies that have been seen."""
        if self.weight:
            return loss.link.start(self.sums / self.weight)
        n_outputs = len(self.sums)  # before any row everything is as likely
        return loss.link.start(np.full(n_outputs, loss.link.uniform(n_outputs)))

    def ceiling(self, loss):
        """What a part must not cost after it has been learned from."""
        if self.weight:
            return EXTREME * abs(self.cost)
        n_outputs = len(self.sums)
        mean = np.full(n_outputs, loss.link.uniform(n_outputs))
        return EXTREME * abs(cost_of_frequencies(loss, loss.link.start(mean), mean))

    def after_trouble(self):
        """The same with the network's costs forgotten and the calm over."""
        return self._replace(model_cost=self.cost, calm=0.0, extreme=0)


def cost_of_frequencies(loss, raw, mean):
    """The mean cost of one raw prediction on rows with these mean targets."""
    constant, slopes = costs_of_frequencies(loss, raw)
    return constant + float(slopes @ mean)


def costs_of_frequencies(loss, raw):
    """What rows cost a raw prediction: a constant, and slopes by wanted activation."""
    n_outputs = len(raw)
    if loss.link.excludes:
        rows, targets = np.array([raw] * n_outputs), np.eye(n_outputs)
    else:  # each output by itself: unwanted and wanted
        rows = np.tile(raw, 2)[:, None]
        targets = np.repeat([0.0, 1.0], n_outputs)[:, None]
    costs, scratch = np.empty((2, len(rows)))
    loss.evaluate(rows, targets, costs, scratch)
    if loss.link.excludes:
        return 0.0, costs
    unwanted, wanted = costs.reshape(2, n_outputs)
    return float(unwanted.sum()), wanted - unwanted
