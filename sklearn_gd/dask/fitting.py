"""`fit` on collections: the way of `training.fitting`, with the rows on a cluster."""

from __future__ import annotations

import copy
from types import SimpleNamespace

from .._sklearn import validate_parameters, with_callbacks
from ..core.averaging import Rounds
from ..core.batches import Batches
from ..core.objective import MAX_ROWS
from ..core.quiet import surely
from ..core.rounds import Recipe
from ..estimator import GradientDescentMLP
from ..inspection.recording import recorders_of
from ..training import fitting
from ..training import model as models
from ..training.callbacks import fit_task
from ..training.registries import resolve_schedule, resolve_solver
from ..training.reporting import warn_after_fit
from .cluster import connect
from .places import Sharing
from .preparing import prepare
from .rounds import Learners, validator
from .rows import shared_out


def fit(
    estimator,
    X,
    y,
    sample_weight=None,
    *,
    X_val=None,
    y_val=None,
    sample_weight_val=None,
    client=None,
    n_learners=None,
    rounds_per_epoch="auto",
    shuffle="auto",
):
    """Train one network on rows that lie on a Dask cluster.

    Parameters
    ----------
    estimator : GradientDescentMLPClassifier
    """
    sharing = Sharing(n_learners, rounds_per_epoch, shuffle)
    check_estimator(estimator)
    cluster = connect(client)
    draft = copy.copy(estimator)
    if not estimator.warm_start:
        draft.__dict__.pop("_model", None)
    given = (X, y, sample_weight), (X_val, y_val, sample_weight_val)
    training = surely(
        lambda: _fit(estimator, draft, cluster, *given, sharing), cluster.release
    )
    # One assignment: whatever is raised before it leaves the estimator as it was.
    estimator.__dict__ = draft.__dict__
    if training.stop_reason == "interrupted":
        raise KeyboardInterrupt(
            f"in epoch {estimator.n_iter_} of fit; the model is that of the last whole "
            "round"
        )
    return estimator


def check_estimator(estimator):
    """Refuses what cannot be trained in rounds.

    Raises
    ------
    TypeError, ValueError
    """
    if not isinstance(estimator, GradientDescentMLP):
        raise TypeError(
            f"estimator is a {type(estimator).__name__}, but only the networks of "
            "sklearn_gd are trained here. Of a pipeline, apply the steps before the "
            "network to the collections first, for instance with map_partitions or "
            "the transformers of dask-ml."
        )
    validate_parameters(estimator)
    if resolve_solver(estimator).whole_data:
        raise ValueError(
            f"solver={estimator.solver!r} needs all rows in one place for each of its "
            "steps. Use solver='sgd' or 'adam', or fit a part of the rows on one "
            "machine."
        )


@with_callbacks
def _fit(estimator, draft, cluster, given, given_val, sharing):
    """Trains the draft. Callbacks meet the estimator, which stays as it is."""
    task, recorders = fit_task(estimator, *given), recorders_of(estimator)
    training = train(draft, cluster, given, given_val, sharing, task, recorders)
    fitting.write_down(draft, training)
    warn_after_fit(draft, training)
    if task is not None:
        task.finish(lambda: vars(copy.copy(draft)))
    return training


def train(draft, cluster, given, given_val, sharing, task, recorders):
    """Gives the draft a trained model; returns the training run."""
    known = draft.__dict__.get("_model")  # of a warm start
    if known is None:
        rng = fitting.generator(draft.random_state)
    else:
        rng = known.state.generator()
    ready = prepare(draft, cluster, given, given_val, sharing, rng)
    labels, sample = ready.labels, ready.sample
    if known is None:
        mean = ready.rows.mean_targets(labels, sample.table.dtype)
        draft._model = models.build(draft, labels, sample, rng, mean)
    else:
        fitting.check_architecture(draft)
        draft._model = fitting.restarted(draft, rng)
    best = None
    if ready.validation is not None:
        validate = validator(cluster, draft._model, ready.validation)
        best = models.Validation(validate)
    summary = ready.rows.summary(labels, sample)
    guard = models.guard_of(draft._model, summary, start_counts=best is None)
    parts = fitting.parts_of_a_fit(draft, guard, best, task, recorders)
    training = rounds(draft, cluster, ready.rows, sample, sharing, parts)
    del ready  # the learners have the rows now
    training.run()
    return training


def rounds(draft, cluster, rows, sample, sharing, parts):
    """The training run, whose learners have got their rows."""
    model, state = draft._model, draft._model.state
    batch_rows = models.batch_rows(draft, model.solver, len(rows))
    plan = sharing.plan(len(rows), len(rows.parts), batch_rows)
    n_learners, n_rounds, learner_rows = plan
    ordinary = models.batch_rows(draft, model.solver, rows.ordinary)
    rate = models.learning_rate(draft, model, ordinary)
    state.use_rate(models.learning_rate(draft, model, models.AUTO_BATCH), rate)
    state.progress.max_epochs = draft.max_iter
    recipe = Recipe(
        model.network,
        model.loss,
        draft.alpha,
        model.solver,
        resolve_schedule(draft.learning_rate_schedule),
        rate,
        models.max_step(draft, model),
        learner_rows,
        n_rounds,
        seed=int(state.generator().integers(2**62)),
        shuffle=draft.shuffle,
    )
    groups = shared_out(rows, n_learners, sharing.shuffle, recipe.seed, n_rounds == 1)
    learners = Learners(cluster, recipe, SimpleNamespace(n_jobs=draft.n_jobs), groups)
    return Rounds(
        model.objective(draft.alpha, sample.table, MAX_ROWS, theta=state.theta),
        Batches(sample.X, sample.codes, sample.batch_weight, batch_size=MAX_ROWS),
        model.solver,
        recipe.schedule,
        state,
        learning_rate=rate,
        max_step=recipe.max_step,
        max_epochs=draft.max_iter,
        parts=parts,
        round_of=learners,
        n_rounds=n_rounds,
        alone=n_learners == 1,
    )
