"""The baseline of a stream: what always predicting the class frequencies would cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

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
# After so many rows without trouble one halving of the learning rate is taken back.
CALM = 1000


@dataclass(frozen=True)
class Baseline:
    """What a stream has cost, and would have cost without a network.

    Both are decayed means of costs without L2, each met before it was learned from.

    Attributes
    ----------
    sums : tuple of float, decayed sums of the wanted activations, one an output
    weight : float, decayed number of rows
    cost, model_cost : float, of the frequencies and of the network
    calm : float, rows since the last trouble
    extreme : int, blocks in a row that cost much more than the frequencies
    block : tuple of float, sums of the rows that wait to be judged
    block_rows, block_cost : float, their number and what they cost the network
    """

    sums: tuple
    weight: float = 0.0
    cost: float = 0.0
    model_cost: float = 0.0
    calm: float = 0.0
    extreme: int = 0
    block: tuple = ()
    block_rows: float = 0.0
    block_cost: float = 0.0

    @classmethod
    def start(cls, n_outputs):
        """That of a stream that has not begun."""
        return cls((0.0,) * n_outputs, block=(0.0,) * n_outputs)

    def seen(self, data, cost):
        """With some more rows, which the network has met at this mean cost."""
        n_rows, wanted = len(data), data.table[data.codes].sum(axis=0)
        block = tuple(np.add(self.block, wanted, dtype=float).tolist())
        rows = self.block_rows + n_rows
        total = self.block_cost + cost * n_rows
        return replace(self, block=block, block_rows=rows, block_cost=total)

    @property
    def due(self):
        """Whether enough rows wait to be judged."""
        return self.block_rows >= BLOCK

    def judged(self, loss):
        """With the waiting rows judged, and whether they speak of a ruined model."""
        rows, mean = self.block_rows, np.array(self.block) / self.block_rows
        # Before any row everything is as likely.
        known = self.frequencies(loss)
        baseline = cost_of_frequencies(loss, known, mean)
        most = EXTREME * abs(baseline)
        cost = self.block_cost / rows
        extreme = not cost <= most
        keep = math.exp(-rows / MEMORY)
        before = self if self.weight else replace(self, cost=baseline)
        before = before if self.weight else replace(before, model_cost=baseline)
        sums = keep * np.array(self.sums) + np.array(self.block)
        after = Baseline(
            tuple(sums.tolist()),
            keep * self.weight + rows,
            keep * before.cost + (1 - keep) * baseline,
            keep * before.model_cost + (1 - keep) * (most if extreme else cost),
            self.calm + rows,
            self.extreme + 1 if extreme else 0,
            (0.0,) * len(sums),
        )
        worse = after.model_cost > after.cost + (NOISE - 1) * abs(after.cost)
        ruined = after.extreme >= BLOCKS or (worse and after.calm >= MEMORY)
        return after, ruined

    def frequencies(self, loss):
        """The raw prediction of the frequencies that have been seen."""
        n_outputs = len(self.sums)
        uniform = np.full(n_outputs, loss.link.uniform(n_outputs))
        mean = np.array(self.sums) / self.weight if self.weight else uniform
        return loss.link.start(mean)

    def ceiling(self, loss):
        """What a part must not cost after it has been learned from."""
        if self.weight:
            return EXTREME * abs(self.cost)
        n_outputs = len(self.sums)
        mean = np.full(n_outputs, loss.link.uniform(n_outputs))
        return EXTREME * abs(cost_of_frequencies(loss, loss.link.start(mean), mean))

    def after_trouble(self):
        """The same with the network's costs forgotten and the calm over."""
        return replace(self, model_cost=self.cost, calm=0.0, extreme=0)


def cost_of_frequencies(loss, raw, mean):
    """The mean cost of one raw prediction on rows with these mean targets."""
    if loss.link.excludes:
        targets, shares = np.eye(len(mean)), mean
        rows = np.tile(raw, (len(mean), 1))
    else:  # each output by itself: unwanted and wanted
        targets = np.repeat([0.0, 1.0], len(mean))[:, None]
        shares = np.concatenate([1.0 - mean, mean])
        rows = np.tile(raw, 2)[:, None]
    costs, scratch = np.empty((2, len(rows)))
    loss.evaluate(rows, targets, costs, scratch)
    return float(shares @ costs)
