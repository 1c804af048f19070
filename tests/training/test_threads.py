"""How many BLAS threads there are while a model trains, in whichever thread it does."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sklearn_gd.training.threads import _libraries, blas_threads, n_threads

pytestmark = pytest.mark.skipif(not _libraries(), reason="no BLAS that can be limited")


def numbers():
    return [library.get_num_threads() for library in _libraries()]


def numbers_within(limit):
    with blas_threads(limit):
        return numbers()


@pytest.fixture(autouse=True)
def leaves_all_as_it_was():
    before = numbers()
    yield
    assert numbers() == before


def test_the_limit_holds_within_and_ends_without():
    for limit in (1, 2, 3):
        assert numbers_within(limit) == [limit] * len(_libraries())


def test_none_changes_nothing():
    assert numbers_within(None) == numbers()


def test_the_limit_holds_in_every_thread():
    """threadpoolctl 3.8 lets only the thread that asked first set a number."""
    numbers_within(2)
    with ThreadPoolExecutor(1) as another:
        for limit in (3, 1):
            found = another.submit(numbers_within, limit).result()
            assert found == [limit] * len(_libraries())
    assert numbers_within(2) == [2] * len(_libraries())


def test_an_error_on_the_way_in_leaves_nothing_behind(monkeypatch):
    def fail(library, number):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("sklearn_gd.training.threads._set_threads", fail)
        with pytest.raises(KeyboardInterrupt):
            numbers_within(3)
    assert numbers_within(3) == [3] * len(_libraries())


def test_the_last_to_leave_restores_what_was_before():
    before, entered, leave = numbers(), threading.Event(), threading.Event()

    def other():
        with blas_threads(2):
            entered.set()
            leave.wait(10)
            return numbers()

    with ThreadPoolExecutor(1) as another:
        with blas_threads(3):
            found = another.submit(other)
            assert entered.wait(10)
        assert numbers() == [2] * len(_libraries())
        leave.set()
        assert found.result() == [2] * len(_libraries())
    assert numbers() == before


def test_sizes_decide_and_n_jobs_overrules():
    assert n_threads(None, 10**6) == 1
    assert n_threads(None, 2**30) is None
    assert n_threads(3, 10**6) == 3
    assert n_threads(-1, 1) >= 1
