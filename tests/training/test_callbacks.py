"""scikit-learn's callbacks: tasks, what hooks are told, stopping, errors, workers."""

import importlib.util
import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier

HAS_CALLBACKS = importlib.util.find_spec("sklearn.callback") is not None
needs_callbacks = pytest.mark.skipif(
    not HAS_CALLBACKS, reason="needs scikit-learn 1.9 or newer"
)
SOLVERS = ("sgd", "adam", "lbfgs")


def classifier(**parameters):
    settings = {"hidden_layer_sizes": (8,), "max_iter": 5, "tol": None}
    return GradientDescentMLPClassifier(random_state=0, **(settings | parameters))


class Recorder:
    """Keeps what its hooks are called with; stops at one epoch, fails at one place."""

    def __init__(self, stop_at=None, fail_at=None):
        self.stop_at, self.fail_at = stop_at, fail_at
        self.calls = []

    def note(self, hook, estimator, context, **told):
        self.calls.append((hook, context.task_name, context.task_id, estimator, told))
        if self.fail_at == (hook, context.task_name):
            raise ZeroDivisionError(hook)

    def setup(self, estimator, context):
        self.note("setup", estimator, context)

    def teardown(self, estimator, context):
        self.note("teardown", estimator, context)

    def on_fit_task_begin(
        self,
        estimator,
        context,
        *,
        X=None,
        y=None,
        metadata=None,
        fitted_estimator=None,
    ):
        told = {"X": X, "y": y, "metadata": metadata, "fitted": fitted_estimator}
        self.note("begin", estimator, context, **told)

    def on_fit_task_end(
        self,
        estimator,
        context,
        *,
        X=None,
        y=None,
        metadata=None,
        fitted_estimator=None,
    ):
        told = {"X": X, "y": y, "metadata": metadata, "fitted": fitted_estimator}
        self.note("end", estimator, context, **told)
        return context.task_name == "epoch" and context.task_id == self.stop_at

    def told(self, hook, task):
        return [call[4] for call in self.calls if call[:2] == (hook, task)]

    @property
    def order(self):
        return [call[:2] for call in self.calls]


@needs_callbacks
@pytest.mark.parametrize("solver", SOLVERS)
def test_each_epoch_is_a_task_within_fit(wine, solver):
    recorder = Recorder()
    model = classifier(solver=solver).set_callbacks(recorder)
    assert model.fit(*wine) is model
    epoch = [("begin", "epoch"), ("end", "epoch")]
    assert recorder.order == [
        ("setup", "fit"),
        ("begin", "fit"),
        *epoch * model.n_iter_,
        ("end", "fit"),
        ("teardown", "fit"),
    ]
    assert model.n_iter_ == 5
    ids = [call[2] for call in recorder.calls if call[:2] == ("end", "epoch")]
    assert ids == list(range(5))
    assert all(call[3] is model for call in recorder.calls)


@needs_callbacks
def test_training_is_the_same_with_callbacks(wine):
    plain = classifier(dropout=0.2).fit(*wine)
    watched = classifier(dropout=0.2).set_callbacks(Recorder()).fit(*wine)
    np.testing.assert_array_equal(plain.parameters_, watched.parameters_)
    assert set(vars(watched)) - set(vars(plain)) == {"_skl_callbacks"}


@needs_callbacks
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_callback_can_stop_and_was_told_of_that_very_model(
    wine, solver, early_stopping
):
    parameters = {"solver": solver, "early_stopping": early_stopping, "max_iter": 9}
    whole = Recorder()
    classifier(**parameters).set_callbacks(whole).fit(*wine)
    for epoch in (0, 2):
        stopping = Recorder(stop_at=epoch)
        model = classifier(**parameters).set_callbacks(stopping).fit(*wine)
        assert model.n_iter_ == epoch + 1
        fitted = whole.told("end", "epoch")[epoch]["fitted"]
        np.testing.assert_array_equal(fitted.parameters_, model.parameters_)
        np.testing.assert_array_equal(fitted.predict(wine[0]), model.predict(wine[0]))
        for name in ("loss_curve_", "validation_scores_", "n_iter_", "t_"):
            assert getattr(fitted, name) == getattr(model, name)


@needs_callbacks
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_it_is_told_of_all_weights_where_steps_are_sparse(solver):
    X = sp.random_array((300, 2000), density=0.01, format="csr", random_state=0)
    y = np.asarray(X[:, :1000].sum(axis=1) > X[:, 1000:].sum(axis=1))
    parameters = {"solver": solver, "batch_size": 50}
    whole = Recorder()
    classifier(**parameters).set_callbacks(whole).fit(X, y)
    stopped = classifier(**parameters).set_callbacks(Recorder(stop_at=2)).fit(X, y)
    told = whole.told("end", "epoch")[2]
    assert told["X"] is X
    np.testing.assert_array_equal(told["fitted"].parameters_, stopped.parameters_)


@needs_callbacks
def test_stopping_gives_no_warning(wine):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier(tol=1e-4).set_callbacks(Recorder(stop_at=1)).fit(*wine)


@needs_callbacks
def test_fitted_estimators_are_copies_of_their_moment(wine):
    X, y = wine
    recorder = Recorder()
    model = classifier().set_callbacks(recorder).fit(X, y)
    fitted = [told["fitted"] for told in recorder.told("end", "epoch")]
    assert len({tuple(one.parameters_) for one in fitted}) == 5
    begun = [told["fitted"] for told in recorder.told("begin", "epoch")]
    for ended, next_begun in zip(fitted, begun[1:], strict=False):
        np.testing.assert_array_equal(ended.parameters_, next_begun.parameters_)
    np.testing.assert_array_equal(fitted[-1].parameters_, model.parameters_)
    frequencies = begun[0].predict_proba(X[:2])
    np.testing.assert_allclose(frequencies[0], frequencies[1], rtol=1e-12)
    (trained,) = recorder.told("end", "fit")
    before = fitted[-1].parameters_
    model.partial_fit(X, y)
    np.testing.assert_array_equal(before, fitted[-1].parameters_)
    np.testing.assert_array_equal(before, trained["fitted"].parameters_)
    fitted[0].set_callbacks().fit(X, y)  # and they are estimators like any other
    np.testing.assert_array_equal(before, fitted[0].parameters_)


@needs_callbacks
def test_announced_and_added_classes_are_there_from_the_first_epoch(wine):
    """With `classes` of rows that never come, and with more of them in a warm start."""
    X, y = wine
    recorder = Recorder()
    model = classifier(warm_start=True)
    model = model.set_callbacks(recorder).fit(X, y, classes=range(4))
    model.fit(X, y, classes=range(5))
    fitted = [told["fitted"] for told in recorder.told("end", "epoch")]
    shapes = [one.predict_proba(X[:2]).shape for one in fitted]
    assert shapes == [(2, 4)] * 5 + [(2, 5)] * 5
    np.testing.assert_array_equal(fitted[-1].classes_, range(5))


@needs_callbacks
def test_hooks_get_what_fit_was_given(wine):
    X, y = wine
    weights = np.linspace(1, 2, len(X))
    recorder = Recorder()
    classifier(class_weight="balanced").set_callbacks(recorder).fit(X, y, weights)
    for _, _, _, _, told in recorder.calls[1:-1]:
        assert told["X"] is X and told["y"] is y
        assert list(told["metadata"]) == ["sample_weight"]
        assert told["metadata"]["sample_weight"] is weights
    recorder = Recorder()
    classifier().set_callbacks(recorder).fit(X, y)
    assert recorder.told("end", "epoch")[0]["metadata"] == {}


@needs_callbacks
def test_epochs_are_told_of_the_rows_that_are_trained_on(wine):
    pd = pytest.importorskip("pandas", reason="needs pandas")
    X = pd.DataFrame(wine[0]).add_prefix("f")
    y = pd.Series(np.array(["a", "b", "c"])[wine[1]])
    weights = np.arange(len(X)) + 1.0
    recorder = Recorder()
    model = classifier(early_stopping=True).set_callbacks(recorder)
    model.fit(X, y, weights)
    told = recorder.told("end", "epoch")[0]
    assert len(told["X"]) == len(X) - round(0.1 * len(X))
    assert list(told["X"].columns) == list(X.columns)
    rows = told["X"].index
    assert (told["y"] == y.loc[rows]).all()
    np.testing.assert_array_equal(told["metadata"]["sample_weight"], weights[rows])
    told["fitted"].score(told["X"], told["y"])  # names fit: there is no warning
    assert recorder.told("end", "fit")[0]["X"] is X


@needs_callbacks
@pytest.mark.parametrize(
    "place",
    [
        ("setup", "fit"),
        ("begin", "fit"),
        ("begin", "epoch"),
        ("end", "epoch"),
        ("end", "fit"),
        ("teardown", "fit"),
    ],
)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("warm_start", [False, True])
def test_an_error_in_a_callback_leaves_everything_as_it_was(
    wine, place, solver, warm_start
):
    model = classifier(warm_start=warm_start, solver=solver).fit(*wine)
    failing = Recorder(fail_at=place)
    model.set_callbacks(failing)
    names, before = set(vars(model)), pickle.dumps(model.parameters_)
    curve = list(model.loss_curve_)
    with pytest.raises(ZeroDivisionError):
        model.fit(*wine)
    assert set(vars(model)) == names
    assert pickle.dumps(model.parameters_) == before and model.loss_curve_ == curve
    assert failing.order[-1][0] == "teardown"
    new = classifier(solver=solver).set_callbacks(Recorder(fail_at=place))
    with pytest.raises(ZeroDivisionError):
        new.fit(*wine)
    assert not hasattr(new, "classes_") and not hasattr(new, "coefs_")


@needs_callbacks
def test_bad_data_tears_down_and_leaves_everything_as_it_was(wine):
    recorder = Recorder()
    model = classifier().set_callbacks(recorder)
    names = set(vars(model))
    with pytest.raises(ValueError, match="NaN"):
        model.fit(np.full_like(wine[0], np.nan), wine[1])
    assert set(vars(model)) == names
    assert recorder.order[-1] == ("teardown", "fit")


@needs_callbacks
def test_partial_fit_tells_callbacks_nothing(wine):
    recorder = Recorder()
    model = classifier().set_callbacks(recorder)
    model.partial_fit(*wine, classes=np.unique(wine[1])).partial_fit(*wine)
    assert recorder.calls == []


@needs_callbacks
def test_callbacks_survive_clone_and_pickling(wine):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    model = classifier().set_callbacks(monitor)
    clone(model).fit(*wine)
    assert len(monitor.get_logs().data) == 6
    model.fit(*wine)
    restored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(restored.parameters_, model.parameters_)
    restored.fit(*wine)
    assert restored.n_iter_ == 5


@needs_callbacks
def test_scoring_monitor_sees_every_epoch(wine):
    from sklearn.callback import ScoringMonitor

    X, y = wine
    weights = np.linspace(0.5, 1.5, len(X))
    monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
    model = classifier().set_callbacks(monitor).fit(X, y, weights)
    rows = monitor.get_logs().data
    assert [row["task_name"] for row in rows] == ["fit"] + ["epoch"] * 5
    assert rows[-1]["accuracy"] == rows[0]["accuracy"] == model.score(X, y, weights)
    losses = [row["neg_log_loss"] for row in rows[1:]]
    assert losses == sorted(losses)


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_nothing_is_lost_in_a_search(wine, n_jobs):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="accuracy")
    model = classifier(max_iter=3).set_callbacks(monitor)
    grid = {"gradientdescentmlpclassifier__alpha": [0.0, 0.1]}
    pipeline = make_pipeline(StandardScaler(), model)
    search = GridSearchCV(pipeline, grid, cv=3, n_jobs=n_jobs).fit(*wine)
    rows = monitor.get_logs().data
    fits = 2 * 3 + 1
    assert sum(row["task_name"] == "epoch" for row in rows) == fits * 3
    assert len(rows) == fits * (3 + 1)
    assert len({row["task_id_path"] for row in rows}) == len(rows)
    assert search.best_score_ > 0.5


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress_bars_nest(wine, n_jobs, capsys):
    pytest.importorskip("rich", reason="needs rich")
    from sklearn.callback import ProgressBar

    model = make_pipeline(StandardScaler(), classifier(max_iter=3))
    grid = {"gradientdescentmlpclassifier__alpha": [0.0, 0.1]}
    search = GridSearchCV(model, grid, cv=2, n_jobs=n_jobs)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(*wine)
    shown = capsys.readouterr().out
    assert shown.count("GradientDescentMLPClassifier - fit") == 5
    assert "GridSearchCV - fit" in shown and "Pipeline - fit" in shown
    # No bar is left behind.
    assert shown.count("100%") == shown.count("━ ")


@needs_callbacks
def test_progress_bar_alone(wine, capsys):
    pytest.importorskip("rich", reason="needs rich")
    from sklearn.callback import ProgressBar

    classifier().set_callbacks(ProgressBar()).fit(*wine)
    shown = capsys.readouterr().out
    assert "GradientDescentMLPClassifier - fit" in shown and "100%" in shown


@pytest.mark.skipif(HAS_CALLBACKS, reason="is about scikit-learn below 1.9")
def test_older_scikit_learn_says_so_when_asked(wine):
    with pytest.raises(NotImplementedError, match=r"scikit-learn 1\.9 or newer"):
        classifier().set_callbacks(Recorder())
    classifier().fit(*wine)
