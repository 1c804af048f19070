"""From collections to what training on a cluster needs: rows, labels, a sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..data.validation import check_X
from ..data.validation_set import check_X_val, doubts
from ..training.automatic import holds_out
from ..training.reporting import warn
from .encoding import held_out
from .partitions import in_one_piece, partitions, unsourced
from .reading import judge, look, read, union
from .rows import Rows, encoded, of_all, rows_of

NAMES = ("X", "y", "sample_weight")
NAMES_VAL = ("X_val", "y_val", "sample_weight_val")


@dataclass
class Prepared:
    """Rows on the cluster, ready for training.

    Attributes
    ----------
    labels : Labels
    rows : Rows, to train on
    validation : list of futures of Data to validate with, or None
    sample : Data, some of the rows, on the driver
    """

    labels: Any
    rows: Rows
    validation: list | None
    sample: Any


@dataclass
class Found:
    """Blocks on the cluster and what the driver knows of them."""

    blocks: list
    looks: dict

    def encoded(self, cluster, labels, counts, dtype, class_weight, name="encode"):
        """Futures of Data of all partitions that have rows."""
        heaviest = max(one.heaviest for one in self.looks.values())
        told = labels, counts, dtype, class_weight, heaviest
        blocks = [self.blocks[number] for number in self.looks]
        return encoded(cluster, blocks, told, name)


def prepare(draft, cluster, given, given_val, rng):
    """Reads, checks and encodes collections; nothing is trained before all are good.

    Parameters
    ----------
    draft : estimator, which gets to know its features
    cluster : Cluster
    given, given_val : tuples of X, y and sample_weight
    rng : Generator
    """
    known = draft.__dict__.get("_model")  # of a warm start
    found = find(cluster, given, NAMES, known and known.labels)
    first = next(iter(found.looks.values()))
    check_X(draft, one_row(first), reset=known is None)
    labels, counts = union(found.looks.values())
    dtypes = [one.dtype for one in found.looks.values()]
    dtype = np.result_type(*dtypes) if known is None else known.state.dtype
    told = labels, counts, dtype, draft.class_weight
    parts = found.encoded(cluster, *told)
    validation = like_X_val = None
    if any(one is not None for one in given_val):
        validation, like_X_val = given_validation(
            draft, cluster, given_val, labels, dtype
        )
    elif holds_out(draft, sum(look.rows for look in found.looks.values()), counts):
        parts, validation = without_held_out(draft, cluster, parts, rng)
    rows = rows_of(cluster, parts, "count")
    if not rows.weight > 0:
        raise ValueError(
            "sample_weight is zero for every row, or class_weight for the class of "
            "every row that has one: give at least one row a weight above zero."
        )
    if given[2] is not None or draft.class_weight is not None:
        rows = rows.weighted()
    sample = rows.sample("sample")
    if like_X_val is not None:
        compare(draft, sample, validation, like_X_val)
    return Prepared(labels, rows, validation and validation.parts, sample)


def find(cluster, given, names, labels):
    """Reads the partitions and judges them.

    Raises
    ------
    ValueError, TypeError
        Before anything is trained, of all partitions that are wrong.
    """
    parts = partitions(*given, names)
    lost = unsourced(cluster.client, parts)
    if lost:
        warn(
            f"{len(lost)} of the futures were scattered: if their worker is lost, "
            "nothing can compute them again, and fit fails. Give tasks that read the "
            "rows, for instance dask.delayed(read)(path).",
            UserWarning,
        )
    name = names[0].replace("X", "read").replace("_", "-")
    blocks = cluster.compute(
        [
            cluster.task(name, read, *vars(part).values(), key=(number,))
            for number, part in enumerate(parts)
        ]
    )
    looks = [
        cluster.submit(f"{name}-look", look, block, labels, key=(number,))
        for number, block in enumerate(blocks)
    ]
    return Found(blocks, judge(cluster.gather(looks), names[0]))


def given_validation(draft, cluster, given, labels, dtype):
    """The rows of the validation set that `fit` was given."""
    X, y, _ = given
    if X is None or y is None:
        raise ValueError(
            "a validation set needs both X_val and y_val; "
            f"{'X_val' if X is None else 'y_val'} is missing."
        )
    given = [in_one_piece(one) for one in given]
    found = find(cluster, given, NAMES_VAL, labels)
    like_X_val = one_row(next(iter(found.looks.values())))
    check_X_val(draft, like_X_val)
    told = labels, None, dtype, None
    parts = found.encoded(cluster, *told, name="encode-val")
    rows = rows_of(cluster, parts, "count-val")
    if not rows.weight > 0:
        raise ValueError("sample_weight_val is zero for every row.")
    return rows, like_X_val


def without_held_out(draft, cluster, parts, rng):
    """The partitions without the rows that are held out in each, and those rows."""
    seed = int(rng.integers(2**62))
    share = draft.validation_fraction
    halves = [
        cluster.submit("hold-out", held_out, part, share, [seed, i], key=(i,))
        for i, part in enumerate(parts)
    ]
    train, held = (
        [
            cluster.submit(name, of_all, half, which, key=(i,))
            for i, half in enumerate(halves)
        ]
        for which, name in enumerate(("train", "held"))
    )
    counts = [
        cluster.submit("held-look", rows_in, part, key=(i,))
        for i, part in enumerate(held)
    ]
    sizes = cluster.gather(counts)
    if not sum(sizes):
        raise ValueError(
            "early_stopping=True can hold out no rows: with one sample of each class "
            "in every partition, all are needed for training. Give X_val and y_val, "
            "make fewer partitions, or set early_stopping=False."
        )
    held = [part for part, size in zip(held, sizes, strict=True) if size]
    return train, rows_of(cluster, held, "count-held")


def rows_in(data):
    """The number of rows, 0 where there is nothing."""
    return 0 if data is None else len(data)


def compare(draft, sample, validation, like_X_val):
    """Warns if the rows to validate with seem not to be scaled as the others."""
    other = validation.sample("sample-val")
    for doubt in doubts(draft, sample.X, other.X, like_X_val):
        warn(doubt, UserWarning)


def one_row(look):
    """A row of zeros with the columns of a partition, and their names."""
    zeros = np.zeros((1, look.n_features))
    if look.names is None:
        return zeros
    import pandas

    return pandas.DataFrame(zeros, columns=look.names)
