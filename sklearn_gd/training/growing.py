"""New classes in a stream: outputs are added, and what was learned stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import expit

from ..core.losses import UNIFORM_SHARE
from ..data.targets import Labels
from .registries import resolve_loss


def with_classes(model, params, classes):
    """The model with outputs for more classes.

    Old parameters stay bit for bit. New outputs start without weights, and with a bias
    that gives all of them a tenth of what the old ones have, where biases decide.
    One output that stood for two classes becomes two, with the same odds.

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
    kept = outputs_kept(model.labels, labels, places)
    told = kept + outputs_told(model.labels, labels, places, loss.link)
    theta, *vectors = state.stored
    rules = len(vectors) - state.averages
    theta = grown(model.network, network, theta, told)
    vectors = [
        grown(model.network, network, vector, kept if place < rules else told)
        for place, vector in enumerate(vectors)
    ]
    for vector in (theta, *vectors[rules:]):
        start_outputs(network.views(vector)[1][-1], places, labels, loss.link)
    grown_state = replace(
        state.with_arrays(theta, vectors), baseline=None, running_cost=None
    )
    return replace(model, labels=labels, loss=loss, network=network, state=grown_state)


def outputs_kept(old, new, places):
    """Which new output an old one is: ones in a (old outputs, new outputs) matrix."""
    kept = np.zeros((old.n_outputs, new.n_outputs))
    if new.kind != "binary":  # else it was one class, whose output means nothing now
        targets = places[1:] if old.kind == "binary" else places
        kept[np.arange(old.n_outputs), targets] = 1.0
    return kept


def outputs_told(old, new, places, link):
    """What the one output for two classes says of the first of them, as `outputs_kept`.

    Activations of the raw predictions -1 and 1 give the factors of the two outputs.
    """
    told = np.zeros((old.n_outputs, new.n_outputs))
    if old.kind == "binary":
        first, second = link.raw(expit(np.array([-1.0, 1.0])))
        told[0, places[0]] = np.rint(first - second + 1.0)
    return told


def grown(old, new, vector, outputs):
    """A vector of the larger network, whose last layer is the old one times outputs."""
    grown = np.zeros(new.n_parameters, dtype=vector.dtype)
    outputs = outputs.astype(vector.dtype)
    pairs = zip(old.views(vector), new.views(grown), strict=True)
    for (*hidden, last), (*new_hidden, new_last) in pairs:
        for source, target in zip(hidden, new_hidden, strict=True):
            np.copyto(target, source)
        np.matmul(last, outputs, out=new_last)
    return grown


def start_outputs(biases, places, labels, link):
    """Overwrites the biases of the new outputs."""
    if labels.kind == "binary":  # a second class beside a single one
        biases[:] = np.log(UNIFORM_SHARE) * (1 - 2 * places[0])
        return
    new = np.setdiff1d(np.arange(len(biases)), places)
    old = biases[places].astype(np.float64)
    activations = old[np.newaxis].copy()
    link.activation(activations, np.empty(1))
    share = min(0.5, UNIFORM_SHARE / max(1, len(new)) * activations.sum())
    eps = np.finfo(np.float64).eps
    raw = link.raw(np.append(np.clip(activations[0], eps, 1.0 - eps), share))
    # A link may leave a constant open.
    gaps = old - raw[:-1]
    biases[new] = raw[-1] + gaps[np.abs(gaps).argmin()]
