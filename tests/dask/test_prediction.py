"""Lazy prediction: the estimator's own, with shapes, dtypes, names and index."""

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd import GradientDescentMLPClassifier

dask = pytest.importorskip("dask", reason="needs dask: sklearn_gd[dask]")
pytest.importorskip("distributed", reason="needs distributed: sklearn_gd[dask]")
import dask.array as da  # noqa: E402

import sklearn_gd.dask  # noqa: E402

# What other packages warn of is theirs.
pytestmark = pytest.mark.filterwarnings("ignore")
METHODS = ["predict", "predict_proba", "decision_function"]


@pytest.fixture(scope="module", params=["ten classes", "two", "labels"])
def fitted(request, digits):
    X, y = digits
    targets = {
        "ten classes": np.array([f"digit {d}" for d in y]),
        "two": y > 4,
        "labels": (X[:, [20, 30, 40]] > 0.5).astype(int),
    }
    y = targets[request.param]
    model = GradientDescentMLPClassifier(8, max_iter=5, tol=None, random_state=0)
    return model.fit(X, y), X, y


def same(ours, theirs):
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    if ours.dtype.kind == "f":  # products of other numbers of rows round otherwise
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    else:
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", ["dense", "csr", "columns", "unknown"])
def test_arrays(fitted, method, form):
    model, X, _ = fitted
    far = da.from_array(X, chunks=((0, 700, 1097), (64,)))
    far = {
        "dense": far,
        "csr": far.map_blocks(sp.csr_matrix),
        "columns": far.rechunk((700, 30)),
        "unknown": far[far[:, 0] > -1],
    }[form]
    lazy = getattr(sklearn_gd.dask, method)(model, far)
    expected = getattr(model, method)(X)
    assert isinstance(lazy, da.Array) and lazy.ndim == expected.ndim
    assert lazy.dtype == expected.dtype
    if form == "dense":
        assert lazy.shape == expected.shape
    same(lazy.compute(scheduler="sync"), expected)


@pytest.mark.parametrize("method", METHODS)
def test_frames_keep_their_index(fitted, method):
    pandas = pytest.importorskip("pandas")
    dd = pytest.importorskip("dask.dataframe")
    model, X, _ = fitted
    frame = pandas.DataFrame(X, index=np.arange(len(X)) * 10)
    lazy = getattr(sklearn_gd.dask, method)(model, dd.from_pandas(frame, npartitions=3))
    found, expected = lazy.compute(scheduler="sync"), getattr(model, method)(X)
    assert found.index.tolist() == frame.index.tolist()
    if expected.ndim == 2:
        assert found.columns.tolist() == model.classes_.tolist()
        assert lazy.columns.tolist() == found.columns.tolist()
        same(found.to_numpy(), expected)
    else:
        assert np.array_equal(found.to_numpy(), expected) or np.allclose(
            found, expected
        )


@pytest.mark.parametrize("method", METHODS)
def test_lists_and_rows_on_this_machine(fitted, method):
    model, X, _ = fitted
    predict = getattr(sklearn_gd.dask, method)
    expected = getattr(model, method)(X)
    parts = predict(model, [dask.delayed(X[:900]), dask.delayed(X[900:])])
    found = np.concatenate([part.compute(scheduler="sync") for part in parts])
    same(found, expected)
    same(predict(model, X), expected)


def test_scores(fitted):
    model, X, y = fitted
    weights = np.linspace(0, 1, len(X))
    far = [da.from_array(a, chunks=(500, *a.shape[1:])) for a in (X, y, weights)]
    for given, here in [(far[:2], (X, y)), (far, (X, y, weights))]:
        lazy = sklearn_gd.dask.score(model, *given)
        expected = model.score(*here)
        assert lazy.compute(scheduler="sync") == pytest.approx(expected, rel=1e-12)


def test_the_model_is_in_the_graph_once(fitted):
    model, X, _ = fitted
    lazy = sklearn_gd.dask.predict(model, da.from_array(X, chunks=(100, 64)))
    graph = dict(lazy.__dask_graph__())
    holding = [key for key in graph if "GradientDescentMLPClassifier" in str(key)]
    assert len(holding) == 1


def test_an_estimator_that_is_not_fitted_is_refused():
    from sklearn.exceptions import NotFittedError

    X = da.zeros((4, 2))
    for predict in (sklearn_gd.dask.predict, sklearn_gd.dask.predict_proba):
        with pytest.raises(NotFittedError):
            predict(GradientDescentMLPClassifier(), X)
