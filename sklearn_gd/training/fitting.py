"""The ways of training a model: a whole data set, or part after part of a stream.

The functions work on an estimator that is theirs to change: `fit` and the first
`partial_fit` hand in a draft, later calls of `partial_fit` can be undone.
"""

from __future__ import annotations

import copy
import operator

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_random_state

from .._sklearn import validate_parameters
from ..core.objective import MAX_ROWS
from ..core.schedules import Progress
from ..data.holdout import hold_out
from ..data.rows import encode_part, training_data, validation_data
from ..data.targets import Labels
from ..data.validation import check_X, compute_dtype
from . import model as models
from .reporting import progress_lines, warn_after_fit, warn_of_skipped_chunk, watched


def generator(random_state):
    """A new random generator; the global one is never touched."""
    if random_state is None:
        return np.random.default_rng()
    seed = check_random_state(random_state).randint(2**32, dtype=np.uint64)
    return np.random.default_rng(seed)


def fit(draft, X, y, sample_weight, X_val, y_val, sample_weight_val, task=None):
    """Trains the draft on a whole data set; a task tells callbacks of the epochs."""
    known = draft.__dict__.get("_model")  # of a warm start
    data, labels = training_data(draft, X, y, sample_weight, known)
    rng = generator(draft.random_state) if known is None else known.state.rng
    validation = validation_data(
        draft, X_val, y_val, sample_weight_val, labels, data.table.dtype
    )
    if validation is None and draft.early_stopping:
        data, validation = hold_out(data, draft.validation_fraction, rng)
    if known is None:
        draft._model = models.build(draft, labels, data, rng)
    else:
        check_architecture(draft)
        restart(draft)
    training = train(draft, data, validation, task)
    write_down(draft, training)
    warn_after_fit(draft, training)


def restart(draft):
    """Starts everything afresh but the parameters and the generator."""
    model = draft._model
    models.use_solver(model, draft)
    model.state.reset_rule()
    model.state.progress = Progress()
    model.state.halvings = 0


def train(draft, data, validation, task):
    """Runs all epochs of a fit."""
    model = draft._model
    rows = models.batch_rows(draft, model.solver, len(data))
    validate = None if validation is None else models.validation(model, validation)

    sparse = takes_sparse_steps(model, data)
    objective = model.objective(draft.alpha, data.table, rows, sparse)
    training = models.prepare(
        draft,
        model,
        data,
        objective,
        validate=validate,
        **models.safeguards(draft, model, data, objective),
    )
    with models.threads_for(draft, model, rows, sparse):
        with watched(training, watchers(draft, training, data, task)):
            training.run()
    return training


def watchers(draft, training, data, task):
    """Those who want to know of the epochs."""
    lines = progress_lines(draft.verbose, draft.max_iter)
    if task is not None:
        task.watch(data.rows, lambda: attributes_now(draft, training))
    return [watcher for watcher in (lines, task) if watcher is not None]


def attributes_now(draft, training):
    """The attributes that draft would have if training ended now; nothing is shared."""
    ended = copy.copy(draft)
    ended.classes_ = ended._model.labels.classes
    if training.best_theta is not None:
        np.copyto(ended._model.state.theta, training.best_theta)
    if training.epochs:
        write_down(ended, training)
    return vars(ended)


def write_down(estimator, training):
    """Sets the attributes that tell of the last call, in one step."""
    epochs = training.epochs
    costs = [epoch.cost for epoch in epochs]
    told = {
        "classes_": estimator._model.labels.classes,
        "loss_": costs[-1],
        "best_loss_": min(costs),
        "loss_curve_": costs,
        "n_iter_": len(epochs),
        "validation_loss_curve_": None,
        "validation_scores_": None,
        "best_validation_score_": None,
    }
    if training.validate is not None:
        scores = [epoch.validation_score for epoch in epochs]
        told["validation_loss_curve_"] = [epoch.validation_cost for epoch in epochs]
        told["validation_scores_"] = scores
        told["best_validation_score_"] = max(scores)
    estimator.__dict__.update(told)


def check_architecture(estimator):
    """Refuses other layers or another loss than those of the model."""
    model = estimator._model
    asked = models.build_structure(estimator, model.labels, estimator.n_features_in_)
    if asked != (model.network, model.loss):
        raise ValueError(
            "the layers, activations, dropout or loss are not those of the fitted "
            f"model, which has {model.network} and {model.loss}; now asked for are "
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


def check_stream(estimator, classes):
    """Checks what may have changed since the last call, only if something has."""
    known = estimator._model.labels.classes
    if classes is not None and not np.array_equal(np.unique(classes), known):
        raise ValueError(
            f"classes={list(classes)} are not those of the first call, "
            f"{known.tolist()}. To change the classes, call fit."
        )
    key, checked = parameters_key(estimator), estimator.__dict__.get("_checked", ())
    layers = estimator.hidden_layer_sizes, estimator.activation
    mutable = any(isinstance(value, list | np.ndarray) for value in layers)
    same = len(checked) == len(key) and all(map(operator.is_, key, checked))
    if mutable or not same:
        validate_parameters(estimator)
        refuse_balanced(estimator)
        check_architecture(estimator)
        models.use_solver(estimator._model, estimator)
        if not estimator._model.state.stored[0].flags.writeable:  # a memory map
            estimator._model.state = copy.deepcopy(estimator._model.state)
        estimator.__dict__.pop("_workspace", None)
        estimator._checked = key


def parameters_key(estimator):
    """The parameters as they are, to see whether one has been set since."""
    return [estimator.__dict__[name] for name in estimator._parameter_constraints]


def train_on_chunk(estimator, X, y, sample_weight):
    """Trains for one epoch on a part of a stream, or leaves everything as it was."""
    model = estimator._model
    state = model.state
    X = check_X(estimator, X)
    data = encode_part(
        X, y, sample_weight, model.labels, state.dtype, estimator.class_weight
    )
    if not data.has_weight:
        return
    objective, before = workspace(estimator, data)
    state.use_rate(models.learning_rate(estimator, model))
    before.take()
    try:
        training = models.prepare(estimator, model, data, objective)
        rows, sparse = training.batches.batch_size, takes_sparse_steps(model, data)
        with models.threads_for(estimator, model, rows, sparse):
            good = training.run_chunk()
        if good:
            state.note_cost(training.epochs[0].cost, len(data))
            # Last of all: what is raised before takes everything back.
            write_down_chunk(estimator, training.epochs[0].cost)
        else:
            skip_chunk(estimator, before)
    except BaseException:
        before.restore()
        raise
    finally:
        before.release()


def write_down_chunk(estimator, cost):
    """Sets the attributes that tell of the last call of partial_fit, in one step."""
    estimator.__dict__.update(
        loss_=cost,
        best_loss_=cost,
        loss_curve_=[cost],
        n_iter_=1,
        validation_loss_curve_=None,
        validation_scores_=None,
        best_validation_score_=None,
        _diverging=False,
    )


def workspace(estimator, data):
    """The objective and snapshot of a stream, kept for the calls to come."""
    model = estimator._model
    rows = models.batch_rows(estimator, model.solver, len(data))
    kept = estimator.__dict__.get("_workspace")
    sparse = takes_sparse_steps(model, data)
    fits = kept is not None and kept[0].sparse == sparse
    if not fits or kept[0].max_rows < min(rows, MAX_ROWS):
        objective = model.objective(estimator.alpha, data.table, rows, sparse)
        kept = estimator._workspace = (objective, objective.snapshot(model.state))
    kept[0].table = data.table
    return kept


def takes_sparse_steps(model, data):
    """Whether a step touches only the features of its batch."""
    return sp.issparse(data.X) and not model.solver.whole_data


def skip_chunk(estimator, before):
    """Goes back to before a part of a stream that would have ruined the model."""
    state = estimator._model.state
    before.restore()
    state.reset_rule()
    state.halvings += 1
    if not estimator.__dict__.get("_diverging"):
        warn_of_skipped_chunk(estimator)
    estimator._diverging = True
