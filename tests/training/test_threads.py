"""How many BLAS threads there are while a model trains, and that they come back."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.training import threads
from sklearn_gd.training.threads import _libraries, n_threads, with_blas_threads

from ..injection import Injector

pytestmark = pytest.mark.skipif(not _libraries(), reason="no BLAS that can be limited")


WITHIN_TURN = {"_begin", "_end", "_take_turn", "_pass_on", "_apply", "_set_threads"}


def numbers():
    return [library.get_num_threads() for library in _libraries()]


def numbers_within(limit):
    return with_blas_threads(limit, numbers)


def all_are(number):
    return [number] * len(_libraries())


@pytest.fixture(autouse=True)
def leaves_all_as_it_was():
    before = numbers()
    yield
    assert numbers() == before
    assert not threads._active and not threads._turn and threads._before is None


def test_the_limit_holds_within_and_ends_without():
    for limit in (1, 2, 3):
        assert numbers_within(limit) == all_are(limit)


def test_none_changes_nothing():
    assert numbers_within(None) == numbers()


def test_the_limit_holds_in_every_thread():
    """threadpoolctl 3.8 lets only the thread that asked first set a number."""
    numbers_within(2)
    with ThreadPoolExecutor(1) as another:
        for limit in (3, 1):
            assert another.submit(numbers_within, limit).result() == all_are(limit)
    assert numbers_within(2) == all_are(2)


def test_a_library_that_fails_leaves_nothing_behind(monkeypatch):
    def fail(library, number):
        raise OSError("no such library")

    with monkeypatch.context() as patched:
        patched.setattr(threads, "_set_threads", fail)
        with pytest.raises(OSError, match="no such library"):
            numbers_within(3)
    with ThreadPoolExecutor(1) as another:  # it is not this thread's turn for ever
        assert another.submit(numbers_within, 3).result() == all_are(3)
    assert list(threads._active.values()) == [None]  # a run that wants nothing
    threads._active.clear()


def test_the_newest_limit_holds_and_the_last_to_end_gives_back():
    entered, leave = threading.Event(), threading.Event()

    def other():
        entered.set()
        leave.wait(10)
        return numbers()

    def run():
        found = another.submit(with_blas_threads, 2, other)
        assert entered.wait(10)
        assert numbers() == all_are(2)
        leave.set()
        assert found.result() == all_are(2)
        return numbers()

    with ThreadPoolExecutor(1) as another:
        assert with_blas_threads(3, run) == all_are(3)


def test_runs_within_runs():
    inner = []
    assert with_blas_threads(3, lambda: inner.append(numbers_within(2)) or numbers())
    assert inner == [all_are(2)]


# What is raised, wherever


@pytest.mark.parametrize("body", ["returns", "raises"])
@pytest.mark.parametrize("again", [None, 1, 2, 3, 5, 8, 13, 21, 34, 55])
def test_the_number_comes_back_whatever_is_raised(body, again):
    def run():
        if body == "raises":
            raise ValueError

    def call():
        with contextlib.suppress(ValueError):
            with_blas_threads(3, run)

    before = numbers()
    with Injector() as counter:
        call()
    for at in range(1, counter.events + 1):
        # An exception during one that is handled may be replaced by it.
        with contextlib.suppress(KeyboardInterrupt), Injector(at, again) as injector:
            call()
        assert injector.places
        told = f"raised at {injector.places}"
        assert numbers() == before, told
        assert not threads._active and not threads._turn, told
        assert threads._before is None, told


# A generator that was about to close is closed once more when it is let go of.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "CSR"])
@pytest.mark.parametrize("call", ["fit", "partial_fit", "predict", "cost_gradient"])
def test_nothing_outside_changes_whatever_is_raised(call, sparse, rng):
    """BLAS threads and NumPy's error state, after an exception anywhere."""
    X, y = rng.standard_normal((8, 3)), np.arange(8) % 2
    if sparse:
        X = pytest.importorskip("scipy.sparse").csr_array(X)
    settings = {"max_iter": 1, "tol": None, "random_state": 0}
    model = GradientDescentMLPClassifier((2,), **settings).fit(X, y)
    args = (X,) if call == "predict" else (X, y)
    state = numbers(), np.geterr()
    with Injector() as counter:
        getattr(model, call)(*args)
    # Odd, so that it falls in and out of step with loops.
    for at in range(1, counter.events + 1, counter.events // 250 | 1):
        for again in (None, 3, 40):
            with (
                contextlib.suppress(KeyboardInterrupt),
                Injector(at, again) as injector,
            ):
                getattr(model, call)(*args)
            assert (numbers(), np.geterr()) == state, f"raised at {injector.places}"
        assert not threads._active and not threads._turn


def test_a_signal_handler_may_train_wherever_it_interrupts():
    """The handler comes at every opcode of what sets and gives back the limit."""
    found = []

    class Handler(Injector):
        def due(self, frame, event):
            if event == self.kind and frame.f_code.co_name in WITHIN_TURN:
                self.events += 1
                if self.events in self.targets:
                    found.append(numbers_within(2))

    with Handler() as counter:
        numbers_within(3)
    for at in range(1, counter.events + 1):
        with Handler(at):
            assert numbers_within(3) == all_are(3), at
        assert found.pop() == all_are(2)


# Other processes

HEADER = """
import os, pickle, signal, sys, threading, time, warnings
import numpy as np, scipy.sparse as sp
from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.training import threads
warnings.simplefilter("ignore")
sys.setswitchinterval(1e-5)
rng = np.random.default_rng(0)
def numbers():
    return [library.get_num_threads() for library in threads._libraries()]
"""

HANDLER = """
width = 2**16
def chunk():
    columns, starts = rng.integers(width, size=400), np.arange(0, 401, 8)
    X = sp.csr_array((np.ones(400), columns, starts), shape=(50, width))
    return X, np.arange(50) % 2
def new():
    return GradientDescentMLPClassifier((16,), learning_rate=0.5, random_state=0)
model = new().partial_fit(*chunk(), classes=[0, 1])
before = numbers()
def stop(*_):
    copy = pickle.loads(pickle.dumps(model))
    assert np.isfinite(copy.parameters_).all()
    new().fit(*chunk())
    print("stored", flush=True)
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
row = np.zeros((1, width))
print("ready", flush=True)
while True:
    model.partial_fit(*chunk())
    model.predict(row)
"""

FORK = """
X, y = rng.standard_normal((300, 30)), np.arange(300) % 4
S, before, going = sp.csr_array(X), numbers(), True
def new(**settings):
    return GradientDescentMLPClassifier((20,), random_state=0, **settings)
def train():
    model = new().partial_fit(X, y, classes=range(4))
    while going:
        model.partial_fit(S, y)
        model.parameters_, model.cost_gradient(X[:20], y[:20])
        new(max_iter=1).fit(X[:50], y[:50])
thread = threading.Thread(target=train)
thread.start()
outcomes = []
for k in range(int(sys.argv[1])):
    time.sleep(0.0007 * (k % 7))
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            at_first = numbers() == before and not threads._active
            new(max_iter=1).fit(X[:50], y[:50])
            model = new().partial_fit(S[:50], y[:50], classes=range(4))
            model.partial_fit(S[:50], y[:50]).parameters_
            at_last = numbers() == before and not threads._active
            code = 0 if at_first and at_last else 3
        finally:
            os._exit(code)
    last = time.monotonic() + 30
    while time.monotonic() < last:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        time.sleep(0.002)
    else:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        status = "hung"
    outcomes.append(status)
going = False
thread.join()
print(outcomes)
assert numbers() == before
sys.exit(any(outcomes))
"""


def start(script, *args):
    # Of several threads, so that a limit of one is seen.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    return subprocess.Popen(
        [sys.executable, "-c", HEADER + script, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[2],
    )


# A process of its own each: on a busy machine, one takes 15 s until it is there.
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
@pytest.mark.parametrize("delay", [0.01, 0.047, 0.084, 0.121, 0.158])
def test_a_signal_handler_stores_the_model_and_trains(delay):
    """It comes in the middle of whatever the main thread is doing."""
    with start(HANDLER) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGTERM)
        try:
            told = process.communicate(timeout=40)[0]
        finally:
            process.kill()
        assert (process.returncode, told) == (0, "stored\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_children_forked_while_a_thread_trains_are_free():
    with start(FORK, "30") as process:
        try:
            told = process.communicate(timeout=55)[0]
        finally:
            process.kill()
    assert process.returncode == 0, told


def test_sizes_decide_and_n_jobs_overrules():
    assert n_threads(None, 10**6) == 1
    assert n_threads(None, 2**30) is None
    assert n_threads(3, 10**6) == 3
    assert n_threads(-1, 1) >= 1
