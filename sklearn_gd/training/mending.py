"""What is done when a stream goes wrong: the least that helps.

A part that would ruin the model is left out. An average that lags behind starts again.
An output layer that is worse than the class frequencies predicts them, and goes along
with them until it is better. If that was not enough, the network starts afresh, with a
lower learning rate.
"""

from __future__ import annotations

import math

import numpy as np

from ..core.network import STARTS
from ..data.scale import input_scale
from ..data.targets import wanted_activations
from .automatic import AUTO_BATCH, batch_rows, learning_rate
from .baseline import CALM, ENOUGH, LAGS, SOON, Baseline
from .reporting import warn_of_ruined_stream, warn_of_skipped_chunk

# Rows on which the average is looked at.
LOOK = 16
# A rate so many times smaller than that of learning_rate="auto" is not to blame.
SMALL = 64.0
# A rate that ruins a model is far too large: an eighth of it comes next, and each time
# that this was not enough twice as many halvings.
RUINED_HALVINGS = 3


def baseline_of(model):
    """What is known of a stream, or of one that has not begun."""
    known = model.state.baseline
    return known or Baseline.start(model.loss, model.labels.n_outputs)


def look(model, known, data):
    """What a few rows, not learned from yet, are and cost the average.

    None, if there is no average, or it is not to be looked at yet.
    """
    if not (model.state.averages and known.wants_look(len(data))):
        return None
    n_rows = min(len(data), LOOK)
    start = model.state.samples % (len(data) - n_rows + 1)
    rows = slice(start, start + n_rows)
    targets = data.table.take(data.codes[rows], axis=0)
    wanted = np.add.reduce(targets)
    costs = model.costs_of(model.raw_prediction(data.X[rows]), targets)
    return n_rows, wanted, float(costs.sum(dtype=np.float64)) / n_rows


def follow(network, state, known):
    """Has the prediction of a state go along with the class frequencies."""
    if known.followed is None or known.followed is known.raw:
        return known
    shift = known.raw - known.followed
    for vector in (state.theta, state.fitted)[: 1 + state.averages]:
        network.views(vector)[1][-1] += shift
    return known._replace(followed=known.raw)


def learned(model, known, data, cost, glance):
    """What is known of the stream after a part that has cost so much.

    Parameters
    ----------
    glance : what `look` has found
    """
    known = known.seen(data, cost)
    if glance is not None:
        known = known.looked(*glance, cost)
    return known.judged(model.loss) if known.due else known


def mend(draft, state, data):
    """Gives the draft this state after a part of a stream, mended if need be."""
    model, known = draft._model, state.baseline
    if known.ruined > ENOUGH and (known.lost > ENOUGH / 4 or not state.averages):
        draft._model = model.with_state(mended(draft, state, data))
        warn_once(draft, "told", warn_of_ruined_stream)
        return
    if known.lost > ENOUGH or known.lagging > LAGS:
        state = state.copy()
        state.reset_rule()
        state.baseline = known.renewed()
    elif state.halvings and known.calm >= CALM:
        state.halvings -= 1
        state.baseline = known._replace(calm=0.0)
    draft._model = model.with_state(state)


def skip(draft, known, data, rate):
    """Gives the draft a state without the part that it would have been ruined by."""
    model = draft._model
    state = model.state.copy()
    np.copyto(state.theta, state.fitted)  # what is published stays as it is
    state.reset_rule()
    state.use_rate(learning_rate(draft, model.solver, AUTO_BATCH), rate)
    if known.calm < SOON:
        lower_rate(draft, state, data, 1)
    # Such rows tell of their classes, and nothing of the model.
    cost = known.cost(wanted_activations(data), len(data))
    state.baseline = learned(model, known, data, cost, None)._replace(calm=0.0)
    draft._model = model.with_state(state)
    warn_once(draft, "told", warn_of_skipped_chunk)


def mended(draft, state, data):
    """A state that predicts the class frequencies.

    Its hidden layers and learning rate stay; if there was trouble not long ago, they
    are to blame too.
    """
    known, network, state = state.baseline, draft._model.network, state.copy()
    weights, biases = network.views(state.theta)
    weights[-1].fill(0.0)
    biases[-1][...] = known.raw
    if known.calm < SOON:
        rng = state.generator()
        state.theta[...] = STARTS["auto"](network, rng, known.raw, state.dtype)
        state.rng_state = rng.bit_generator.state
        lower_rate(draft, state, data, RUINED_HALVINGS)
    state.reset_rule()
    state.baseline = known.mended()
    return state


def lower_rate(draft, state, data, halvings):
    """Halves the learning rate some times, or twice as often as before.

    Not below a rate that cannot be to blame for rows of this length.
    """
    solver, network = draft._model.solver, draft._model.network
    length = input_scale(data) / network.input_scale
    auto = solver.rate_for(batch_rows(draft, solver, len(data)))
    least = math.log2(auto / SMALL) + min(0.0, 2.0 * math.log2(length))
    most = math.ceil(math.log2(state.rate) - least) if state.rate else 0
    wanted = state.halvings + max(halvings, state.halvings)
    state.halvings = max(state.halvings, min(wanted, most))


def warn_once(draft, kind, warning):
    """Tells of trouble of a kind, if none was told of in the last rows of the stream.

    Parameters
    ----------
    kind : str, the field of Baseline that counts these rows
    """
    model = draft._model
    known = baseline_of(model)
    draft._model = model.with_state(model.state.noting(known._replace(**{kind: 0.0})))
    if getattr(known, kind) >= CALM:
        warning(draft)
