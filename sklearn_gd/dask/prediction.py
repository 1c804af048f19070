"""Prediction on collections: lazy, partition by partition."""

from __future__ import annotations

import warnings

import dask.array as da
import numpy as np
from dask import is_dask_collection
from dask.delayed import Delayed, delayed
from distributed import Future
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_is_fitted

from ..data.missing import label_array
from .partitions import partitions, with_whole_rows


def predict(estimator, X):
    """The most probable class of every row of a collection, lazily.

    Parameters
    ----------
    estimator : fitted GradientDescentMLPClassifier
    X : Dask Array, Dask DataFrame, list of Delayed or of futures, or rows as they are

    Returns
    -------
    y : like X
        A Dask Array for an array, a Series with its index for a frame, a list of
        Delayed for a list; for rows on this machine what the estimator predicts.

    Examples
    --------
    >>> import dask.array as da
    >>> from sklearn.datasets import load_iris
    >>> import sklearn_gd.dask
    >>> from sklearn_gd import GradientDescentMLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = GradientDescentMLPClassifier(random_state=0).fit(X, y)
    >>> classes = sklearn_gd.dask.predict(model, da.from_array(X, chunks=(50, 4)))
    >>> classes.chunks
    ((50, 50, 50),)
    >>> classes[:3].compute()
    array([0, 0, 0])
    """
    return per_partition(estimator, X, "predict")


def predict_proba(estimator, X):
    """Probability of every class, for every row of a collection, lazily.

    Parameters
    ----------
    estimator : fitted GradientDescentMLPClassifier
    X : as for `predict`

    Returns
    -------
    p : like X, of shape (n_samples, n_classes)
        A frame has the classes as its columns.
    """
    return per_partition(estimator, X, "predict_proba")


def decision_function(estimator, X):
    """Raw prediction of the network for every row of a collection, lazily.

    Parameters
    ----------
    estimator : fitted GradientDescentMLPClassifier
    X : as for `predict`

    Returns
    -------
    raw : like X, of shape (n_samples,) for two classes, else (n_samples, n_outputs)
    """
    return per_partition(estimator, X, "decision_function")


def score(estimator, X, y, sample_weight=None):
    """Share of the rows that are predicted right, lazily.

    Parameters
    ----------
    estimator : fitted GradientDescentMLPClassifier
    X, y, sample_weight : collections with the same partitions

    Returns
    -------
    accuracy : Delayed
        Its ``compute()`` is a float. With several labels a row all have to be right.
    """
    check_is_fitted(estimator)
    model = delayed(estimator, pure=False)
    sums = [
        delayed(hits)(model, part.X, part.y, part.sample_weight)
        for part in partitions(X, y, sample_weight)
    ]
    return delayed(share)(sums)


def hits(estimator, X, y, sample_weight):
    """Weight of the rows that are predicted right, and of all."""
    y = label_array(y)
    if not len(y):
        return 0.0, 0.0
    right = accuracy_score(
        y, estimator.predict(X), sample_weight=sample_weight, normalize=False
    )
    weight = len(y) if sample_weight is None else np.sum(sample_weight)
    return float(right), float(weight)


def share(sums):
    """The quotient of two sums."""
    right, weight = np.sum(sums, axis=0)
    return float(right / weight)


def per_partition(estimator, X, method):
    """What a method of the estimator gives, for each partition of X."""
    check_is_fitted(estimator)
    in_parts = isinstance(X, list | tuple) and all(
        isinstance(part, Delayed | Future) for part in X
    )
    if not in_parts and not is_dask_collection(X):
        return getattr(estimator, method)(X)
    # One task holds the model, however many partitions there are.
    model = delayed(estimator, pure=False)
    if in_parts:
        return [delayed(called)(part, model, method) for part in X]
    nothing = result_for_no_rows(estimator, method)
    if isinstance(X, da.Array):
        return of_array(with_whole_rows(X, "X"), model, method, nothing)
    meta = framed(nothing, columns_of(estimator, nothing), X._meta.index[:0])
    return X.map_partitions(
        called_on_frame, model, method, columns_of(estimator, nothing), meta=meta
    )


def result_for_no_rows(estimator, method):
    """What the method gives for no rows: dtype and columns."""
    with warnings.catch_warnings():  # these have no names of columns
        warnings.simplefilter("ignore", UserWarning)
        return getattr(estimator, method)(np.zeros((0, estimator.n_features_in_)))


def of_array(X, model, method, nothing):
    """The results for the blocks of an array."""
    shape = {"drop_axis": 1}
    if nothing.ndim == 2:
        shape = {"chunks": (X.chunks[0], (nothing.shape[1],))}
    return X.map_blocks(
        called,
        estimator=model,
        method=method,
        meta=nothing,
        dtype=nothing.dtype,
        **shape,
    )


def called(X, estimator, method):
    """What the method gives for these rows."""
    return getattr(estimator, method)(X)


def called_on_frame(X, estimator, method, columns):
    """The same with the index of X."""
    return framed(getattr(estimator, method)(X), columns, X.index)


def framed(result, columns, index):
    """A result as a Series or, if it has columns, as a frame."""
    import pandas

    if columns is None:
        return pandas.Series(result, index=index)
    return pandas.DataFrame(result, index=index, columns=columns)


def columns_of(estimator, nothing):
    """The names of the columns of a result, or None if it has none."""
    return list(estimator.classes_) if nothing.ndim == 2 else None
