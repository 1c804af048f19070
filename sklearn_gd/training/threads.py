"""How many BLAS threads training takes.

The number is decided from sizes alone, so that results do not depend on what else the
machine is doing. One thread is the rule: on a busy machine two threads that wait for
each other are several times slower than one (scikit-learn's default network: five
times), and on a quiet one they gain little.
"""

from __future__ import annotations

import os
import time
from functools import cache
from threading import get_ident

from joblib import effective_n_jobs
from threadpoolctl import ThreadpoolController

from ..core.quiet import surely

# Multiply-adds of one matrix product from which several threads pay even on a shared
# machine: about 30 ms of work for one thread.
WORTH_SHARING = 2**30

# The limits of all runs that go on, by run and the newest last; None is no limit. And
# the numbers from before the first limit, one for each library.
_active: dict = {}
_before: list | None = None
# {"thread": the one that may change the numbers}. A lock would have to be given back
# exactly once. This can be given back again, to be sure, and has no other holder after
# a fork. A signal handler that meets it in its own thread goes on within it.
_turn: dict = {}


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


def with_blas_threads(limit, function):
    """Returns ``function()``, called while BLAS has at most so many threads.

    The limit is one for the process. Where several runs go on at the same time, the
    newest limit holds, and the last to end gives back the number from before.

    Whatever is raised wherever, the number comes back: see `surely`. (A context manager
    could not do that: it is lost if Ctrl-C comes before its ``__exit__``.)

    Parameters
    ----------
    limit : int, or None for as many threads as there are
    function : callable without arguments
    """
    if limit is None or (not _active and is_limited(limit)):
        return function()  # nothing to set, and nothing to give back
    run = object(), _turn.get("thread") == get_ident()

    def limited():
        _begin(run, limit)
        return function()

    return surely(limited, lambda: _end(run))


def is_limited(limit):
    """Whether all libraries have so many threads."""
    return all(library.get_num_threads() == limit for library in _libraries())


def _begin(run, limit):
    global _before
    _take_turn()
    # In this order a signal handler that trains in between reads the same numbers.
    numbers = [library.get_num_threads() for library in _libraries()]
    _active[run] = limit
    if _before is None:
        _before = numbers
    _apply()
    _pass_on(run)


def _end(run):
    """Gives back what is not given back yet."""
    if run not in _active and _turn.get("thread") != get_ident():
        return
    _take_turn()
    try:
        if run in _active:
            _active[run] = None
        _apply()
        _active.pop(run, None)
    finally:
        _pass_on(run)


def _take_turn():
    """Waits until no other thread changes the numbers."""
    while _turn.setdefault("thread", get_ident()) != get_ident():
        time.sleep(1e-4)


def _pass_on(run):
    _, within_turn = run
    if not within_turn:  # else it is the turn of what a signal handler has interrupted
        _turn.pop("thread", None)


def _apply():
    """Sets the numbers to what the runs that go on want, or to those from before."""
    global _before
    before = _before  # a signal handler may change it
    if before is None:
        return
    limits = [limit for limit in list(_active.values()) if limit is not None]
    for library, number in zip(_libraries(), before, strict=True):
        _set_threads(library, limits[-1] if limits else number)
    if not limits:
        _before = None


def _set_threads(library, number):
    """Sets the number of threads of a library, whichever thread asks for it.

    Since threadpoolctl 3.8, OpenBLAS belongs to the first thread that has set its
    number, and does not hear any other for as long as that one lives. Here
    `with_blas_threads` decides between threads. And the lock that guards this has no
    place where signal handlers and forks may meet it.
    """
    if library.get_num_threads() != number:
        getattr(library, "_real_set_num_threads", library.set_num_threads)(number)


def _start_anew():
    """Gives back all limits in a forked child, where no other thread trains."""
    _turn.clear()
    _active.clear()
    _apply()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_start_anew)
_libraries()  # looked up now, and not when a signal handler may interrupt it
