"""Ctrl-C, with the real signal: training ends with the last whole step."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

import sklearn_gd
from sklearn_gd.core.training import Training

from .test_atomic import assert_unchanged, data, fitted, snapshot

__all__ = ["data"]  # a fixture that is used here too

PACKAGE = str(Path(sklearn_gd.__file__).parent)

PRELUDE = """
import os, signal, warnings
import numpy as np
from dataclasses import dataclass
from sklearn_gd import GradientDescentMLPClassifier as Classifier
from sklearn_gd.core.losses import SquaredError

rng = np.random.default_rng(0)
X, y = rng.standard_normal((400, 5)), rng.integers(0, 2, 400)
settings = dict(tol=None, batch_size=100, average=False, random_state=0)
settings |= dict(learning_rate=0.2)

@dataclass(frozen=True)
class Interrupting(SquaredError):
    '''Squared error that sends SIGINT when it is evaluated for the n-th time.'''
    at: int = 1
    times: int = 1

    def evaluate(self, *args):
        global count
        count += 1
        for _ in range(self.times * (count == self.at)):
            os.kill(os.getpid(), signal.SIGINT)
        super().evaluate(*args)

count = -6  # guessing, being right and the start, in four blocks, come first
"""


def run_script(script, **kwargs):
    environment = {**os.environ, "PYTHONPATH": str(Path(PACKAGE).parent)}
    return subprocess.Popen(
        [sys.executable, "-u", "-c", PRELUDE + textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **kwargs,
    )


def output(script):
    process = run_script(script)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out, err


needs_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="no SIGINT for a single process on Windows"
)


@needs_signals
def test_ctrl_c_ends_a_long_fit_with_a_true_model():
    script = """
    model = Classifier(max_iter=20_000, verbose=2, **settings)
    try:
        model.fit(X, y)
    except KeyboardInterrupt as interrupt:
        assert f"in epoch {model.n_iter_} of fit" in str(interrupt)
    assert model.stop_reason_ == "interrupted"
    print("kept", model.n_iter_, len(model.loss_curve_), model.t_, model.score(X, y))
    """
    process = run_script(script)
    for _ in range(20):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    last = out.splitlines()[-1].split()
    n_iter, n_costs, t = int(last[1]), int(last[2]), int(last[3])
    assert last[0] == "kept" and n_iter == n_costs >= 20
    assert 400 * (n_iter - 1) < t <= 400 * n_iter


@needs_signals
@pytest.mark.parametrize("at", [1, 2, 5, 11])
def test_ctrl_c_keeps_the_step_in_which_it_came(at):
    """Interrupted in step k, the model is bit for bit that of k whole steps."""
    out, _ = output(f"""
    from sklearn_gd.core.training import Training
    thetas, step = [], Training.step
    def record(self, *args):
        cost = step(self, *args)
        thetas.append(self.state.theta.copy())
        return cost
    Training.step = record
    Classifier(max_iter=5, loss=SquaredError(), **settings).fit(X, y)
    whole = list(thetas)
    model = Classifier(max_iter=5, loss=Interrupting(at={at}), **settings)
    try:
        model.fit(X, y)
    except KeyboardInterrupt:
        pass
    assert (model.parameters_ == whole[{at} - 1]).all()
    assert model.t_ == {at} * 100, model.t_
    assert model.n_iter_ == -(-{at} // 4), model.n_iter_
    print("as wanted")
    """)
    assert out == "as wanted\n"


@needs_signals
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_a_second_ctrl_c_is_raised_where_nothing_was_learned(solver):
    """The first lets the step end, the second does not."""
    out, _ = output(f"""
    model = Classifier(solver="{solver}", loss=Interrupting(at=1, times=2), **settings)
    try:
        model.fit(X, y)
    except KeyboardInterrupt:
        print("raised", hasattr(model, "coefs_"))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    """)
    assert out == "raised False\n"


@needs_signals
def test_ctrl_c_in_partial_fit_is_raised_and_leaves_the_model():
    out, _ = output("""
    model = Classifier(loss=Interrupting(at=9), **settings)
    model.partial_fit(X, y, classes=[0, 1])
    before = model.parameters_
    try:
        for _ in range(3):
            before = model.parameters_
            model.partial_fit(X, y)
    except KeyboardInterrupt:
        print("raised", (model.parameters_ == before).all())
    """)
    assert out == "raised True\n"


@needs_signals
def test_ctrl_c_ends_a_search_and_not_only_its_fit():
    """#2913: it ended the fit of the moment, and the search ranked what was left."""
    out, _ = output("""
    from sklearn.model_selection import GridSearchCV
    from sklearn.ensemble import BaggingClassifier
    base = Classifier(loss=Interrupting(at=30), max_iter=20, **settings)
    tried = 0
    search = GridSearchCV(base, {"alpha": [0.1, 0.2, 0.3]}, cv=3, n_jobs=1)
    ensemble = BaggingClassifier(base, n_estimators=3)
    for tool in (search, ensemble):
        count = -6
        try:
            tool.fit(X, y)
        except KeyboardInterrupt:
            tried += 1
    print("raised", tried)
    """)
    assert out == "raised 2\n"


@needs_signals
@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("tool", ["search", "ensemble"])
def test_ctrl_c_ends_what_has_several_jobs(backend, tool, tmp_path):
    """The terminal sends it to the workers, too. No fit would end by itself."""
    process = run_script(
        f"""
    import joblib, pathlib
    from sklearn.model_selection import GridSearchCV
    from sklearn.ensemble import BaggingClassifier
    class Telling(SquaredError):
        def evaluate(self, *args):
            pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch()
            super().evaluate(*args)
    base = Classifier(loss=Telling(), max_iter=10**9, **settings)
    search = GridSearchCV(base, {{"alpha": [0.1, 0.2]}}, cv=3, error_score=0.0)
    ensemble = BaggingClassifier(base, n_estimators=6, n_jobs=2)
    try:
        with joblib.parallel_backend({backend!r}, n_jobs=2):
            {tool}.fit(X, y)
    except KeyboardInterrupt:
        print("raised", hasattr({tool}, "best_estimator_"), flush=True)
    os._exit(0)
    """,
        start_new_session=True,
    )
    try:
        last = time.monotonic() + 50
        while not any(tmp_path.iterdir()) and time.monotonic() < last:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.readline() == "raised False\n"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_an_interrupt_without_a_handler_changes_nothing(data, monkeypatch):
    """Where no signal handler can be set, as in a thread, it is raised at once."""
    model = fitted(data)
    before = snapshot(model)
    steps, step = [], Training.step

    def interrupt(self, *args):
        if len(steps) == 3:
            raise KeyboardInterrupt
        steps.append(1)
        return step(self, *args)

    monkeypatch.setattr(Training, "step", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data)
    assert_unchanged(model, before)
