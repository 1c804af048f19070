"""The rows of a collection on the cluster, encoded and shared out to learners."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data.blocks import joined, taken
from ..data.rows import Data
from ..data.scale import some_rows
from ..data.targets import mean_targets
from ..data.weights import balanced, class_weights, rows_worth
from .encoding import Facts, dealt, encode, facts, reweighted

# Learners whose rows are so unlike the whole are dealt new ones.
SKEW = 0.1


@dataclass
class Rows:
    """Partitions of encoded rows.

    Attributes
    ----------
    cluster : Cluster
    parts : list of futures of Data
    facts : list of Facts, one a part
    """

    cluster: Any
    parts: list
    facts: list[Facts]

    def __len__(self):
        return sum(fact.rows for fact in self.facts)

    @property
    def weight(self):
        """The sum of all weights."""
        return math.fsum(fact.weight for fact in self.facts)

    @property
    def ordinary(self):
        """How many rows of the least weight would weigh as much as these."""
        lightest = min(fact.lightest for fact in self.facts)
        return rows_worth(self.weight, lightest)

    def totals(self):
        """The weight of each class, or of the rows that have each label."""
        return sum(fact.sums for fact in self.facts)

    def summary(self, labels, sample):
        """Data that stand for all rows: one of each class, or with labels a sample."""
        if labels.kind == "multilabel":
            return sample
        classes = np.arange(len(labels.classes))
        return Data(
            None, labels, classes, labels.table(sample.table.dtype), self.totals()
        )

    def mean_targets(self, labels, dtype):
        """The mean of the wanted activations."""
        if labels.kind == "multilabel":
            return self.totals() / self.weight
        classes = np.arange(len(labels.classes))
        return mean_targets(classes, labels.table(dtype), self.totals())[0]

    def sample(self, name="sample"):
        """At most 2,048 rows in even steps, on the driver."""
        picked = some_rows(len(self))
        stops = np.cumsum([fact.rows for fact in self.facts])
        futures = []
        for number, (part, stop) in enumerate(zip(self.parts, stops, strict=True)):
            first = stop - self.facts[number].rows
            rows = picked[(picked >= first) & (picked < stop)] - first
            if len(rows):
                task = self.cluster.submit(name, taken, part, rows, key=(number,))
                futures.append(task)
        return joined(self.cluster.gather(futures))

    def weighted(self):
        """The same with weights of mean 1, so that batches estimate the whole."""
        factor = len(self) / self.weight
        parts = [
            self.cluster.submit("weigh", reweighted, part, factor, key=(number,))
            for number, part in enumerate(self.parts)
        ]
        return replace(self, parts=parts)


def encoded(cluster, blocks, told, name):
    """Futures of Data for blocks that have rows.

    Parameters
    ----------
    told : tuple of Labels, the rows of each, dtype, class_weight, largest weight
    """
    labels, counts, dtype, class_weight, heaviest = told
    by_class = None
    if isinstance(class_weight, str) and labels.kind != "multilabel":
        by_class = balanced(counts)
    elif class_weight is not None:
        by_class = class_weights(labels, (), class_weight)
    settings = labels, dtype, by_class, heaviest
    return [
        cluster.submit(name, encode, block, *settings, key=(i,))
        for i, block in enumerate(blocks)
    ]


def rows_of(cluster, futures, name):
    """Rows of these parts, with what is to be known of them."""
    tasks = [
        cluster.submit(name, facts, part, key=(i,)) for i, part in enumerate(futures)
    ]
    return Rows(cluster, futures, cluster.gather(tasks))


def shared_out(rows, n_learners, shuffle, seed, whole):
    """The blocks of each learner, as lists of futures.

    Parameters
    ----------
    shuffle : bool or "auto"
        Whether the rows are dealt out once. "auto" does so where the classes that
        learners would have are unlike, or there are fewer partitions than learners.
    whole : bool, whether a learner needs its rows in one block
    """
    cluster = rows.cluster
    numbers = [
        range(learner, len(rows.parts), n_learners) for learner in range(n_learners)
    ]
    if isinstance(shuffle, str):
        shuffle = len(rows.parts) < n_learners or are_unlike(rows.facts, numbers)
    if shuffle and n_learners > 1:
        return dealt_out(rows, n_learners, seed)
    groups = [[rows.parts[number] for number in some] for some in numbers]
    return [
        [cluster.submit("join", joined, group, key=(i,))]
        if len(group) > 1 and (whole or not cluster.lie_together(group))
        else group
        for i, group in enumerate(groups)
    ]


def dealt_out(rows, n_learners, seed):
    """Each learner gets a random part of every partition, as one block."""
    cluster, numbers = rows.cluster, range(n_learners)
    deals = [
        cluster.submit("deal", dealt, part, n_learners, [seed, i], key=(i,))
        for i, part in enumerate(rows.parts)
    ]
    hands = [
        [
            cluster.submit("hand", of_all, deal, number, key=(i, number))
            for i, deal in enumerate(deals)
        ]
        for number in numbers
    ]
    return [
        [cluster.submit("join", joined, hands[number], key=(number,))]
        for number in numbers
    ]


def of_all(hands, number):
    """One of the hands that were dealt."""
    return hands[number]


def are_unlike(facts, groups):
    """Whether some learner's rows have other classes than all, beyond chance."""
    counts = np.array([fact.counts for fact in facts], dtype=np.float64)
    n_rows = np.array([fact.rows for fact in facts], dtype=np.float64)
    whole = counts.sum(axis=0) / n_rows.sum()
    for group in groups:
        of_group = counts[list(group)].sum(axis=0) / n_rows[list(group)].sum()
        chance = np.sqrt(whole * (1 - np.minimum(whole, 1)) / n_rows[list(group)].sum())
        if np.abs(of_group - whole).sum() / 2 > SKEW + chance.sum():
            return True
    return False
