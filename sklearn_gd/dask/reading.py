"""A first look at the partitions: rows that can be read, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length

from ..data.missing import label_array
from ..data.targets import Labels
from ..data.validation import check_X, compute_dtype
from ..data.weights import check_weights

# Dtypes whose labels have an order among each other.
ORDERED = ("biuf", "USO", "M", "m")


@dataclass
class Block:
    """The rows of a partition as arrays; without X if they cannot be read."""

    X: Any = None
    y: Any = None
    sample_weight: Any = None
    names: Any = None
    problem: str = ""

    def __len__(self):
        return 0 if self.X is None else self.X.shape[0]


@dataclass
class Look:
    """What the driver needs to know of a block.

    Attributes
    ----------
    rows, n_features : int
    names : ndarray of str, or None
    dtype : dtype of a computation on these rows
    sparse : bool
    labels : Labels of these rows
    counts : ndarray of int, the rows that have each label
    heaviest : float, the largest sample weight
    problem : str, what is wrong, or ""
    """

    rows: int = 0
    n_features: int = 0
    names: Any = None
    dtype: Any = None
    sparse: bool = False
    labels: Any = None
    counts: Any = None
    heaviest: float = 1.0
    problem: str = ""


def read(X, y, sample_weight=None):
    """The block of a partition. What is wrong with it is noted, not raised."""
    probe = BaseEstimator()  # takes down the names of the columns
    try:
        rows = check_X(probe, X, reset=True, min_rows=0)
        check_consistent_length(rows, y)
        labels = label_array(y) if rows.shape[0] else None
        weights = check_weights(sample_weight, rows.shape[0])
    except (ValueError, TypeError) as error:
        row = first_bad_row(X, y, sample_weight)
        where = "" if row is None else f"row {row}: "
        return Block(problem=where + told(error))
    return Block(rows, labels, weights, getattr(probe, "feature_names_in_", None))


def told(error):
    """What an error says, without advice on the lines below."""
    return str(error).splitlines()[0]


def first_bad_row(*arrays):
    """The first row in which something is not finite or missing, or None."""
    found = [bad_rows(array) for array in arrays if array is not None]
    firsts = [int(rows[0]) for rows in found if len(rows)]
    return min(firsts, default=None)


def bad_rows(values):
    """The numbers of the rows that hold what is not finite or missing."""
    if sp.issparse(values):
        values = values.tocsr()
        rows = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
        return rows[~np.isfinite(values.data)]
    values = np.asarray(values)
    try:
        bad = ~np.isfinite(values.astype(np.float64))
    except (ValueError, TypeError):  # text
        bad = np.array([v is None or v != v for v in values.ravel().tolist()])
        bad = bad.reshape(values.shape)
    return np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1)) if bad.size else []


def look(block, known=None):
    """What is to be known of a block; with the labels of a warm start, if any."""
    if block.problem or not len(block):
        return Look(problem=block.problem)
    try:
        labels = Labels.learn(block.y) if known is None else known
        codes, table = labels.encode(block.y, np.dtype(np.float32))
    except ValueError as error:
        return Look(problem=told(error))
    if labels.kind == "multilabel":
        counts = np.count_nonzero(table, axis=0)
    else:
        counts = np.bincount(codes, minlength=len(labels.classes))
    weights = block.sample_weight
    return Look(
        len(block),
        block.X.shape[1],
        block.names,
        compute_dtype(block.X),
        sp.issparse(block.X),
        labels,
        counts,
        1.0 if weights is None else float(weights.max()),
    )


def judge(looks, name="X"):
    """The looks at the partitions that have rows, by the number of the partition.

    Raises
    ------
    ValueError
        That names all partitions that cannot be read or are unlike the first.
    """
    some = {number: one for number, one in enumerate(looks) if one.rows}
    problems = {i: one.problem for i, one in enumerate(looks) if one.problem}
    if some:
        first = min(some)
        for number, one in some.items():
            difference = unlike(some[first], one)
            if difference:
                problems[number] = f"{difference}, unlike partition {first}"
    if problems:
        lines = "".join(f"\n- partition {i}, {problems[i]}" for i in sorted(problems))
        raise ValueError(
            f"{name} cannot be used, and nothing was trained. Wrong are, with the "
            f"first bad row of each where there is one, counted from 0:{lines}"
        )
    if not some:
        raise ValueError(f"{name} has no rows: all {len(looks)} partitions are empty.")
    return some


def unlike(one, other):
    """What tells another partition apart from the first, or nothing."""
    if one.n_features != other.n_features:
        return f"it has {other.n_features} columns and not {one.n_features}"
    if not np.array_equal(one.names, other.names):
        return "it has other names of columns"
    if one.sparse != other.sparse:
        return f"it is {'sparse' if other.sparse else 'dense'}"
    if one.labels.kind != other.labels.kind and "multilabel" in (
        one.labels.kind,
        other.labels.kind,
    ):
        return "it has another number of labels a row"
    several = one.labels.kind == "multilabel"
    if several and len(one.labels.classes) != len(other.labels.classes):
        return f"it has {len(other.labels.classes)} labels a row"
    kinds = one.labels.classes.dtype.kind, other.labels.classes.dtype.kind
    if not any(kinds[0] in group and kinds[1] in group for group in ORDERED):
        return f"it has labels of {other.labels.classes.dtype}"
    return ""


def union(looks):
    """The labels of all partitions, and the number of rows that have each."""
    looks = list(looks)
    first = looks[0].labels
    if first.kind == "multilabel":
        return first, sum(one.counts for one in looks)
    classes = np.unique(np.concatenate([one.labels.classes for one in looks]))
    labels = Labels("binary" if len(classes) == 2 else "multiclass", classes)
    counts = np.zeros(len(classes), dtype=np.int64)
    for one in looks:
        counts[labels.numbers(one.labels.classes)] += one.counts
    return labels, counts
