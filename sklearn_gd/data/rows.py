"""The rows that a model is trained on, validated and encoded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_consistent_length

from .targets import Labels
from .validation import check_X, compute_dtype
from .weights import (
    absolute,
    check_weights,
    class_weights,
    ordinary_rows,
    product,
    scaled,
    with_mean_one,
)


@dataclass
class Data:
    """Rows ready for training: see `sklearn_gd.data.targets` for codes and table.

    Attributes
    ----------
    X : ndarray, memory map or CSR matrix of shape (n, n_features)
    labels : Labels
    codes : ndarray of intp, shape (n_rows,)
    table : ndarray of shape (n_codes, n_outputs), of the dtype of the computation
    sample_weight : ndarray of float64, shape (n_rows,), or None
    rows : ndarray of intp, shape (n_rows,), or None
        Which rows of X these are, if not all: X is then not copied.
    """

    X: Any
    labels: Labels
    codes: np.ndarray
    table: np.ndarray
    sample_weight: np.ndarray | None
    rows: np.ndarray | None = None

    def __len__(self):
        return len(self.codes)

    def part(self, rows):
        """The data set of these rows, over the same X."""
        weights = self.sample_weight
        weights = None if weights is None else weights[rows]
        return replace(self, codes=self.codes[rows], sample_weight=weights, rows=rows)

    def take(self, rows):
        """The data set of these rows, with an X of its own."""
        return replace(self.part(rows), X=self.X[rows], rows=None)

    def with_X(self, X):
        """The same rows in another form."""
        return replace(self, X=X)

    def with_mean_weight_one(self):
        """The same with weights of mean 1, so that batches estimate the whole."""
        weights = self.sample_weight
        weights = None if weights is None else with_mean_one(weights)
        return replace(self, sample_weight=weights)

    @property
    def has_weight(self):
        """Whether any row has a weight above zero."""
        if self.sample_weight is None:
            return len(self) > 0
        return bool(self.sample_weight.any())

    @property
    def counts(self):
        """How many rows are of each class, or have each of several labels."""
        counts = np.bincount(self.codes, minlength=len(self.table))
        return counts @ self.table if self.labels.kind == "multilabel" else counts

    @property
    def ordinary(self):
        """How many rows of the least weight would weigh as much as these."""
        weights = self.sample_weight
        return len(self) if weights is None else ordinary_rows(weights)

    @property
    def batch_weight(self):
        """The weights in the dtype of the computation, or None."""
        weights = self.sample_weight
        return None if weights is None else weights.astype(self.table.dtype, copy=False)


def encode(X, y, sample_weight, labels, dtype, class_weight=None, name="sample_weight"):
    """Data of checked X and any y and sample_weight; the weights have mean 1.

    Raises
    ------
    ValueError
        If y or the weights do not fit, or no row has a weight above zero.
    """
    codes, table = encode_targets(X, y, labels, dtype)
    weights = weight_parts(X, codes, sample_weight, labels, class_weight, name)
    if weights is not None:
        weights = with_mean_one(scaled(*weights), name)
    return Data(X, labels, codes, table, weights)


def encode_part(X, y, sample_weight, labels, dtype, class_weight=None):
    """Data of a part of a stream: weights are absolute, and may all be zero."""
    codes, table = encode_targets(X, y, labels, dtype)
    weights = weight_parts(X, codes, sample_weight, labels, class_weight)
    if weights is not None:
        weights = absolute(*weights, dtype)
    return Data(X, labels, codes, table, weights)


def encode_targets(X, y, labels, dtype):
    """Codes and table of y, which must have as many rows as X."""
    if type(y) is not np.ndarray or len(y) != X.shape[0]:
        check_consistent_length(X, y)
    return labels.encode(y, dtype)


def weight_parts(X, codes, sample_weight, labels, class_weight, name="sample_weight"):
    """Mantissa and exponent of the weight of each row, or None where all are 1."""
    sample_weight = check_weights(sample_weight, X.shape[0], name)
    by_class = class_weights(labels, codes, class_weight)
    return product(sample_weight, by_class, codes)


def training_data(estimator, X, y, sample_weight, known=None, classes=None):
    """Data and labels for `fit`; weights have mean 1.

    Parameters
    ----------
    known : Model, optional
        One to go on with, whose labels, features and dtype then hold.
    classes : array-like, optional
        All classes, if not those of y.

    Raises
    ------
    ValueError
        If anything is wrong with the data, or no row has a weight above zero.
    """
    X = check_X(estimator, X, reset=known is None)
    check_consistent_length(X, y)
    labels = Labels.learn(y, classes) if known is None else known.labels
    dtype = compute_dtype(X) if known is None else known.state.dtype
    data = encode(X, y, sample_weight, labels, dtype, estimator.class_weight)
    return data, labels
