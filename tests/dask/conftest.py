"""What the tests on clusters share: a cluster in this process, and a watchdog."""

import signal
import warnings

import pytest

# Seconds after which a test has hung.
PATIENCE = 240


@pytest.fixture(autouse=True)
def watchdog():
    """Turns a hang into a failure."""
    if not hasattr(signal, "SIGALRM"):  # not on Windows
        yield
        return

    def bark(signum, frame):
        raise AssertionError(f"this test has hung for {PATIENCE} seconds")

    usual = signal.signal(signal.SIGALRM, bark)
    signal.alarm(PATIENCE)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, usual)


@pytest.fixture(scope="package")
def client():
    """A client of two workers that are threads of this process."""
    import distributed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
        with distributed.Client(processes=False, **settings) as client:
            yield client
