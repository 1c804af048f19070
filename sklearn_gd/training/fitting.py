"""The ways of training a model: a whole data set, or part after part of a stream.

The functions work on a draft of the estimator, which is theirs to change. It gets a new
model; the published one, and all that belongs to it, stays as it is.
"""

from __future__ import annotations

import copy
import math
import operator
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_random_state

from .._sklearn import validate_parameters
from ..core.parts.chunk_guard import ChunkGuard
from ..core.parts.interrupts import Interrupts
from ..core.parts.stopping import Plateau, Stopping
from ..core.schedules import Progress
from ..data.holdout import hold_out
from ..data.part import check_part, sound_rows
from ..data.rows import encode_part, training_data
from ..data.targets import Labels, announced
from ..data.validation import check_X, compute_dtype
from ..data.validation_set import doubts, validation_data
from . import mending
from . import model as models
from .automatic import batch_rows, holds_out, l2_strength
from .baseline import BLOCK
from .growing import with_classes
from .reporting import (
    progress_lines,
    warn,
    warn_after_fit,
    warn_of_broken_rows,
)
from .workspace import Workspace

# What layers may be given as, and can be changed without being set anew.
MUTABLE = list, np.ndarray


def generator(random_state):
    """A new random generator; the global one is never touched.

    A RandomState or Generator is advanced by one draw. It is not used for more, since
    the estimator keeps, stores and takes back what its generator has done.
    """
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, np.random.Generator):
        return np.random.default_rng(random_state.integers(2**63, size=2))
    seed = check_random_state(random_state).randint(2**32, dtype=np.uint64)
    return np.random.default_rng(seed)


def fit(
    draft, X, y, weights, X_val, y_val, weights_val, classes, task=None, recorders=()
):
    """Trains the draft on a whole data set; returns the training run.

    Parameters
    ----------
    classes : array-like of all classes, or None for those of y or a warm start
    task : FitTask or None, which tells callbacks of the epochs
    recorders : sequence of Recorder
    """
    known = draft.__dict__.get("_model")  # of a warm start
    if known is not None and classes is not None:
        announce(draft, announced(classes))
        known = draft._model
    data, labels = training_data(draft, X, y, weights, known, classes)
    rng = generator(draft.random_state) if known is None else known.state.generator()
    validation = validation_data(
        draft, X_val, y_val, weights_val, labels, data.table.dtype
    )
    if validation is not None:
        for doubt in doubts(draft, data.X, validation.X, X_val):
            warn(doubt, UserWarning)
    elif holds_out(draft, len(data), data.counts):
        data, validation = hold_out(data, draft.validation_fraction, rng)
    if known is None:
        draft._model = models.build(draft, labels, data, rng)
    else:
        check_architecture(draft)
        draft._model = restarted(draft, rng)
    training = train(draft, data, validation, task, recorders)
    write_down(draft, training)
    warn_after_fit(draft, training)
    return training


def restarted(draft, rng):
    """The model with everything started afresh but the parameters and the generator."""
    model = models.with_solver(draft._model, draft)
    state = model.state.copy()
    np.copyto(state.theta, state.fitted)
    state.reset_rule()
    state.progress, state.halvings = Progress(), 0
    state.rng_state = rng.bit_generator.state
    return model.with_state(state)


def train(draft, data, validation, task, recorders):
    """Runs all epochs of a fit."""
    model = draft._model
    rows = batch_rows(draft, model.solver, len(data))
    sparse = takes_sparse_steps(model, data)
    n_ordinary = data.ordinary
    settings = alpha_of(draft, n_ordinary, len(data)), data.table, rows
    if sparse:
        objective = model.sparse_objective(*settings)
    else:
        objective = model.objective(*settings, theta=model.state.theta)
    guard = models.guard_of(model, data, start_counts=validation is None)
    best = None if validation is None else models.validation(model, validation)
    parts = parts_of_a_fit(draft, guard, best, task, recorders, data.rows)
    training = models.prepare(
        draft, model, data, n_ordinary, objective, parts, model.state, draft.max_iter
    )
    models.with_threads_for(draft, model, rows, training.run, sparse)
    model.state.settle()
    return training


def parts_of_a_fit(draft, guard, best, task, recorders, rows=None):
    """What looks on at a whole fit, in the order in which it acts after an epoch."""
    if task is not None:
        task.watch(rows, lambda run: attributes_now(draft, run, best))
    parts = [
        Interrupts(),
        guard,
        best,
        progress_lines(draft.verbose, draft.max_iter),
        task,
        Stopping(Plateau(draft.tol, draft.n_iter_no_change), guard),
        *recorders,
    ]
    return [part for part in parts if part is not None]


def attributes_now(draft, run, best):
    """The attributes that draft would have if training ended now; nothing is shared."""
    run.note_rng()
    state = draft._model.state.copy()
    if best is not None and best.best_theta is not None:
        np.copyto(state.fitted, best.best_theta)
    ended = copy.copy(draft)
    ended._model = draft._model.with_state(state)
    ended.classes_ = ended._model.labels.classes
    if run.epochs:
        write_down(ended, run)
    return vars(ended)


def write_down(estimator, training):
    """Sets the attributes that tell of the last call."""
    epochs = training.epochs
    costs = [epoch.cost for epoch in epochs]
    told = {
        "classes_": estimator._model.labels.classes,
        "loss_": costs[-1],
        "best_loss_": min(costs),
        "loss_curve_": costs,
        "n_iter_": len(epochs),
        "best_epoch_": len(epochs),
        "stop_reason_": training.stop_reason,
        "validation_loss_curve_": None,
        "validation_scores_": None,
        "best_validation_score_": None,
    }
    scores = [epoch.validation_score for epoch in epochs]
    if scores[0] is not None:
        told["validation_loss_curve_"] = [epoch.validation_cost for epoch in epochs]
        told["validation_scores_"] = scores
        told["best_validation_score_"] = max(scores)
        costs = told["validation_loss_curve_"]
        told["best_epoch_"] = 1 + costs.index(min(costs))
    estimator.__dict__.update(told)


def check_architecture(estimator):
    """Refuses other layers or another loss than those of the model."""
    model = estimator._model
    asked = models.build_structure(estimator, model.labels, estimator.n_features_in_)
    # The scale of the input belongs to the parameters, not to what is asked for.
    network = replace(model.network, input_scale=1.0)
    if asked != (network, model.loss):
        raise ValueError(
            "the layers, activations, dropout or loss are not those of the fitted "
            f"model, which has {network} and {model.loss}; now asked for are "
            f"{asked[0]} and {asked[1]}. Set them back, or start afresh: fit with "
            "warm_start=False."
        )


def start_stream(draft, X, y, classes, sample_weight):
    """Builds the model for the first part of a stream."""
    validate_parameters(draft)
    refuse_balanced(draft)
    X = check_X(draft, X, reset=True)
    labels = Labels.learn(y, classes)
    if classes is None and labels.kind != "multilabel":
        raise ValueError(
            "classes is missing: the first call of partial_fit needs all the classes "
            "to come, partial_fit(X, y, classes=...)."
        )
    dtype, class_weight = compute_dtype(X), draft.class_weight
    data = encode_part(X, y, sample_weight, labels, dtype, class_weight)
    draft._model = models.build(draft, labels, data, generator(draft.random_state))
    draft._checked = parameters_key(draft)
    draft.classes_ = labels.classes
    # This holds if the first part turns out to be one to leave out.
    write_down_chunk(draft, models.start_of(draft._model, data)[1])
    draft.n_iter_, draft.loss_curve_ = 0, []


def refuse_balanced(estimator):
    """Refuses class weights that only a whole data set can tell."""
    if isinstance(estimator.class_weight, str):
        raise ValueError(
            f"class_weight={estimator.class_weight!r} needs the whole data set. For "
            "partial_fit compute the weights once, with sklearn.utils.class_weight."
            "compute_class_weight, and give them as a dict."
        )


def check_stream(draft, classes):
    """Checks what may have changed since the last call, only if something has."""
    if classes is not None:
        announce(draft, announced(classes))
    key, checked = parameters_key(draft), draft.__dict__.get("_checked", ())
    layers = draft.hidden_layer_sizes, draft.activation
    mutable = any(isinstance(value, MUTABLE) for value in layers)
    same = len(checked) == len(key) and all(map(operator.is_, key, checked))
    if mutable or not same:
        validate_parameters(draft)
        refuse_balanced(draft)
        check_architecture(draft)
        draft._model = models.with_solver(draft._model, draft)
        draft._workspace = Workspace()
        draft._checked = key


def announce(draft, classes):
    """Gives the draft outputs for classes that were not known before."""
    labels = draft._model.labels
    if np.array_equal(classes, labels.classes):
        return
    several = labels.kind == "multilabel"
    if several or not np.isin(labels.classes, classes).all():
        raise ValueError(
            f"classes={classes.tolist()} are not those of the model, "
            f"{labels.classes.tolist()}, and some more. To take classes away, or for "
            "other labels a row, start afresh: fit with warm_start=False."
        )
    draft._model = with_classes(draft._model, draft, classes)
    draft.classes_ = classes
    draft._workspace = Workspace()


def parameters_key(estimator):
    """The parameters as they are, to see whether one has been set since."""
    return [estimator.__dict__[name] for name in estimator._parameter_constraints]


def train_on_chunk(draft, X, y, sample_weight, recorders=()):
    """Gives the draft the model after one epoch on a part of a stream."""
    model = draft._model
    X, bounds = check_part(draft, X)
    if not X.shape[0] and not len(y):
        return
    data = encode_part(
        X, y, sample_weight, model.labels, model.state.dtype, draft.class_weight
    )
    sound = sound_rows(X, bounds, model.state.dtype, model.network.input_scale)
    if sound is not None:
        data = data.take(np.flatnonzero(sound))
        mending.warn_once(draft, "told_of_rows", warn_of_broken_rows)
        model = draft._model
    if not data.has_weight:
        return
    known = mending.baseline_of(model)
    glance = mending.look(model, known, data)
    rows = batch_rows(draft, model.solver, len(data))
    sparse = takes_sparse_steps(model, data)
    make_bench = draft._workspace.bench_for(sparse, bool(recorders))
    n_ordinary = data.ordinary
    alpha = alpha_of(draft, n_ordinary, len(data))
    bench = make_bench(model, alpha, data, rows)
    guard = ChunkGuard(known.ceiling if len(data) >= BLOCK else math.inf)
    parts = [guard, *recorders]
    training = models.prepare(
        draft, model, bench.data, n_ordinary, bench.objective, parts, bench.state, 1
    )
    models.with_threads_for(draft, model, rows, training.run, sparse)
    cost = training.epochs[0].cost
    without_l2 = cost - bench.objective.added
    if training.discarded:
        mending.skip(draft, known, data, training.learning_rate)
        return
    known = mending.learned(model, known, data, without_l2, glance)
    known = mending.follow(bench.objective.network, bench.state, known)
    state = bench.result()
    state.baseline = known
    state.note_cost(cost, len(data))
    mending.mend(draft, state, data)
    write_down_chunk(draft, cost)


def alpha_of(draft, n_ordinary, n_rows):
    """The L2 strength of a call that trains on so many rows."""
    return l2_strength(draft, n_ordinary, draft._model.state.samples + n_rows)


def write_down_chunk(estimator, cost):
    """Sets the attributes that tell of the last call of partial_fit, in one step."""
    estimator.__dict__.update(
        loss_=cost,
        best_loss_=cost,
        loss_curve_=[cost],
        n_iter_=1,
        best_epoch_=1,
        stop_reason_=None,
        validation_loss_curve_=None,
        validation_scores_=None,
        best_validation_score_=None,
    )


def takes_sparse_steps(model, data):
    """Whether a step touches only the features of its batch."""
    return sp.issparse(data.X) and not model.solver.whole_data
