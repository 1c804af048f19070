"""From a pipeline or a search to the network at its end, and what X is there."""

from __future__ import annotations

from copy import copy

from sklearn.utils.validation import check_is_fitted


def look_through(estimator, X, feature_names=None):
    """The network of an estimator, and X and the names of its columns as they reach it.

    Parameters
    ----------
    estimator : fitted network, or Pipeline or search that ends in one
    X : what the estimator takes
    feature_names : sequence of str, optional
        Names of the columns of X.

    Returns
    -------
    network : a copy of the fitted network, which shares its model
        Another thread may train the network meanwhile; the copy stays as it is.
    X : what comes out of the steps before it
    names : sequence of str, or None if nobody knows any
    """
    network, steps = unwrap(estimator)
    network = copy(network)
    check_is_fitted(network)
    names = feature_names
    for step in steps:
        names = names_after(step, names)
        X = step.transform(X)
    return network, X, names


def unwrap(estimator, attribute="cost_gradient"):
    """The network at the end of pipelines and searches, and the steps before it.

    Parameters
    ----------
    estimator : fitted network, or Pipeline or search that ends in one
    attribute : str
        What an estimator has that needs no unwrapping.

    Returns
    -------
    network : estimator
    steps : list of fitted transformers, in order

    Raises
    ------
    NotFittedError
        If it is a pipeline or a search that is not fitted.
    TypeError
        If there is no network at the end.
    """
    steps, inner = [], estimator
    while not hasattr(inner, attribute):
        if hasattr(inner, "best_estimator_"):
            inner = inner.best_estimator_
        elif hasattr(inner, "steps"):
            # What does not transform, such as "passthrough", leaves X as it is.
            steps += [s for _, s in inner.steps[:-1] if hasattr(s, "transform")]
            inner = inner.steps[-1][1]
        else:
            check_is_fitted(inner)
            raise TypeError(
                "a fitted GradientDescentMLPClassifier is needed, or a Pipeline or "
                f"search (with refit) whose last step is one; got {estimator!r}, which "
                f"has no {attribute} at its end."
            )
    return inner, steps


def names_after(step, names):
    """The names of the features that come out of a step, None if it knows none."""
    if not hasattr(step, "get_feature_names_out"):
        return None
    try:
        return step.get_feature_names_out(names)
    except ValueError:
        if names is not None:
            raise
        return None
