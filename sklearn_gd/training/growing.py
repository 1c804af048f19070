"""New classes in a stream: outputs are added, and what was learned stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import logsumexp

from ..core.losses import UNIFORM_SHARE
from ..data.targets import Labels
from .registries import resolve_loss


def with_classes(model, params, classes):
    """The model with outputs for more classes.

    Old parameters stay bit for bit. New outputs start without weights, and with a bias
    that gives all of them a tenth of the probability where the old biases decide.

    Parameters
    ----------
    model : Model, not for several labels a row
    params : the estimator, for its loss and output activation
    classes : ndarray, sorted, with all the old classes among them
    """
    labels = Labels("binary" if len(classes) == 2 else "multiclass", classes)
    loss = resolve_loss(params.loss, params.output_activation, labels)
    sizes = (*model.network.layer_sizes[:-1], labels.n_outputs)
    network = replace(model.network, layer_sizes=sizes)
    places = np.searchsorted(classes, model.labels.classes)
    state = model.state.copy()
    vectors = [grown(model.network, network, vector, places) for vector in state.stored]
    new = np.setdiff1d(np.arange(labels.n_outputs), places)
    theta, *others = vectors
    for vector in (theta, *others[len(others) - state.averages :]):
        biases = network.views(vector)[1][-1]
        share = np.log(UNIFORM_SHARE / max(1, len(new)))
        biases[new] = share + logsumexp(biases[places])
    grown_state = replace(
        state.with_arrays(theta, others), baseline=None, running_cost=None
    )
    return replace(model, labels=labels, loss=loss, network=network, state=grown_state)


def grown(old, new, vector, places):
    """A vector of the larger network, with the old outputs in their new places."""
    grown = np.zeros(new.n_parameters, dtype=vector.dtype)
    pairs = zip(old.views(vector), new.views(grown), strict=True)
    for (*hidden, last), (*new_hidden, new_last) in pairs:
        for source, target in zip(hidden, new_hidden, strict=True):
            np.copyto(target, source)
        if last.shape[-1] < len(places):  # one output stands for two classes
            last = np.stack([np.zeros_like(last[..., 0]), last[..., 0]], axis=-1)
        new_last[..., places] = last
    return grown
