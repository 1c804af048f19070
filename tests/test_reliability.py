"""A small version of examples/benchmarks/reliability.py: no learning rate breaks it."""

import importlib.util
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GradientDescentMLPClassifier

SCRIPT = Path(__file__).parent.parent / "examples" / "benchmarks" / "reliability.py"


@pytest.fixture(scope="module")
def reliability():
    if not SCRIPT.exists():
        pytest.skip(f"needs {SCRIPT.name} of the source distribution")
    spec = importlib.util.spec_from_file_location("reliability", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["reliability"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("data", ["wine", "cancer"])
def test_no_learning_rate_breaks_a_fit(data, scaled, solver, loss, reliability):
    row = reliability.Row("ours", data, scaled, solver, loss)
    for rate in reliability.rates_for(row, reliability.RATES[::4]):
        outcome = reliability.run(row, rate, seed=0)
        assert not reliability.faults(row, rate, outcome), rate


def test_the_script_prints_a_table_and_names_what_fails(reliability, capsys):
    args = ["--data", "wine", "--solver", "sgd", "--every", "16", "--show"]
    found = reliability.sweep(reliability.arguments([*args, "MLPClassifier"]))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| data | solver | loss | estimator | 0.0001 | 1e+04 |")
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1
    assert any("MLPClassifier: " in line for line in lines)
    named = [line for line in lines if line.startswith("- wine")]
    assert len(named) == sum(row.who == "MLPClassifier" for row, _, _ in found)


def test_the_idle_guard_of_the_price_list_does_nothing(reliability, digits):
    """Else its share of the time would be measured wrongly."""
    model = GradientDescentMLPClassifier(max_iter=3, learning_rate=1e6, random_state=0)
    with reliability.no_guard(), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        model.set_params(tol=None).fit(*digits)
    assert model._model.state.halvings == 0


# The guard in a stream


@pytest.fixture
def stream(digits):
    X, y = digits
    model = GradientDescentMLPClassifier((20,), learning_rate=0.2, random_state=0)
    for start in range(0, 1500, 50):
        rows = slice(start, start + 50)
        model.partial_fit(X[rows], y[rows], classes=range(10))
    return model


@pytest.mark.parametrize("factor", [1e8, 1e100, 1e300])
def test_a_ruinous_chunk_is_left_out(factor, stream, digits):
    X, y = digits
    before, score = stream.parameters_, stream.score(X, y)
    with pytest.warns(ConvergenceWarning, match="left out"):
        stream.partial_fit(X[:50] * factor, y[:50])
    np.testing.assert_array_equal(stream.parameters_, before)
    assert stream.score(X, y) == score


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("factor", [1e3, 1e100, 1e300])
def test_one_wild_chunk_does_little_harm(factor, solver, loss, digits):
    """Where it is not left out, as neurons that are saturated hardly learn from it."""
    X, y = digits
    model = GradientDescentMLPClassifier((20,), loss=loss, solver=solver)
    model.set_params(random_state=0, max_iter=5, tol=None).fit(X, y)
    score = model.score(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.partial_fit(X[:50] * factor, y[:50])
    assert model.score(X, y) > score - 0.1


def test_an_episode_of_ruinous_chunks_warns_once(stream, digits):
    X, y = digits
    with pytest.warns(ConvergenceWarning) as caught:
        for _ in range(5):
            stream.partial_fit(X[:50] * 1e300, y[:50])
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stream.partial_fit(X[:950], y[:950])
        stream.partial_fit(X[:50] * 1e300, y[:50])
        stream.partial_fit(X[:1000], y[:1000])  # so many good rows end the episode
    with pytest.warns(ConvergenceWarning) as caught:
        stream.partial_fit(X[:50] * 1e300, y[:50])
    assert len(caught) == 1


@pytest.mark.parametrize("rate", [1e-4, 1.0, 1e2, 1e4])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_no_learning_rate_ruins_a_stream(solver, rate, digits):
    X, y = digits
    model = GradientDescentMLPClassifier(
        (20,), solver=solver, learning_rate=rate, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        for _ in range(3):
            for start in range(0, 1500, 50):
                rows = slice(start, start + 50)
                model.partial_fit(X[rows], y[rows], classes=range(10))
    assert np.isfinite(model.parameters_).all()
    assert np.isfinite(model.predict_log_proba(X)).all()
