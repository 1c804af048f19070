"""The rows that a model is trained on, validated and encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_consistent_length

from .targets import Labels, total_weight
from .validation import check_weights, check_X, compute_dtype, stratified_holdout


@dataclass
class Data:
    """Rows ready for training: see `sklearn_gd.data.targets` for codes and table."""

    X: Any
    codes: np.ndarray
    table: np.ndarray
    sample_weight: np.ndarray | None
    # Which rows of the data set these are, if not all.
    rows: np.ndarray | None = None

    def __len__(self):
        return self.X.shape[0]

    def take(self, rows):
        """The data set of these rows."""
        weights = self.sample_weight
        weights = None if weights is None else weights[rows]
        return Data(self.X[rows], self.codes[rows], self.table, weights, rows)

    def normalise_weights(self):
        """Scales the weights to mean 1, so that batches estimate the whole."""
        if self.sample_weight is not None:
            mean = self.sample_weight.mean(dtype=np.float64)
            self.sample_weight = (self.sample_weight / mean).astype(self.table.dtype)

    @property
    def has_weight(self):
        """Whether any row has a weight above zero."""
        return self.sample_weight is None or bool(self.sample_weight.any())


def encode(X, y, sample_weight, labels, dtype, class_weight=None):
    """Data of checked X and any y and sample_weight; weights are absolute."""
    if type(y) is not np.ndarray or len(y) != X.shape[0]:
        check_consistent_length(X, y)
    codes, table = labels.encode(y, dtype)
    weights = check_weights(sample_weight, X.shape[0], dtype)
    weights = total_weight(labels, codes, weights, class_weight, dtype)
    return Data(X, codes, table, weights)


def training_data(estimator, X, y, sample_weight, known=None):
    """Data and labels for `fit`; weights have mean 1.

    Parameters
    ----------
    known : Model, optional
        One to go on with, whose labels, features and dtype then hold.

    Raises
    ------
    ValueError
        If anything is wrong with the data, or no row has a weight above zero.
    """
    X = check_X(estimator, X, reset=known is None)
    check_consistent_length(X, y)
    labels = Labels.learn(y) if known is None else known.labels
    dtype = compute_dtype(X) if known is None else known.state.dtype
    data = encode(X, y, sample_weight, labels, dtype, estimator.class_weight)
    if not data.has_weight:
        raise ValueError(
            "sample_weight is zero for every row: there is nothing to learn. Give at "
            "least one row a weight above zero."
        )
    data.normalise_weights()
    return data, labels


def validation_data(estimator, X, y, sample_weight, labels, dtype):
    """The validation set that was given to `fit`, or None.

    Raises
    ------
    ValueError
        If only one of X and y is given, or they do not fit the training data.
    """
    if X is None and y is None and sample_weight is None:
        return None
    if X is None or y is None:
        raise ValueError(
            "a validation set needs both X_val and y_val; "
            f"{'X_val' if X is None else 'y_val'} is missing."
        )
    try:
        data = encode(check_X(estimator, X), y, sample_weight, labels, dtype)
    except ValueError as error:
        raise ValueError(f"in the validation set, X_val and y_val: {error}") from error
    if not data.has_weight:
        raise ValueError(
            "sample_weight_val is zero for every row: nothing is left to validate "
            "with. Give at least one row a weight above zero."
        )
    return data


def hold_out(data, fraction, rng):
    """Data to train on and data to validate with, stratified by the targets.

    A row without weight is never held out: it could not tell anything.
    """
    wanted = data.table[data.codes]
    groups = np.unique(wanted, axis=0, return_inverse=True)[1].ravel()
    weights = data.sample_weight
    rows = np.arange(len(data)) if weights is None else np.flatnonzero(weights)
    train, held_out = (
        rows[part] for part in stratified_holdout(groups[rows], fraction, rng)
    )
    train, held_out = data.take(train), data.take(held_out)
    train.normalise_weights()
    return train, held_out
