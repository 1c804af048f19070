"""All or nothing: whatever is raised in the middle, no model is left half-updated.

An exception is raised at every k-th line that the package executes, by a trace
function. That covers whatever can fail there, and Ctrl-C, which can come anywhere. With
SKLEARN_GD_INJECTIONS=0 in the environment it is raised at every single line.
"""

import contextlib
import copy
import os
import signal
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

import sklearn_gd
from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.training import Training

PACKAGE = str(Path(sklearn_gd.__file__).parent)
SETTINGS = {"hidden_layer_sizes": (4,), "batch_size": 16, "max_iter": 3, "tol": None}
# How many of the lines of each operation an exception is raised at; 0 means at all.
N_LINES = int(os.environ.get("SKLEARN_GD_INJECTIONS", "40"))

# What restores the signal handler and the threads, and what scikit-learn calls to see
# whether there is a partial_fit: no model is touched there.
SHIELDED = ("deferred_interrupt", "blas_threads", "_streams")


class Injector:
    """Raises an exception when the package is about to execute its n-th line."""

    def __init__(self, at=None, exception=KeyboardInterrupt):
        self.at, self.exception, self.lines = at, exception, 0

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_):
        sys.settrace(self._before)

    def _call(self, frame, event, argument):
        code = frame.f_code
        ours = code.co_filename.startswith(PACKAGE) and code.co_name not in SHIELDED
        return self._line if ours else None

    def _line(self, frame, event, argument):
        if event == "line":
            self.lines += 1
            if self.lines == self.at:
                place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                raise self.exception(f"injected at {place}")
        return self._line


@pytest.fixture
def data(rng):
    X = rng.standard_normal((30, 3))
    return X, rng.integers(0, 3, 30)


def new(**settings):
    return GradientDescentMLPClassifier(random_state=0, **{**SETTINGS, **settings})


def fitted(data, **settings):
    return new(**settings).fit(*data)


def streamed(data, **settings):
    return new(**settings).partial_fit(*data, classes=[0, 1, 2])


def snapshot(thing):
    """All that is stored of a model, in a form that can be compared."""
    if isinstance(thing, GradientDescentMLPClassifier):
        return snapshot(thing.__getstate__())
    if isinstance(thing, dict):
        return {name: snapshot(value) for name, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [snapshot(value) for value in thing]
    if isinstance(thing, np.ndarray):
        return thing.dtype.str, thing.shape, thing.tobytes()
    return thing


def assert_unchanged(model, before):
    unchanged = snapshot(model) == before
    assert unchanged  # with the two written out, the report would be endless


def whole_steps(operation, model):
    """The parameter vectors at the ends of all steps of an undisturbed operation."""
    seen = []

    def record(function):
        def wrapper(self, *args, **kwargs):
            result = function(self, *args, **kwargs)
            seen.append(self.state.theta.tobytes())
            return result

        return wrapper

    with pytest.MonkeyPatch.context() as patch:
        for name in ("step", "finish_epoch", "run"):
            patch.setattr(Training, name, record(getattr(Training, name)))
        operation(model)
    return {*seen, model.parameters_.tobytes()}


def check_coherent(model, data):
    """The fitted attributes tell of one and the same model."""
    assert model.n_iter_ == len(model.loss_curve_) >= 1
    assert model.loss_ == model.loss_curve_[-1]
    assert model.best_loss_ == min(model.loss_curve_)
    assert model.t_ > 0
    parts = [part.ravel() for part in (*model.coefs_, *model.intercepts_)]
    np.testing.assert_array_equal(np.concatenate(parts), model.parameters_)
    assert np.isfinite(model.parameters_).all()
    assert model.n_features_in_ == data[0].shape[1]
    assert set(model.predict(data[0])) <= set(model.classes_)


def cases():
    """(name, how the model comes about, what is then done with it)."""

    def fit(data):
        return lambda model: model.fit(*data)

    def stream(data):
        return lambda model: model.partial_fit(*data, classes=[0, 1, 2])

    for solver in ("sgd", "adam", "lbfgs"):
        yield f"first fit, {solver}", lambda _, s=solver: new(solver=s), fit
        yield f"fit again, {solver}", lambda d, s=solver: fitted(d, solver=s), fit
    warm = {"warm_start": True, "early_stopping": True, "validation_fraction": 0.3}
    yield "warm start", lambda data: fitted(data, **warm), fit
    yield "fit that diverges", lambda data: fitted(data, learning_rate=1e5), fit
    yield "first chunk", lambda data: new(), stream
    yield "chunk", lambda data: streamed(data), stream
    yield "chunk, adam", lambda data: streamed(data, solver="adam"), stream
    yield "chunk after fit", lambda data: fitted(data, momentum=0), stream

    def ruinous(data):
        huge = (data[0] * 1e200, data[1])
        return lambda model: model.partial_fit(*huge, classes=[0, 1, 2])

    yield "ruinous chunk", lambda data: streamed(data), ruinous


@pytest.mark.filterwarnings("ignore:A part of the stream:UserWarning")
@pytest.mark.parametrize("exception", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case[0])
def test_an_exception_anywhere_leaves_a_whole_model(case, exception, data):
    _, prepare, make = case
    operation = make(data)
    original = prepare(data)
    before = snapshot(original)
    allowed = whole_steps(operation, copy.deepcopy(original))
    with Injector() as counter:
        operation(copy.deepcopy(original))
    handler = signal.getsignal(signal.SIGINT)
    # Odd, so that it falls in and out of step with loops.
    stride = counter.lines // N_LINES | 1 if N_LINES else 1
    for at in range(1, counter.lines + 1, stride):
        model = copy.deepcopy(original)
        raised = None
        try:
            with Injector(at, exception):
                operation(model)
        except exception as error:
            raised = error
        message = f"line event {at} of {counter.lines}: {raised}"
        assert signal.getsignal(signal.SIGINT) is handler, message
        # Not compared in the assertion, whose report would take very long.
        unchanged = snapshot(model) == before
        if raised is not None and unchanged:
            continue
        assert hasattr(model, "coefs_"), message
        is_whole = model.parameters_.tobytes() in allowed
        assert is_whole, message
        check_coherent(model, data)
        operation(model)  # and it can go on
        check_coherent(model, data)


def test_what_is_raised_in_a_chunk_takes_nothing_with_it(data):
    """Attributes that tell of a chunk are those of the chunk that the model learned."""
    original = streamed(data)
    before = snapshot(original)
    X, y = data
    partial_fit = copy.deepcopy(original).partial_fit
    with Injector() as counter:
        partial_fit(X[:9], y[:9])
    done = snapshot(copy.deepcopy(original).partial_fit(X[:9], y[:9]))
    for at in range(1, counter.lines + 1):
        model = copy.deepcopy(original)
        partial_fit = model.partial_fit
        with contextlib.suppress(MemoryError), Injector(at, MemoryError):
            partial_fit(X[:9], y[:9])
        is_whole = snapshot(model) in (before, done)
        assert is_whole, f"line event {at} of {counter.lines}"


def bad_calls():
    X, y = np.ones((4, 3)), np.array([0, 1, 2, 0])
    nan = np.where(np.eye(4, 3) > 0, np.nan, 1.0)
    yield "other features", (np.ones((4, 2)), y), {}
    yield "NaN", (nan, y), {}
    yield "lengths", (X, y[:2]), {}
    yield "weights", (X, y), {"sample_weight": [1, 1, 1, -1]}
    yield "no weight shape", (X, y), {"sample_weight": [1, 1]}
    yield "text", (np.full((4, 3), "a"), y), {}
    yield "three dimensions", (np.ones((4, 3, 1)), y), {}
    yield "no rows", (X[:0], y[:0]), {}
    yield "continuous y", (X, y + 0.25), {}


@pytest.mark.parametrize("call", list(bad_calls()), ids=lambda call: call[0])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("start", [fitted, streamed, lambda data: new()])
def test_a_refused_call_changes_nothing(start, method, call, data):
    _, args, kwargs = call
    model = start(data)
    if method == "fit" and call[0] == "other features":
        pytest.skip("fit may learn other features")
    if not hasattr(model, "coefs_"):
        if call[0] == "other features":
            pytest.skip("nothing to differ from")
        kwargs = {**kwargs, "classes": [0, 1, 2]} if method != "fit" else kwargs
    before = snapshot(model)
    with pytest.raises((ValueError, TypeError)):
        getattr(model, method)(*args, **kwargs)
    assert_unchanged(model, before)


def test_unknown_labels_in_a_stream_change_nothing(data):
    model = streamed(data)
    before = snapshot(model)
    with pytest.raises(ValueError, match="not among the classes"):
        model.partial_fit(data[0], data[1] + 1)
    with pytest.raises(ValueError, match="not those of the first call"):
        model.partial_fit(*data, classes=[0, 1])
    assert_unchanged(model, before)


@pytest.mark.parametrize(
    "wrong",
    [{"alpha": -1}, {"activation": "sine"}, {"hidden_layer_sizes": (9, 9)}],
    ids=str,
)
def test_a_wrong_parameter_changes_nothing_but_itself(wrong, data):
    model = streamed(data)
    parameters, t = model.parameters_, model.t_
    with pytest.raises(ValueError):
        model.set_params(**wrong).partial_fit(*data)
    np.testing.assert_array_equal(model.parameters_, parameters)
    assert model.t_ == t
    model.set_params(**{name: new().get_params()[name] for name in wrong})
    assert model.partial_fit(*data).t_ == t + len(data[0])


# Ctrl-C, with the real signal

PRELUDE = """
import os, signal, warnings
import numpy as np
from dataclasses import dataclass
from sklearn_gd import GradientDescentMLPClassifier as Classifier
from sklearn_gd.core.losses import SquaredError

rng = np.random.default_rng(0)
X, y = rng.standard_normal((400, 5)), rng.integers(0, 2, 400)
settings = dict(tol=None, batch_size=100, random_state=0)

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

count = -1  # the baseline is evaluated first
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
    model = Classifier(max_iter=20_000, verbose=2, **settings).fit(X, y)
    print("kept", model.n_iter_, len(model.loss_curve_), model.t_, model.score(X, y))
    """
    process = run_script(script)
    for _ in range(20):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "ConvergenceWarning: Training was interrupted in epoch" in err
    last = out.splitlines()[-1].split()
    n_iter, n_costs, t = int(last[1]), int(last[2]), int(last[3])
    assert last[0] == "kept" and n_iter == n_costs >= 20
    assert 400 * (n_iter - 1) < t <= 400 * n_iter


@needs_signals
@pytest.mark.parametrize("at", [1, 2, 5, 11])
def test_ctrl_c_keeps_the_step_in_which_it_came(at):
    """Interrupted in step k, the model is bit for bit that of k whole steps."""
    out, err = output(f"""
    from sklearn_gd.core.training import Training
    thetas, step = [], Training.step
    def record(self, *args):
        cost = step(self, *args)
        thetas.append(self.state.theta.copy())
        return cost
    Training.step = record
    Classifier(max_iter=5, **settings).fit(X, y)
    whole = list(thetas)
    model = Classifier(max_iter=5, loss=Interrupting(at={at}), **settings).fit(X, y)
    assert (model.parameters_ == whole[{at} - 1]).all()
    assert model.t_ == {at} * 100, model.t_
    assert model.n_iter_ == -(-{at} // 4), model.n_iter_
    print("as wanted")
    """)
    assert out == "as wanted\n"
    assert "interrupted in epoch" in err


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


def test_an_interrupt_warns_and_keeps_what_was_learned(data):
    """Also where no signal handler can be set, as in a thread."""
    steps = []
    step = Training.step

    def interrupt(self, *args):
        if len(steps) == 3:
            raise KeyboardInterrupt
        steps.append(1)
        return step(self, *args)

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setattr(Training, "step", interrupt)
        warnings.simplefilter("error")
        warnings.simplefilter("default", ConvergenceWarning)
        with pytest.warns(ConvergenceWarning, match="interrupted in epoch"):
            model = fitted(data)
    check_coherent(model, data)
