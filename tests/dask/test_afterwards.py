"""What `sklearn_gd.dask.fit` returns is an estimator like any other."""

import numpy as np
import pytest

from sklearn_gd import GradientDescentMLPClassifier

pytest.importorskip("dask", reason="needs dask: sklearn_gd[dask]")
pytest.importorskip("distributed", reason="needs distributed: sklearn_gd[dask]")
import dask.array as da

import sklearn_gd.dask

# What other packages warn of is theirs.
pytestmark = pytest.mark.filterwarnings("ignore")


def trained(X, y, n_learners, **settings):
    settings = {"max_iter": 8, "tol": None, "random_state": 0, **settings}
    model = GradientDescentMLPClassifier(16, **settings)
    rows = [da.from_array(a, chunks=(200, *a.shape[1:])) for a in (X, y)]
    return sklearn_gd.dask.fit(model, *rows, n_learners=n_learners)


def test_it_converts_to_onnx(client, digits):
    pytest.importorskip("skl2onnx", reason="needs skl2onnx: sklearn_gd[onnx]")
    runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime")
    from skl2onnx import to_onnx

    import sklearn_gd.onnx  # noqa: F401  (registers the conversion)

    X, y = digits
    X = X.astype(np.float32)
    model = trained(X, y, n_learners=3)
    options = {id(model): {"zipmap": False}}
    stored = to_onnx(model, X[:1], options=options).SerializeToString()
    session = runtime.InferenceSession(stored, providers=["CPUExecutionProvider"])
    labels, probabilities = session.run(None, {session.get_inputs()[0].name: X})
    np.testing.assert_array_equal(labels, model.predict(X))
    np.testing.assert_allclose(probabilities, model.predict_proba(X), atol=1e-5)


def test_averaging_brings_the_gain_that_it_brings_on_one_machine(client, digits):
    """At a high constant rate the iterate is noisy, and its average is not."""
    X, y = digits
    noisy = {"batch_size": 10, "alpha": 0.0}

    def cost(n_learners, average):
        models = [
            trained(
                X[::2], y[::2], n_learners, average=average, random_state=seed, **noisy
            )
            for seed in range(5)
        ]
        return np.mean([model.cost(X[1::2], y[1::2]) for model in models])

    alone, far = cost(1, True), cost(2, True)
    assert cost(1, False) > 1.1 * alone
    assert cost(2, False) > 1.1 * far
    assert far < 1.1 * alone
