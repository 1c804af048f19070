"""How many BLAS threads training takes.

The number is decided from sizes alone, so that results do not depend on what else the
machine is doing. One thread is the rule: on a busy machine two threads that wait for
each other are several times slower than one (scikit-learn's default network: five
times), and on a quiet one they gain little.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import cache

from joblib import effective_n_jobs
from threadpoolctl import ThreadpoolController

# Multiply-adds of one matrix product from which several threads pay even on a shared
# machine: about 30 ms of work for one thread.
WORTH_SHARING = 2**30

_lock = threading.Lock()
_active = 0
_before = []


@cache
def _libraries():
    return ThreadpoolController().select(user_api="blas").lib_controllers


def n_threads(n_jobs, largest_product):
    """The number of BLAS threads to use, None for as many as BLAS has now.

    Parameters
    ----------
    n_jobs : int or None, as in the estimator
    largest_product : int, multiply-adds of the largest matrix product of a step
    """
    if n_jobs is not None:
        return effective_n_jobs(n_jobs)
    return None if largest_product >= WORTH_SHARING else 1


@contextmanager
def blas_threads(limit):
    """Limits BLAS to so many threads; the last to leave restores what was before.

    The limit is one for the process. Where several threads train at the same time, the
    newest limit holds, and none of them can leave another's limit behind.
    """
    global _active, _before
    with _lock:
        if _active == 0:
            _before = [library.get_num_threads() for library in _libraries()]
        _active += 1
    try:
        with _lock:
            for library in _libraries() if limit is not None else ():
                _set_threads(library, limit)
        yield
    finally:
        with _lock:
            _active -= 1
            if _active == 0:
                for library, number in zip(_libraries(), _before, strict=True):
                    _set_threads(library, number)


def _set_threads(library, number):
    """Sets the number of threads of a library, whichever thread asks for it.

    Since threadpoolctl 3.8, OpenBLAS belongs to the first thread that has set its
    number, and does not hear any other for as long as that one lives. Here
    `blas_threads` decides between threads, so nobody may keep it.
    """
    if library.get_num_threads() != number:
        release = getattr(library, "clear_controlling_thread", lambda force: None)
        release(force=True)
        library.set_num_threads(number)
        release(force=True)
