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
from ..training.automatic import (
    batch_rows,
    l2_strength,
    max_step,
)
from ..training.callbacks import fit_task
from ..training.registries import resolve_schedule, resolve_solver
from ..training.reporting import warn_after_fit
from .cluster import connect
from .preparing import prepare
from .rounds import Learners, validator
from .rows import shared_out
from .sharing import Sharing


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

    Learners on the workers take steps on rows of their own. Several times an epoch
    their parameters and momentum are averaged by the weight of their rows, and an
    outer step is taken from what they have found [1]_. The result depends on the
    partitions, `n_learners` and `random_state`, and not on the number of workers, on
    who is faster, or on workers that are lost on the way.

    Parameters
    ----------
    estimator : GradientDescentMLPClassifier
        With ``warm_start=True`` training goes on from its parameters. Solver 'lbfgs'
        is refused.
    X : Dask Array, Dask DataFrame, or list of Delayed or of futures
        Rows to train on. Blocks are dense or CSR; sizes may be unknown, and blocks may
        be empty. The columns of a frame become ``feature_names_in_``.
    y : Dask Array, Series or DataFrame, or list, with the partitions of X
        Class of each row, or zeros and ones for several labels a row. No partition
        needs to have all classes.
    sample_weight : the same, optional
        Weight of each row, 0 or more. Only the ratios matter.
    X_val, y_val, sample_weight_val : collections, or rows on this machine, optional
        Rows to validate with after each epoch. Without them ``early_stopping=True``
        holds out rows in every partition.
    client : distributed.Client, optional
        By default the present one.
    n_learners : int, optional
        How many learners share the rows. By default one for each partition, at most 16
        and no more than leave each learner ten batches. 1 trains as
        ``estimator.fit`` does, on one worker.
    rounds_per_epoch : int or 'auto', default='auto'
        How often an epoch is averaged; 'auto' is 4 √(n_learners / 2), as 4 for 2 and 8
        for 8 learners, and fewer where a round would have less than ten steps.
    shuffle : bool or 'auto', default='auto'
        Whether rows are dealt out to the learners at random, once, over the network.
        'auto' does it where the classes that learners would have are unlike, as in rows
        that are sorted by class, and where there are fewer partitions than learners.

    Returns
    -------
    estimator : object
        The same, fitted. It needs no cluster any more: it pickles, predicts, converts
        and goes on with ``partial_fit`` as any other.

    Raises
    ------
    ValueError
        If parameters or data are wrong, before anything is trained. The error names
        every partition that cannot be used, and its first bad row. The estimator is
        then as it was before.
    TypeError
        If the estimator is no network of this package, or X or y no collection.
    RuntimeError
        If there is no worker within 30 seconds, workers have another version of this
        package, or the call stands in a task without `distributed.worker_client`.

    Warns
    -----
    UserWarning
        If futures were scattered, which nothing can compute again, or `X_val` seems
        not to be scaled as `X` is.
    ConvergenceWarning
        As in the estimator's own fit.

    Notes
    -----
    Everything is decided where `fit` is called, by the parts that judge a fit on one
    machine: stopping, divergence, validation, callbacks, ``verbose``. Ctrl-C ends
    training after the present round: the estimator then has the model of that round,
    and KeyboardInterrupt is raised. After a second Ctrl-C it is as it was before. In
    both cases nothing is left on the cluster.

    A learner's batch has ``batch_size / √n_learners`` rows, or fewer for ten steps a
    round; the learning rate is that of ``batch_size``.

    References
    ----------
    .. [1] Douillard, A. et al. (2023). DiLoCo: distributed low-communication training
       of language models. arXiv:2311.08105, algorithm 1.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from sklearn.datasets import load_digits
    >>> import sklearn_gd.dask
    >>> from sklearn_gd import GradientDescentMLPClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X, y = da.from_array(X, chunks=(450, 64)), da.from_array(y, chunks=450)
    >>> model = GradientDescentMLPClassifier(tol=None, max_iter=20, random_state=0)
    >>> with Client(processes=False, dashboard_address=None) as client:
    ...     model = sklearn_gd.dask.fit(model, X, y, n_learners=2)
    >>> sklearn_gd.dask.score(model, X, y).compute() > 0.98
    True
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
    ready = prepare(draft, cluster, given, given_val, rng)
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
    solver = model.solver
    usual = batch_rows(draft, solver, len(rows))
    plan = sharing.plan(len(rows), len(rows.parts), usual)
    n_learners, n_rounds, learner_rows = plan
    rate = models.begin_call(draft, solver, state, rows.ordinary)
    state.alpha = l2_strength(draft, rows.ordinary, state.samples + len(rows))
    recipe = Recipe(
        model.network,
        model.loss,
        state.alpha,
        solver,
        resolve_schedule(draft.learning_rate_schedule),
        rate,
        max_step(draft, solver),
        learner_rows,
        n_rounds,
        seed=int(state.generator().integers(2**62)),
        shuffle=draft.shuffle,
    )
    groups = shared_out(rows, n_learners, sharing.shuffle, recipe.seed, n_rounds == 1)
    learners = Learners(cluster, recipe, SimpleNamespace(n_jobs=draft.n_jobs), groups)
    return Rounds(
        model.objective(state.alpha, sample.table, MAX_ROWS, theta=state.theta),
        Batches(sample.X, sample.codes, sample.batch_weight, batch_size=MAX_ROWS),
        solver,
        recipe.schedule,
        state,
        learning_rate=rate,
        max_step=recipe.max_step,
        max_epochs=draft.max_iter,
        parts=parts,
        round_of=learners,
        n_rounds=n_rounds,
        gain=n_learners * learner_rows / usual,
    )
