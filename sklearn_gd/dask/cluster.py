"""A Dask cluster as training sees it: tasks with names, all taken back."""

from __future__ import annotations

import asyncio
import pkgutil
import uuid
import weakref

from distributed import get_worker
from distributed.client import Client
from distributed.threadpoolexecutor import thread_state

from .. import __version__

# Seconds to wait for the first worker.
PATIENCE = 30


class Cluster:
    """What one call of `fit` does on a cluster.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client):
        self.client = client
        # Two calls at the same time must not meet in the name of a task.
        self.token = uuid.uuid4().hex
        self._futures = weakref.WeakSet()

    def submit(self, name, function, *args, key=()):
        """A future of ``function(*args)``, computed where most of the data are.

        No worker is asked for: tasks that were, and that become ready while there is no
        worker at all, wait for ever.

        Parameters
        ----------
        name : str, what the dashboard calls the task
        key : tuple of int, which tells tasks of the same name apart
        """
        key = (f"{name}-{self.token}", *key)
        future = self.client.submit(function, *args, key=key)
        self._futures.add(future)
        return future

    def task(self, name, function, *args, key=()):
        """The same to be computed with others in one graph, at one message's price.

        Arguments may be such tasks, futures, and parts of collections.
        """
        import dask

        key = (f"{name}-{self.token}", *key)
        return dask.delayed(function, pure=False)(*args, dask_key_name=key)

    def compute(self, tasks):
        """The futures of tasks, in their order."""
        futures = self.client.compute(tasks)
        self._futures.update(futures)
        return futures

    def gather(self, futures):
        """The results of futures, in their order."""
        return self.client.gather(futures)

    def lie_together(self, futures):
        """Whether all of these results are on the same worker."""
        held = self.client.who_has(futures)
        homes = [set(held.get(future.key, ())) for future in futures]
        return bool(set.intersection(*homes))

    def release(self):
        """Takes back all that is still to be done or kept."""
        # Not with cancel, at which the scheduler of Dask 2026.8 loses the client if a
        # task that nobody waits for depends on what is cancelled, as after a kill.
        for future in list(self._futures):
            future.release()
        self._futures.clear()
        if self.client.status == "running":
            self.client.sync(asyncio.sleep, 0)  # until it has noticed


def connect(client):
    """The cluster of a client, or of the present one, after a look at its workers.

    Raises
    ------
    ValueError, RuntimeError
        If there is no client or no worker, a task calls without `worker_client`, or a
        worker lacks this version of the package.
    """
    refuse_tasks()
    if client is None:
        try:
            client = Client.current()
        except ValueError as error:
            raise ValueError(
                "there is no Dask client: make one first, distributed.Client(...), or "
                "give it, fit(..., client=client)."
            ) from error
    if client.asynchronous:
        raise ValueError(
            "the client is asynchronous, but fit waits for results: call it from a "
            "thread with a client of its own, distributed.Client(address)."
        )
    wait_for_workers(client)
    check_versions(client)
    return Cluster(client)


def wait_for_workers(client):
    """Waits for the first worker, for some time.

    Raises
    ------
    RuntimeError
        If there is none.
    """
    if client.nthreads():
        return
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError as error:
        raise RuntimeError(
            f"the cluster of {client} has no worker after {PATIENCE} seconds: start "
            "some, for instance with cluster.scale(2)."
        ) from error


def refuse_tasks():
    """Refuses to wait in a worker's thread for tasks that may need that thread.

    Raises
    ------
    RuntimeError
        If this is a task that has not given back its thread.
    """
    try:
        get_worker()
    except ValueError:
        return
    if getattr(thread_state, "proceed", False):
        raise RuntimeError(
            "fit is called inside a task and would wait for tasks that need its "
            "thread. Give the thread back first: with distributed.worker_client() as "
            "client: sklearn_gd.dask.fit(..., client=client)."
        )


def check_versions(client):
    """Refuses workers with another version of this package, or without it.

    Raises
    ------
    RuntimeError
        With the address and the version of each.
    """
    wanted = "sklearn_gd:__version__"
    found = client.run(pkgutil.resolve_name, wanted, on_error="return")
    others = {
        worker: told
        for worker, told in found.items()
        # A worker that has just been lost tells nothing.
        if told != __version__ and not isinstance(told, OSError)
    }
    if others:
        told = "; ".join(f"{worker}: {what!r}" for worker, what in others.items())
        raise RuntimeError(
            f"the workers need sklearn_gd {__version__}, as it is here, but there is "
            f"another version, or none. {told}. Install it there."
        )
