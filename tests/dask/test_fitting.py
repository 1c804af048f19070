"""`sklearn_gd.dask.fit`: what it takes, what comes out, what it shares with `fit`."""

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GradientDescentMLPClassifier

dask = pytest.importorskip("dask", reason="needs dask: sklearn_gd[dask]")
pytest.importorskip("distributed", reason="needs distributed: sklearn_gd[dask]")
import dask.array as da  # noqa: E402
from distributed import worker_client  # noqa: E402

import sklearn_gd.dask  # noqa: E402

# What other packages warn of is theirs.
pytestmark = pytest.mark.filterwarnings("ignore")


def new(**settings):
    usual = {"max_iter": 8, "tol": None, "random_state": 0}
    return GradientDescentMLPClassifier(16, **{**usual, **settings})


def arrays(*arrays, rows=300):
    return [da.from_array(a, chunks=(rows, *a.shape[1:])) for a in arrays]


def fit(model, X, y, *args, **settings):
    return sklearn_gd.dask.fit(model, X, y, *args, **settings)


# One learner is fit


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"class_weight": "balanced", "solver": "adam"},
        {"class_weight": {3: 5.0}, "learning_rate_schedule": "cosine"},
        {"tol": 0.3, "max_iter": 30, "n_iter_no_change": 2},
        {"average": False, "dropout": 0.2},
    ],
    ids=str,
)
def test_one_learner_trains_as_fit_does(client, digits, settings):
    X, y = digits
    ours = fit(new(**settings), *arrays(X, y), n_learners=1)
    alone = new(**settings).fit(X, y)
    # The mean of the weights is summed in another order.
    assert_same_run(ours, alone, rtol=1e-9 if "class_weight" in settings else 0)


def test_one_learner_with_weights_and_a_validation_set(client, cancer):
    X, y = cancer
    weights = np.linspace(0.0, 2.0, len(y))
    local = {"X_val": X[:100], "y_val": y[:100], "sample_weight_val": weights[:100]}
    names = list(local)
    far = dict(zip(names, arrays(*local.values(), rows=40), strict=True))
    given = arrays(X, y, weights, rows=569)
    ours = fit(new(), *given, **far, n_learners=1)
    alone = new().fit(X, y, weights, **local)
    assert_same_run(ours, alone, rtol=1e-9)
    here = fit(new(), *given, **local, n_learners=1)
    np.testing.assert_allclose(
        here.validation_loss_curve_, alone.validation_loss_curve_, rtol=1e-12
    )


def test_one_learner_on_several_labels(client, digits):
    X, _ = digits
    Y = (X[:, [20, 30, 40]] > 0.5).astype(int)
    ours = fit(new(), *arrays(X, Y), n_learners=1)
    assert_same_run(ours, new().fit(X, Y), rtol=1e-9)


def assert_same_run(ours, alone, rtol=0):
    np.testing.assert_allclose(ours.parameters_, alone.parameters_, rtol, atol=rtol)
    np.testing.assert_array_equal(ours.classes_, alone.classes_)
    assert ours.t_ == alone.t_ and ours.n_iter_ == alone.n_iter_
    assert ours.stop_reason_ == alone.stop_reason_
    assert ours.best_epoch_ == alone.best_epoch_
    np.testing.assert_allclose(ours.loss_curve_, alone.loss_curve_, rtol=1e-9)
    if alone.validation_scores_ is not None:
        np.testing.assert_allclose(ours.validation_scores_, alone.validation_scores_)


# Several learners


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"solver": "adam"},
        {"dropout": 0.2},
        {"average": False},
        {"learning_rate_schedule": "adaptive"},
        {"class_weight": "balanced"},
        {"batch_size": "full", "learning_rate": 0.2},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", ["dense", "csr"])
def test_several_learners_learn(client, digits, settings, form):
    X, y = digits
    X_dask, y_dask = arrays(X, y)
    X_dask = X_dask.map_blocks(sp.csr_matrix) if form == "csr" else X_dask
    model = fit(new(max_iter=15, **settings), X_dask, y_dask, n_learners=3)
    assert model.score(X, y) > 0.93
    assert model.t_ == 15 * len(y)
    assert client.futures == {}


def test_rows_that_are_sorted_by_class_are_dealt_out(client, digits):
    X, y = digits
    order = np.argsort(y, kind="stable")
    score = {
        shuffle: fit(
            new(max_iter=15),
            *arrays(X[order], y[order]),
            n_learners=6,
            shuffle=shuffle,
        ).score(X, y)
        for shuffle in ("auto", False)
    }
    shuffled = fit(new(max_iter=15), *arrays(X, y), n_learners=6).score(X, y)
    assert abs(score["auto"] - shuffled) < 0.01
    assert score[False] < score["auto"]


def test_more_learners_than_partitions(client, digits):
    X, y = digits
    model = fit(new(max_iter=15), *arrays(X, y, rows=1000), n_learners=5)
    assert model.score(X, y) > 0.95 and model.t_ == 15 * len(y)


def test_weights_count_like_repeated_rows(client, digits):
    X, y = digits
    weights = np.where(y < 3, 0.0, 1.0)
    model = fit(new(), *arrays(X, y, weights), n_learners=3)
    assert set(model.predict(X)) == set(range(3, 10))


def test_a_common_factor_of_the_weights_does_not_count(client, digits):
    X, y = digits
    weights = np.random.default_rng(0).uniform(0.5, 2, len(y))
    models = [
        fit(new(), *arrays(X, y, weights * factor), n_learners=3)
        for factor in (1.0, 2.0**-1000, 2.0**1000)
    ]
    for model in models[1:]:
        np.testing.assert_array_equal(model.parameters_, models[0].parameters_)


def test_a_learner_whose_rows_weigh_nothing_does_not_count(client, digits):
    # Left out of the number of rows, it made the others' cost look worse than it was,
    # and the guard went back after each epoch.
    X, y = digits
    y = np.where(np.arange(len(y)) % 2, y, 9 - y)  # half of the labels are others
    weights = np.repeat([0.0, 1.0], [1200, len(y) - 1200])
    given = arrays(X, y, weights, rows=600)
    model = fit(new(max_iter=15), *given, n_learners=3, shuffle=False)
    alone = new(max_iter=15).fit(X, y, weights)
    assert model.learning_rate_ == alone.learning_rate_ == 0.2
    assert model.loss_ == pytest.approx(alone.loss_, rel=0.3)


# Partitions as they come


def test_an_empty_partition_and_one_without_some_class(client, digits):
    # Both end other packages' distributed training, or hang it.
    X, y = digits
    keep = np.r_[np.flatnonzero(y[:600] != 3), np.arange(600, len(y))]
    X, y = X[keep], y[keep]
    sizes = (0, 200, 0, len(y) - 200, 0)
    X_dask, y_dask = arrays(X, y)
    X_dask = X_dask.rechunk((sizes, 64))
    model = fit(new(max_iter=15), X_dask, y_dask, n_learners=2)
    assert model.score(X, y) > 0.95
    far = model.predict(X[y == 3])
    assert np.mean(far == 3) > 0.9


def test_sizes_of_chunks_may_be_unknown(client, digits):
    X, y = arrays(*digits)
    keep = y != 5
    model = fit(new(), X[keep], y[keep], n_learners=2)
    assert model.classes_.tolist() == [0, 1, 2, 3, 4, 6, 7, 8, 9]


def test_columns_in_chunks_are_joined(client, digits):
    X, y = arrays(*digits)
    whole = fit(new(), X, y, n_learners=2)
    pieces = fit(new(), X.rechunk((300, 10)), y.rechunk(100), n_learners=2)
    np.testing.assert_array_equal(whole.parameters_, pieces.parameters_)


def test_lists_of_tasks_and_of_futures(client, digits):
    X, y = arrays(*digits)
    whole = fit(new(), X, y, n_learners=2)
    tasks = [list(part.to_delayed().ravel()) for part in (X, y)]
    futures = [client.compute(part) for part in tasks]
    for given in (tasks, futures):
        model = fit(new(), *given, n_learners=2)
        np.testing.assert_array_equal(whole.parameters_, model.parameters_)


def test_frames_keep_the_names_of_their_columns(client, digits):
    pandas = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    X, y = digits
    frame = pandas.DataFrame(X, columns=[f"pixel {i}" for i in range(64)])
    frame["digit"] = [f"the digit {digit}" for digit in y]
    far = dd.from_pandas(frame, npartitions=5)
    model = fit(new(max_iter=15), far.drop(columns="digit"), far["digit"], n_learners=2)
    assert model.feature_names_in_.tolist() == frame.columns[:-1].tolist()
    assert model.classes_[0] == "the digit 0"
    assert model.score(frame.drop(columns="digit"), frame["digit"]) > 0.95
    with pytest.raises(ValueError, match="feature names"):
        renamed = far.rename(columns={"pixel 3": "pixel three"})
        again = model.set_params(warm_start=True)
        fit(again, renamed.drop(columns="digit"), renamed["digit"])


# What comes out


def test_a_plain_estimator_comes_out(client, digits):
    X, y = digits
    model = new()
    assert fit(model, *arrays(X, y), n_learners=2) is model
    back = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    before = model.parameters_
    model.partial_fit(X[:100], y[:100])
    assert model.t_ == 8 * len(y) + 100
    assert 0 < np.abs(model.parameters_ - before).max() < 1


def test_a_warm_start_goes_on(client, digits):
    X, y = digits
    model = fit(new(warm_start=True), *arrays(X, y), n_learners=2)
    first, seen = model.loss_, model.t_
    fit(model, *arrays(X, y), n_learners=2)
    assert model.t_ == 2 * seen and model.loss_curve_[0] < 2 * first
    model.fit(X, y)
    assert model.t_ == 3 * seen
    with pytest.raises(ValueError, match="not among the classes"):
        fit(model, *arrays(X, y + 1), n_learners=2)


# The judges


def test_rows_are_held_out_in_every_partition(client, digits):
    X, y = digits
    settings = {"early_stopping": True, "max_iter": 60, "tol": 0.05}
    settings["n_iter_no_change"] = 3
    models = [fit(new(**settings), *arrays(X, y), n_learners=3) for _ in range(2)]
    model = models[0]
    assert model.stop_reason_ == "converged" and model.n_iter_ < 60
    assert model.best_validation_score_ > 0.9
    assert (
        model.t_ % (len(y) - 6 * 30) <= 60 * 3
    )  # a tenth of each partition is missing
    np.testing.assert_array_equal(models[1].parameters_, model.parameters_)


def test_training_that_diverges_is_led_back(client, digits):
    X, y = digits
    wild = new(learning_rate=1e6, max_iter=30)
    with pytest.warns(ConvergenceWarning, match="diverged"):
        model = fit(wild, *arrays(X, y), n_learners=3)
    assert np.isfinite(model.parameters_).all()
    assert model.learning_rate_ < 1e6


def test_progress_is_told_here(client, digits, capsys):
    fit(new(verbose=2, max_iter=3), *arrays(*digits), n_learners=2)
    *lines, last = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        f"epoch {i}/3" for i in (1, 2, 3)
    ]
    assert last == "ended after epoch 3: all epochs done"


def test_callbacks_are_told_here(client, digits):
    callback = pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")
    seen = []

    class Stopper(callback.FitCallback if hasattr(callback, "FitCallback") else object):
        def setup(self, estimator, context):
            pass

        def teardown(self, estimator, context):
            pass

        def on_fit_task_begin(self, estimator, context, **told):
            pass

        def on_fit_task_end(self, estimator, context, **told):
            seen.append(context.task_name)
            return len(seen) == 3

    model = new().set_callbacks(Stopper())
    fit(model, *arrays(*digits), n_learners=2)
    assert model.stop_reason_ == "callback" and model.n_iter_ == 3
    assert seen == ["epoch"] * 3 + ["fit"]


def test_the_path_is_recorded_by_rounds(client, digits):
    model = new(max_iter=3)
    with sklearn_gd.record_path(model) as path:
        fit(model, *arrays(*digits), n_learners=2)
    assert len(path) == 4
    np.testing.assert_array_equal(path[-1], model.parameters_)


# Refused


def refused(error, match, model, *given, **settings):
    before = dict(vars(model))
    with pytest.raises(error, match=match):
        fit(model, *given, **settings)
    assert vars(model) == before


def test_all_bad_partitions_are_named_with_their_first_bad_row(client, digits):
    X, y = digits
    X = X.copy()
    X[[710, 705], 3] = np.nan
    X[1500, 0] = np.inf
    refused(
        ValueError,
        r"(?s)partition 2, row 105: .*NaN.*partition 5, row 0: .*infinity",
        new(),
        *arrays(X, y),
    )
    sparse = arrays(X, y)[0].map_blocks(sp.csr_matrix)
    refused(ValueError, "partition 2, row 105", new(), sparse, *arrays(y))
    weights = np.ones(len(y))
    weights[310] = -1
    refused(
        ValueError,
        "(?s)nothing was trained.*partition 1.*negative",
        new(),
        *arrays(*digits, weights),
    )
    labels = np.array([None if i == 901 else str(d) for i, d in enumerate(y)], object)
    refused(ValueError, "partition 3, row 1: ", new(), *arrays(digits[0], labels))


def test_parts_that_do_not_fit_are_named(client, digits):
    X, y = digits
    X_dask, y_dask = arrays(X, y)
    refused(ValueError, "y has 5 partitions, but X has 6", new(), X_dask, y_dask[:1500])
    parts = list(X_dask.to_delayed().ravel())
    labels = list(y_dask.to_delayed().ravel())
    labels[1] = dask.delayed(y[:7])
    refused(ValueError, "partition 1, .*inconsistent", new(), parts, labels)
    labels[1] = dask.delayed(np.array(["a"] * 300))
    refused(ValueError, "partition 1, it has labels of <U1", new(), parts, labels)
    narrow = [parts[0], dask.delayed(X[300:600, :5]), *parts[2:]]
    refused(
        ValueError,
        "partition 1, it has 5 columns and not 64",
        new(),
        narrow,
        list(y_dask.to_delayed().ravel()),
    )


@pytest.mark.parametrize(
    "settings, match",
    [
        ({"n_learners": 0}, "n_learners=0"),
        ({"n_learners": 2.5}, r"n_learners=2\.5"),
        ({"rounds_per_epoch": "often"}, "rounds_per_epoch='often'"),
        ({"shuffle": "yes"}, "shuffle='yes'"),
    ],
)
def test_settings_are_checked(client, digits, settings, match):
    refused(ValueError, match, new(), *arrays(*digits), **settings)


def test_what_cannot_be_trained_here_is_refused(client, digits):
    X, y = arrays(*digits)
    refused(
        ValueError, "'lbfgs' needs all rows in one place", new(solver="lbfgs"), X, y
    )
    refused(TypeError, "X is a ndarray, but must be a Dask Array", new(), *digits)
    refused(ValueError, "X_val", new(), X, y, X_val=X)
    refused(ValueError, "X is an empty list", new(), [], [])
    refused(ValueError, "X has no rows", new(), X[:0], y[:0])
    refused(ValueError, "sample_weight is zero", new(), X, y, y * 0)
    refused(ValueError, "Unknown label type", new(), X, X[:, 20] / 3)
    several = (X[:, :3] > 0).astype(int)
    balanced = new(class_weight="balanced")
    refused(ValueError, "one class a row", balanced, X, several)
    refused(ValueError, "unlike X|features", new(), X, y, X_val=X[:, :9], y_val=y)
    from sklearn.pipeline import make_pipeline

    with pytest.raises(TypeError, match="apply the steps before the network"):
        fit(make_pipeline(new()), X, y)
    columns = X.rechunk((300, 32))
    unknown = columns[:, columns[0] >= 0]
    refused(ValueError, "cannot be joined", new(), unknown, y)


def test_scattered_futures_have_no_source(client, digits):
    X, y = digits
    futures = [client.scatter([part[:900], part[900:]]) for part in (X, y)]
    with pytest.warns(UserWarning, match="were scattered"):
        fit(new(), *futures)
    tasks = [client.submit(np.copy, X[:900]), client.submit(np.copy, X[900:])]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fit(new(), tasks, [client.submit(np.copy, p) for p in (y[:900], y[900:])])


def test_a_call_in_a_task_gives_its_thread_back_first(client, digits):
    given = arrays(*digits)

    def inside(model):
        return fit(model, *given, n_learners=2)

    def politely(model):
        with worker_client() as own:
            return fit(model, *given, n_learners=2, client=own)

    with pytest.raises(RuntimeError, match="worker_client"):
        client.submit(inside, new(), pure=False).result()
    model = client.submit(politely, new(), pure=False).result()
    np.testing.assert_array_equal(model.parameters_, inside(new()).parameters_)


def test_without_a_client_there_is_a_word(digits, monkeypatch):
    from distributed import Client

    def nobody():
        raise ValueError("No clients found")

    monkeypatch.setattr(Client, "current", nobody)
    refused(ValueError, "there is no Dask client", new(), *arrays(*digits))


def test_a_cluster_without_workers_is_refused_after_some_time(digits, monkeypatch):
    from distributed import Client

    monkeypatch.setattr("sklearn_gd.dask.cluster.PATIENCE", 0.2)
    settings = {"n_workers": 0, "dashboard_address": None}
    with Client(processes=False, set_as_default=False, **settings) as empty:
        match = r"has no worker after 0\.2 seconds: start some"
        refused(RuntimeError, match, new(), *arrays(*digits), client=empty)


def test_other_versions_on_the_workers_are_refused(client, digits, monkeypatch):
    monkeypatch.setattr("sklearn_gd.dask.cluster.__version__", "99.0.0")
    refused(RuntimeError, r"need sklearn_gd 99\.0\.0", new(), *arrays(*digits))


def test_small_files_are_not_read_together(client, digits, tmp_path):
    # Optimized, Dask would read more files at once for y than for X.
    pandas = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    pytest.importorskip("pyarrow")
    X, y = digits
    frame = pandas.DataFrame(X, columns=[f"pixel {i}" for i in range(64)])
    frame["digit"] = y
    for part in range(4):
        frame.iloc[part::4].to_parquet(tmp_path / f"{part}.parquet")
    rows = dd.read_parquet(tmp_path)
    model = fit(new(max_iter=15), rows.drop(columns="digit"), rows["digit"])
    assert model.t_ == 15 * len(y)
    lazy = sklearn_gd.dask.score(model, rows.drop(columns="digit"), rows["digit"])
    assert lazy.compute() == model.score(frame.drop(columns="digit"), y) > 0.95


# How rows are shared out


@pytest.mark.parametrize(
    "n_learners, rounds, rows",
    # 60,000 rows in batches of 200: 300 √(1 / G) steps of a learner in an epoch.
    [(1, 1, 200), (2, 4, 141), (4, 6, 100), (8, 8, 71), (16, 7, 50), (32, 5, 35)],
)
def test_rounds_and_batches_follow_from_the_number_of_learners(
    n_learners, rounds, rows
):
    sharing = sklearn_gd.dask.fitting.Sharing(n_learners, "auto", "auto")
    assert sharing.plan(60_000, 64, 200) == (n_learners, rounds, rows)
    told = sklearn_gd.dask.fitting.Sharing(n_learners, 1, "auto")
    assert told.plan(60_000, 64, 200) == (n_learners, 1, rows)
