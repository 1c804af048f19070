"""Generated cases: parameters × shapes × dtypes × containers × kinds of labels.

Hypothesis makes 100 examples of each kind, always the same ones. To look further::

    SKLEARN_GD_EXAMPLES=1000 pytest tests/test_generated.py

makes so many new ones. A case that fails is printed with a line that reproduces it.
"""

import os
import warnings

import numpy as np
import pytest
import scipy.sparse as sp

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402

from sklearn_gd import GradientDescentMLPClassifier  # noqa: E402
from sklearn_gd.core.activations import ACTIVATIONS  # noqa: E402
from sklearn_gd.core.losses import LOSSES  # noqa: E402
from sklearn_gd.core.schedules import SCHEDULES  # noqa: E402
from sklearn_gd.core.training import SOLVERS  # noqa: E402

EXAMPLES = os.environ.get("SKLEARN_GD_EXAMPLES")


def generated(share=1.0):
    """Settings for a test that gets this share of the examples."""
    return settings(
        max_examples=max(1, round(share * int(EXAMPLES or 100))),
        derandomize=EXAMPLES is None,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )


@st.composite
def parameters(draw):
    """Settings of an estimator, sensible and less sensible ones."""
    one_of = lambda names: st.sampled_from(sorted(names))  # noqa: E731
    sizes = draw(st.lists(st.integers(1, 8), max_size=3))
    activation = one_of(ACTIVATIONS)
    many = st.lists(activation, min_size=len(sizes), max_size=len(sizes))
    rate = st.floats(-4, 4).map(lambda exponent: 10.0**exponent)
    return {
        "hidden_layer_sizes": draw(st.sampled_from([tuple, list, np.array]))(sizes)
        if sizes
        else (),
        "activation": draw(st.one_of(activation, many)),
        "output_activation": draw(st.sampled_from(["auto", "logistic"])),
        "loss": draw(one_of(LOSSES)),
        "solver": draw(one_of(SOLVERS)),
        "learning_rate": draw(st.one_of(st.just("auto"), rate)),
        "learning_rate_schedule": draw(one_of(SCHEDULES)),
        "batch_size": draw(st.sampled_from(["auto", "full", 1, 3, 1000])),
        "momentum": draw(st.sampled_from([0, 0.5, 0.9, 0.999])),
        "nesterovs_momentum": draw(st.booleans()),
        "alpha": draw(st.sampled_from([0, 1e-4, 0.1, 10])),
        "dropout": draw(st.sampled_from([0.0, 0.0, 0.3, 0.9])),
        "max_iter": draw(st.integers(1, 6)),
        "tol": draw(st.sampled_from([None, 0, 1e-4, 0.5])),
        "n_iter_no_change": draw(st.integers(1, 3)),
        "early_stopping": draw(st.booleans()),
        "shuffle": draw(st.booleans()),
        "class_weight": draw(st.sampled_from([None, None, "balanced"])),
        "random_state": draw(st.integers(0, 2**32 - 1)),
    }


def labels(kind, numbers):
    """Labels of a kind for class numbers."""
    names = {
        "int": np.array([-7, 0, 3, 10**12]),
        "uint8": np.array([5, 6, 200, 255], dtype=np.uint8),
        "str": np.array(["", "ä", "label", "zzz"]),
        "object": np.array(["", "ä", "label", "zzz"], dtype=object),
        "float": np.array([-1.0, 0.0, 2.0, 5.0]),
        "bool": np.array([False, True, False, True]),
    }
    return names[kind][numbers]


@st.composite
def data_sets(draw):
    """X in some container and dtype, y of some type, and perhaps weights."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_rows, n_features = draw(st.integers(2, 30)), draw(st.integers(1, 6))
    scale = draw(st.sampled_from([0.0, 1e-6, 1.0, 1.0, 1e3, 1e12]))
    dtype = draw(st.sampled_from(["f8", "f8", "f4", "f2", "u1", "i2", "i4", "i8", "?"]))
    X = rng.standard_normal((n_rows, n_features)) * scale
    limit = {"f": 1e4 if dtype == "f2" else 1e30, "u": 255, "i": 3e4, "?": 1}[dtype[0]]
    X = np.clip(X, 0 if dtype[0] in "u?" else -limit, limit).astype(dtype)
    container = draw(st.sampled_from(["C", "F", "list", "csr", "csc", "coo", "frame"]))
    X = contained(X, container)
    kind = draw(
        st.sampled_from(["int", "uint8", "str", "object", "float", "bool", "labels"])
    )
    if kind == "labels":
        y = rng.integers(0, 2, (n_rows, draw(st.integers(2, 3))))
    else:
        y = labels(kind, rng.integers(0, draw(st.integers(1, 4)), n_rows))
        y = y.tolist() if draw(st.booleans()) else y
    weights = draw(st.sampled_from([None, None, "random", "zeros"]))
    if weights is not None:
        zeros = weights == "zeros"
        weights = rng.random(n_rows) * (rng.random(n_rows) > 0.7 if zeros else 1)
    return X, y, weights


def contained(X, container):
    if container == "list":
        return X.tolist()
    if container in ("csr", "csc", "coo"):
        X = X.astype("f4") if X.dtype == np.float16 else X
        return sp.coo_matrix(X).asformat(container)
    if container == "frame":
        pandas = pytest.importorskip("pandas")
        return pandas.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    return np.array(X, order=container)


def quietly(function, *args, **kwargs):
    """Calls with every warning an error but that training could go better."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        return function(*args, **kwargs)


# The reasons that fit may give for not training.
REASONS = (
    "sample_weight is zero",
    "can hold out none of the",
    "has several labels a row",
    "several labels",
    "activation names",
    "does not fit",
    "Unknown label type",
    "too few",
    "class_weight",
)


def start_cost(model, X, y, weights):
    """Cost of the class frequencies with the weights that training starts from."""
    start = GradientDescentMLPClassifier(**model.get_params())
    start.set_params(max_iter=1, learning_rate=0, tol=None, early_stopping=False)
    if start.solver == "lbfgs":
        start.set_params(solver="sgd")
    quietly(start.fit, X, y, weights)
    return start.cost(X, y, sample_weight=weights)


@generated()
@given(parameters(), data_sets())
def test_fit_gives_a_reason_or_a_sound_model(settings, data):
    X, y, weights = data
    model = GradientDescentMLPClassifier(**settings)
    try:
        quietly(model.fit, X, y, weights)
    except ValueError as error:
        assert any(reason in str(error) for reason in REASONS), error
        assert not hasattr(model, "coefs_")
        return
    assert np.isfinite(model.parameters_).all()
    assert np.isfinite(model.loss_curve_).all()
    p, log_p = model.predict_proba(X), model.predict_log_proba(X)
    assert ((p >= 0) & (p <= 1)).all()
    assert np.isfinite(log_p).all()
    predicted = model.predict(X)
    if p.ndim == 2 and np.ndim(y) == 1:
        np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=1e-5)
        assert set(predicted.tolist()) <= set(np.unique(np.asarray(y)).tolist())
    else:
        assert set(np.unique(predicted)) <= {0, 1}
    if not (settings["early_stopping"] or settings["class_weight"]):
        start = start_cost(model, X, y, weights)
        assert model.cost(X, y, sample_weight=weights) <= start * 1.001 + 1e-6


@generated(0.5)
@given(parameters(), data_sets(), st.integers(1, 4))
def test_a_stream_gives_a_reason_or_a_sound_model(settings, data, n_chunks):
    X, y, weights = data
    if settings["solver"] == "lbfgs":
        settings["solver"] = "sgd"
    model = GradientDescentMLPClassifier(**settings)
    classes = None if np.ndim(y) == 2 else np.unique(np.asarray(y))
    try:
        for _ in range(n_chunks):
            quietly(model.partial_fit, X, y, classes, weights)
    except ValueError as error:
        assert any(reason in str(error) for reason in REASONS), error
        return
    assert np.isfinite(model.parameters_).all()
    assert np.isfinite(model.predict_log_proba(X)).all()
