"""From blocks to rows that are ready for training, partition by partition."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..data.blocks import taken
from ..data.holdout import split
from ..data.rows import Data
from ..data.weights import product


def encode(block, labels, dtype, by_class=None, heaviest=1.0):
    """The rows of a block with codes, and weights of which only the ratios count.

    Parameters
    ----------
    by_class : ndarray of shape (n_classes,), or None where every class weighs 1
    heaviest : float, the largest sample weight of all partitions
    """
    codes, table = labels.encode(block.y, dtype)
    weights = block.sample_weight
    if weights is not None:  # times a power of two, so that no product overflows
        weights = np.ldexp(weights, -np.frexp(heaviest)[1])
    parts = product(weights, by_class, codes)
    weights = None if parts is None else np.ldexp(*parts)
    return Data(block.X, labels, codes, table, weights)


def held_out(data, fraction, key):
    """Rows to train on, and rows to validate with or None if none can be spared."""
    try:
        return split(data, fraction, np.random.default_rng(key))
    except ValueError:  # one row of each class
        return data, None


@dataclass
class Facts:
    """Sums over the rows of a partition.

    Attributes
    ----------
    rows : int
    weight : float, the sum of the weights
    lightest : float, the least weight above zero, or infinity
    sums : ndarray, the weight of each class, or of the rows that have each label
    counts : ndarray, the same of rows instead of weights
    """

    rows: int
    weight: float
    lightest: float
    sums: np.ndarray
    counts: np.ndarray


def facts(data):
    """The facts of some rows."""
    weights = data.sample_weight
    weights = np.ones(len(data)) if weights is None else weights
    if data.labels.kind == "multilabel":
        marks = data.table[data.codes]
        sums, counts = weights @ marks, marks.sum(axis=0, dtype=np.float64)
    else:
        n_classes = len(data.labels.classes)
        sums = np.bincount(data.codes, weights, minlength=n_classes)
        counts = np.bincount(data.codes, minlength=n_classes)
    lightest = float(weights[weights > 0].min(initial=np.inf))
    return Facts(len(data), float(weights.sum()), lightest, sums, counts)


def reweighted(data, factor):
    """The same rows with other weights."""
    return replace(data, sample_weight=data.sample_weight * factor)


def dealt(data, n_hands, key):
    """The rows dealt out at random, as a list of so many data sets."""
    rng = np.random.default_rng(key)
    first = rng.integers(n_hands)  # who gets one more is left to chance, too
    hand = rng.permutation((first + np.arange(len(data))) % n_hands)
    return [taken(data, np.flatnonzero(hand == number)) for number in range(n_hands)]
