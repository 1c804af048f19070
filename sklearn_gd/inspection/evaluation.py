"""Cost and gradient of a fitted network on any data; nothing here changes it."""

from __future__ import annotations

import numpy as np

from ..data.rows import encode
from ..data.validation import check_X
from ..training.model import threads_for
from .nudges import Names
from .words import words_in


def data_to_look_at(estimator, X, y, sample_weight):
    """Data of a fitted estimator, with weights of mean 1 and without class weights.

    Raises
    ------
    ValueError
        If anything is wrong with the data, or no row has a weight above zero.
    """
    model = estimator._model
    return encode(
        check_X(estimator, X), y, sample_weight, model.labels, model.state.dtype
    )


def cost(estimator, data):
    """Mean cost of data with the L2 term, summed in float64."""
    costs = estimator._model.sample_costs(data).astype(np.float64)
    mean = float(np.average(costs, weights=data.sample_weight))
    return mean + estimator._model.objective(estimator.alpha, data.table, 1).penalty()


def cost_gradient(estimator, data, alpha=None):
    """Gradient of `cost` in a new vector; with alpha=0.0 that of the data alone."""
    model = estimator._model
    alpha = estimator.alpha if alpha is None else alpha
    objective = model.objective(alpha, data.table, len(data))
    with threads_for(estimator, model, len(data)), np.errstate(all="ignore"):
        objective(data.X, data.codes, data.batch_weight)
    return objective.grad


def penalty_part(estimator):
    """What L2 asks of the parameters: to shrink every weight, and no bias."""
    part = -estimator.alpha * estimator.parameters_
    part[estimator._model.network.n_weights :] = 0
    return part


def names_of(estimator, features=None, language="en"):
    """What the inputs and neurons of a fitted estimator are called.

    Raises
    ------
    ValueError
        If there is not one name for each feature, or the language is unknown.
    """
    labels, shapes = estimator._model.labels, estimator._model.network.shapes
    outputs = labels.classes[-labels.n_outputs :].tolist()
    if features is None:
        features = getattr(estimator, "feature_names_in_", None)
    elif len(features) != shapes[0][0]:
        raise ValueError(
            f"feature_names has {len(features)} names for {shapes[0][0]} features: "
            "give one each."
        )
    return Names(shapes, outputs, features, words_in(language))
