"""Rows of any size: finite probabilities that agree with `predict`, or a ValueError."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.datasets import load_iris

from sklearn_gd import GradientDescentMLPClassifier

X, y = load_iris(return_X_y=True)
SIZES = [1e-300, 1e-50, 1.0, 1e150, 1e300]


def new(**settings):
    return GradientDescentMLPClassifier(8, max_iter=5, random_state=0, **settings)


def makes_sense(model, rows):
    p = model.predict_proba(rows)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(
        model.predict(rows), model.classes_.take(p.argmax(axis=1))
    )
    assert np.isfinite(model.predict_log_proba(rows)).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("learning_rate", ["auto", 0.1])
@pytest.mark.parametrize("trained_on", SIZES)
def test_probabilities_or_a_reason(trained_on, learning_rate, solver):
    """Trained on tiny rows, huge ones came to NaN, and argmax was not predict."""
    model = new(solver=solver, learning_rate=learning_rate).fit(X * trained_on, y)
    makes_sense(model, X * trained_on)
    for size in SIZES:
        try:
            makes_sense(model, X * size)
        except ValueError as error:
            assert size > trained_on
            assert "overflows: its values are too large" in str(error)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("container", [np.asarray, csr_matrix])
@pytest.mark.parametrize("axis", ["rows", "columns"])
@pytest.mark.parametrize("seed", range(8))
def test_every_row_and_every_column_of_another_size(seed, axis, container):
    rng = np.random.default_rng(seed)
    sizes = 10.0 ** rng.uniform(-300, 300, (150, 1) if axis == "rows" else 4)
    model = new().fit(container(X * sizes), y)
    assert np.isfinite(model.parameters_).all()
    try:
        makes_sense(model, container(X * sizes))
    except ValueError as error:
        assert "overflows: its values are too large" in str(error)


def test_the_row_that_overflows_is_named():
    rows = X * 1e-300
    model = new().fit(rows, y)
    rows = np.tile(rows, (20, 1))
    rows[2500] = 1e300
    for method in (model.predict, model.predict_proba, model.decision_function):
        with pytest.raises(ValueError, match="row 2500 of X overflows"):
            method(rows)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["binary", "softmax", "logistic"])
@pytest.mark.parametrize(
    "bias", [0.0, 5e-324, 1e-17, -1e-17, 1e-8, -1e-8, 1e-5, 40.0, 800.0, 1e30]
)
def test_predict_is_the_argmax_of_rounded_probabilities(bias, kind, dtype):
    """A raw prediction may differ where probabilities, which are rounded, do not."""
    n_outputs = 1 if kind == "binary" else 3
    raw = np.array([bias, 1.5 * bias, 0.0][-n_outputs:])
    raw[0] = bias
    theta = np.zeros(4 * n_outputs + n_outputs)
    theta[-n_outputs:] = raw
    link = "auto" if kind == "binary" else kind
    settings = {"learning_rate": 0.0, "init": theta, "output_activation": link}
    model = GradientDescentMLPClassifier((), max_iter=1, tol=None, **settings)
    rows = np.zeros((6, 4), dtype=dtype)
    model.fit(rows, np.arange(6) % max(n_outputs, 2))
    makes_sense(model, rows)
