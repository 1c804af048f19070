"""The same versions, machine type and number of threads give the same parameters."""

import hashlib
import os
import subprocess
import sys
import sysconfig
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from threadpoolctl import threadpool_limits

import sklearn_gd
from sklearn_gd import GradientDescentMLPClassifier

ROOT = Path(sklearn_gd.__file__).resolve().parent.parent
SETTINGS = [
    {},
    {"solver": "adam", "loss": "log_loss"},
    {"solver": "lbfgs"},
    {"dropout": 0.3, "early_stopping": True},
]


def new(**settings):
    return GradientDescentMLPClassifier(
        (20,), max_iter=5, tol=None, random_state=7, **settings
    )


def run(script, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_processes_agree_bit_for_bit(digits):
    """With string labels, whose hashes differ between processes."""
    script = f"""
    import hashlib
    from sklearn.datasets import load_digits
    from sklearn_gd import GradientDescentMLPClassifier
    X, y = load_digits(return_X_y=True)
    for settings in {SETTINGS!r}:
        model = GradientDescentMLPClassifier(
            (20,), max_iter=5, tol=None, random_state=7, **settings
        ).fit(X / 16.0, y.astype(str))
        print(hashlib.sha256(model.parameters_.tobytes()).hexdigest())
    """
    X, y = digits
    here = [new(**settings).fit(X, y.astype(str)) for settings in SETTINGS]
    wanted = [hashlib.sha256(m.parameters_.tobytes()).hexdigest() for m in here]
    for seed in ("1", "2"):
        assert run(script, PYTHONHASHSEED=seed).split() == wanted


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("dtype, atol", [("f8", 1e-10), ("f4", 1e-5)])
def test_one_and_two_blas_threads_agree(dtype, atol, solver, digits):
    X, y = digits
    settings = {"solver": solver, "learning_rate": 0.001}
    one, two = (
        new(**settings, n_jobs=n).fit(X.astype(dtype), y).parameters_ for n in (1, 2)
    )
    np.testing.assert_allclose(one, two, rtol=0, atol=atol)


def test_threads_set_from_outside_change_nothing(digits):
    """By default the number is decided from sizes alone."""
    results = []
    for limit in (1, 2):
        with threadpool_limits(limit):
            results.append(new().fit(*digits).parameters_)
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("random_state", [0, None])
def test_the_global_generator_is_not_touched(random_state, settings, digits):
    X, y = digits
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    model = new(**settings).set_params(random_state=random_state).fit(X, y)
    model.predict_proba(X)
    if settings.get("solver") != "lbfgs":
        model.partial_fit(X, y)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_without_a_seed_fits_differ(digits):
    one, two = (new().set_params(random_state=None).fit(*digits) for _ in range(2))
    assert (one.parameters_ != two.parameters_).any()


@pytest.mark.parametrize(
    "settings", [{}, {"solver": "adam"}, {"dropout": 0.3}], ids=str
)
def test_fit_equals_calls_of_partial_fit(settings, digits):
    X, y = digits
    whole = new(**settings).fit(X, y)
    stream = new(**settings)
    for _ in range(5):
        stream.partial_fit(X, y, classes=range(10))
    np.testing.assert_array_equal(stream.parameters_, whole.parameters_)


def test_the_layout_in_memory_changes_nothing(digits):
    X, y = digits
    wanted = new().fit(X, y).parameters_
    strided = np.repeat(X, 2, axis=1)[:, ::2]
    for same in (np.asfortranarray(X), strided, X.tolist()):
        np.testing.assert_array_equal(new().fit(same, y).parameters_, wanted)


# Threads of Python

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def together(functions):
    """Results of functions that run at the same time."""
    with ThreadPoolExecutor(len(functions)) as pool:
        return [done.result() for done in [pool.submit(f) for f in functions]]


@pytest.mark.parametrize("container", [np.asarray, csr_matrix])
def test_eight_threads_may_predict_at_once(container, digits):
    X, y = digits
    X = container(X)
    model = new().fit(X, y)
    wanted = model.predict_proba(X)

    def predict():
        return [model.predict_proba(X) for _ in range(20)]

    for results in together([predict] * 8):
        for result in results:
            np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_two_threads_may_fit_two_clones_at_once(settings, digits):
    X, y = digits
    models = [new(**settings).set_params(random_state=seed) for seed in range(2)]
    wanted = [clone(model).fit(X, y).parameters_ for model in models]
    for _ in range(3):
        twins = [clone(model) for model in models]
        together([lambda twin=twin: twin.fit(X, y) for twin in twins])
        for twin, theta in zip(twins, wanted, strict=True):
            np.testing.assert_array_equal(twin.parameters_, theta)


def test_streams_in_two_threads_do_not_disturb_each_other(digits):
    X, y = digits

    def stream(seed):
        model = new().set_params(random_state=seed)
        for start in range(0, 1500, 50):
            rows = slice(start, start + 50)
            model.partial_fit(X[rows], y[rows], classes=range(10))
        return model.parameters_

    wanted = [stream(0), stream(1)]
    found = together([lambda: stream(0), lambda: stream(1)])
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.skipif(
    not FREE_THREADED, reason="needs a free-threaded Python, such as python3.14t"
)
def test_without_the_gil_nothing_switches_it_on():
    """An extension module that is not ready for it would."""
    assert not sys._is_gil_enabled()
