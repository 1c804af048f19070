"""The validation set that `fit` was given, and whether it looks like the training rows.

In a pipeline a common slip is that X_val has not gone through the steps before the
network: its columns then lie far from those that the network is trained on.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from .._sklearn import feature_names
from ..core.quiet import quiet
from .rows import encode
from .validation import as_rows

CURE = (
    "If they come out of the steps of a pipeline, X_val has to go through them too: "
    "Pipeline(steps, transform_input=['X_val']), with metadata routing."
)
# Rows and columns that are looked at.
SAMPLE = 256
# A column tells something if so many of the sampled rows differ from its median; so
# many rows of X_val must be expected to differ before their spread tells something.
TELLING = 10
# In mean deviations: 2.5 of them are two standard deviations of a normal distribution.
FAR = 2.5
# A spread that is so many times larger, or smaller.
LARGER, SMALLER = 4, 10


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
    X = check_X_val(estimator, X)
    try:
        return encode(X, y, sample_weight, labels, dtype, name="sample_weight_val")
    except ValueError as error:
        raise ValueError(f"in the validation set, X_val and y_val: {error}") from error


def check_X_val(estimator, X):
    """X_val as rows that the network can read; what is wrong is said with the cure."""
    names, known = feature_names(X), getattr(estimator, "feature_names_in_", None)
    if names is not None and known is not None and list(names) != list(known):
        raise ValueError(
            f"X_val has the feature names {list(names)[:10]}, but X has "
            f"{list(known)[:10]}. {CURE}"
        )
    try:
        X = as_rows(X, name="X_val")
    except (ValueError, TypeError) as error:
        told = str(error).rstrip(".")
        raise ValueError(f"X_val cannot be read: {told}. {CURE}") from error
    if X.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"X_val has {X.shape[1]} features, but X has "
            f"{estimator.n_features_in_}. {CURE}"
        )
    return X


def doubts(estimator, X, X_val, given):
    """Yields what speaks against X_val having gone through the same steps as X.

    Parameters
    ----------
    X, X_val : ndarrays or CSR matrices, rows to train on and to validate with
    given : X_val as `fit` was given it
    """
    names, known = feature_names(given), getattr(estimator, "feature_names_in_", None)
    if (names is None) != (known is None):
        who, other = ("X", "X_val") if names is None else ("X_val", "X")
        yield f"{who} has feature names, but {other} has none. {CURE}"
    ours, theirs = samples(X, X_val)
    telling = n_telling(ours) >= TELLING
    told = ours[:, telling], theirs[:, telling]
    strange = is_strange(*told)
    if 2 * np.count_nonzero(strange) > len(strange):
        column = int(np.argmax(strange))
        a, b = (f"{np.mean(X[:, column]):.3g}" for X in told)
        yield (
            f"X_val is unlike X in {np.count_nonzero(strange)} of {len(strange)} "
            f"columns, by their place or spread; in the first of them the mean is {b} "
            f"beside {a}. {CURE}"
        )


def samples(X, X_val):
    """Some rows of both, in the same columns, as arrays of float64."""
    rng = np.random.default_rng(0)
    columns = np.arange(X.shape[1])
    if sp.issparse(X):  # those that have the most to tell
        part = X[some(rng, X.shape[0])]
        counts = np.bincount(part.indices, minlength=X.shape[1])
        columns = np.sort(np.argsort(counts)[-SAMPLE:])
    elif len(columns) > SAMPLE:
        columns = some(rng, len(columns))
    for each in (X, X_val):
        part = each[some(rng, each.shape[0])][:, columns]
        yield np.asarray(part.toarray() if sp.issparse(part) else part, np.float64)


def some(rng, n):
    """Numbers of at most `SAMPLE` rows of n, sorted as they lie in memory."""
    return np.arange(n) if n <= SAMPLE else np.unique(rng.integers(n, size=SAMPLE))


def n_telling(X):
    """How many rows differ from the median of a column."""
    return np.count_nonzero(X != np.median(X, axis=0), axis=0)


@quiet
def is_strange(X, X_val):
    """Whether columns of X_val lie far from those of X, or spread much otherwise."""
    n_rows = len(X_val)
    (middle, spread), (other, width) = place(X), place(X_val)
    # The middle of few rows is uncertain.
    far = np.abs(other - middle) > FAR * (1 + 3 / n_rows) * spread
    many = n_telling(X) * n_rows >= TELLING * len(X)
    return far | many & ((width > LARGER * spread) | (width < spread / SMALLER))


def place(X):
    """Median and mean deviation from it of every column."""
    middle = np.median(X, axis=0)
    return middle, np.mean(np.abs(X - middle), axis=0)
