"""A Dask cluster of this machine gives the models of a local run."""

import importlib.metadata
import warnings

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier

dask = pytest.importorskip("dask", reason="needs dask: sklearn_gd[dask]")
da = pytest.importorskip("dask.array", reason="needs dask: sklearn_gd[dask]")
distributed = pytest.importorskip(
    "distributed", reason="needs distributed: sklearn_gd[dask]"
)
# What other packages warn of is theirs.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def client():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        )
        with cluster, distributed.Client(cluster) as client:
            yield client


def new(**settings):
    return GradientDescentMLPClassifier(8, random_state=0, **settings)


def test_grid_search(client, wine):
    search = GridSearchCV(
        new(max_iter=5, tol=None), {"learning_rate": [0.01, 0.1]}, cv=3
    )
    local = search.fit(*wine)
    expected, scores = local.best_estimator_, local.cv_results_["mean_test_score"]
    best = local.best_params_
    with joblib.parallel_config("dask"):
        search.fit(*wine)
    assert search.best_params_ == best
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], scores)
    np.testing.assert_array_equal(
        search.best_estimator_.parameters_, expected.parameters_
    )


def test_incremental_over_a_dask_array(client, digits):
    wrappers = pytest.importorskip(
        "dask_ml.wrappers", reason="needs dask-ml: sklearn_gd[dask]"
    )
    X, y = digits
    local = new()
    for start in range(0, len(y), 500):
        rows = slice(start, start + 500)
        local.partial_fit(X[rows], y[rows], classes=range(10))
    incremental = wrappers.Incremental(new(), shuffle_blocks=False)
    incremental.fit(
        da.from_array(X, chunks=(500, 64)),
        da.from_array(y, chunks=500),
        classes=list(range(10)),
    )
    np.testing.assert_array_equal(incremental.estimator_.parameters_, local.parameters_)


@pytest.fixture
def hyperband():
    selection = pytest.importorskip(
        "dask_ml.model_selection", reason="needs dask-ml: sklearn_gd[dask]"
    )
    return selection.HyperbandSearchCV


def searched(search, X, y):
    """The search, fitted on blocks; skipped where dask-ml does not fit Dask."""
    try:
        return search.fit(*blocks(X, y), classes=list(range(10)))
    except RuntimeError as error:
        if "asynchronous Client in a synchronous context" not in str(error):
            raise
        pytest.skip(
            f"dask-ml {dask_ml_version()} with Dask {dask.__version__}: {error}"
        )


def dask_ml_version():
    return importlib.metadata.version("dask-ml")


def blocks(X, y):
    return da.from_array(X, chunks=(300, X.shape[1])), da.from_array(y, chunks=300)


def test_hyperband(client, hyperband, digits):
    X, y = digits
    rates = {"learning_rate": [1e-6, 0.01, 0.1], "batch_size": [20, 50]}
    search = hyperband(new(), rates, max_iter=9, random_state=0)
    searched(search, X, y)
    assert search.best_params_["learning_rate"] > 1e-6
    assert search.best_score_ > 0.7
    calls = search.cv_results_["partial_fit_calls"]
    assert max(calls) > min(calls)  # the worse ones were given up
    best = search.best_estimator_
    assert best.classes_.tolist() == list(range(10))
    assert np.mean(search.predict(blocks(X, y)[0]).compute() == y) > 0.7


class StreamingPipeline(Pipeline):
    """scikit-learn's has no `partial_fit`: each step learns from the part in turn."""

    def partial_fit(self, X, y, classes=None):
        for _, step in self.steps[:-1]:
            X = step.partial_fit(X).transform(X)
        self.steps[-1][1].partial_fit(X, y, classes=classes)
        return self


def test_a_network_behind_a_scaler_in_a_pipeline_with_partial_fit(
    client, hyperband, digits
):
    X, y = digits
    pipeline = StreamingPipeline([("scale", StandardScaler()), ("network", new())])
    rates = {"network__learning_rate": [1e-6, 0.1, 0.2]}
    search = hyperband(pipeline, rates, max_iter=9, random_state=0)
    searched(search, X, y)
    assert search.best_params_["network__learning_rate"] > 1e-6
    assert search.best_score_ > 0.7
    with pytest.raises(AttributeError, match="partial_fit"):
        plain = Pipeline(pipeline.steps)
        hyperband(plain, rates, max_iter=9).fit(*blocks(X, y), classes=range(10))


def test_models_of_two_workers_can_be_averaged(client, digits):
    X, y = digits
    start = new().partial_fit(X[:200], y[:200], classes=range(10))
    score = start.score(X, y)
    parts = [(X[200:1000], y[200:1000]), (X[1000:], y[1000:])]
    jobs = [client.submit(train, start, *part) for part in parts]
    vectors = client.gather(jobs)
    start.parameters_ = np.mean(vectors, axis=0)
    mean = (vectors[0] + vectors[1]) / 2
    np.testing.assert_allclose(start.parameters_, mean, rtol=1e-12)
    assert start.score(X, y) > score + 0.1
    with pytest.raises(ValueError, match="one value for each weight and bias"):
        start.parameters_ = vectors[0][:-1]


def train(model, X, y):
    """The parameters after a few epochs on a part of the data."""
    for _ in range(5):
        model.partial_fit(X, y)
    return model.parameters_
