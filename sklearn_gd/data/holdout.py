"""The rows that `early_stopping` holds out: a fair sample, never the last of a kind.

A systematic sample of the rows, sorted by class, has every class in proportion. A row
with several labels is sorted by the rarest of them: what is common needs no help.
"""

from __future__ import annotations

import numpy as np

# Rows with several labels that are looked at together.
BLOCK = 4096


def hold_out(data, fraction, rng):
    """Data to train on, with weights of mean 1, and data to validate with."""
    train, held_out = split(data, fraction, rng)
    return train.with_mean_weight_one(), held_out


def split(data, fraction, rng):
    """Data to train on and data to validate with, of the weights they have.

    A row without weight is never held out: it could not tell anything. Each class or
    label keeps a row to be trained on.

    Parameters
    ----------
    data : Data
    fraction : float in (0, 1), share of the rows to hold out
    rng : Generator

    Returns
    -------
    train, held_out : Data
        The first has the numbers of its rows, the second a copy of them.

    Raises
    ------
    ValueError
        If no row can be spared.
    """
    weights = data.sample_weight
    rows = np.arange(len(data)) if weights is None else np.flatnonzero(weights)
    several = data.labels.kind == "multilabel"
    groups, sizes = by_rarest_label(data, rows) if several else by_class(data, rows)
    spare = np.flatnonzero(sizes[groups] > 1)
    if len(spare) == 0:
        raise ValueError(
            f"early_stopping=True can hold out none of the {len(rows)} rows: with one "
            "sample of each class, all are needed for training. Give fit X_val and "
            "y_val, or set early_stopping=False."
        )
    size = min(max(1, round(fraction * len(rows))), len(spare))
    chosen = spare[systematic_sample(groups[spare], size, rng)]
    chosen = without_the_last(chosen, groups, sizes)
    if several:
        marked = data.table[data.codes[rows[chosen]]]
        chosen = without_the_last_label(chosen, marked, sizes[:-1])
    held_out = np.zeros(len(data), dtype=bool)
    held_out[rows[chosen]] = True
    train = data.part(np.flatnonzero(~held_out))
    return train, data.take(np.flatnonzero(held_out))


def by_class(data, rows):
    """The class of each row, and the number of rows of each class."""
    classes = data.codes[rows]
    return classes, np.bincount(classes, minlength=len(data.table))


def by_rarest_label(data, rows):
    """The rarest label of each row, and the number of rows that have each label.

    One more group is that of the rows without any label.
    """
    blocks = np.split(data.codes[rows], range(BLOCK, len(rows), BLOCK))
    counts = sum(np.count_nonzero(data.table[block], axis=0) for block in blocks)
    by_count = np.append(np.argsort(counts, kind="stable"), len(counts))
    rarest = [first_mark(data.table[block][:, by_count[:-1]]) for block in blocks]
    groups = by_count[np.concatenate(rarest)]
    return groups, np.append(counts, np.count_nonzero(groups == len(counts)))


def first_mark(marked):
    """The first column that is not zero in each row; their number if all are."""
    return np.where(marked.any(axis=1), marked.argmax(axis=1), marked.shape[1])


def systematic_sample(groups, size, rng):
    """Positions of size rows, each group in proportion, in random order within it."""
    n_rows = len(groups)
    shuffled = rng.permutation(n_rows)
    by_group = shuffled[np.argsort(groups[shuffled], kind="stable")]
    steps = (rng.random() + np.arange(size)) * (n_rows / size)
    return by_group[steps.astype(np.intp)]


def without_the_last(chosen, groups, sizes):
    """The chosen rows but one of each group that was chosen as a whole."""
    found, first, counts = np.unique(
        groups[chosen], return_index=True, return_counts=True
    )
    return np.delete(chosen, first[counts == sizes[found]])


def without_the_last_label(chosen, marked, counts):
    """The chosen rows but one for each label of which all rows were chosen.

    No label of a chosen row is on that row alone, so some of them remain.
    """
    whole = (np.count_nonzero(marked, axis=0) == counts) & (counts > 0)
    return np.delete(chosen, marked.argmax(axis=0)[whole])
