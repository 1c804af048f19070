"""The same bits whoever computes, and a cluster that is left as it was."""

import os
import random
import signal
import threading
import time
import warnings

import numpy as np
import pytest

from sklearn_gd import GradientDescentMLPClassifier

distributed = pytest.importorskip(
    "distributed", reason="needs distributed: sklearn_gd[dask]"
)
import dask  # noqa: E402
import dask.array as da  # noqa: E402

import sklearn_gd.dask  # noqa: E402

# What other packages warn of is theirs.
pytestmark = pytest.mark.filterwarnings("ignore")


def new(**settings):
    usual = {"max_iter": 8, "tol": None, "random_state": 0}
    return GradientDescentMLPClassifier(16, **{**usual, **settings})


def fit(model, data, **settings):
    X, y = (da.from_array(a, chunks=(300, *a.shape[1:])) for a in data)
    return sklearn_gd.dask.fit(model, X, y, **{"n_learners": 4, **settings})


@pytest.fixture(scope="module")
def expected(client, digits):
    """What four learners come to."""
    return fit(new(), digits).parameters_


def tasks_of(client):
    return client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks))


def is_down_to(most, client):
    """Whether at most so many tasks are left, after a moment for the news to arrive."""
    for _ in range(100):
        if len(tasks_of(client)) <= most:
            return True
        time.sleep(0.05)
    return False


def is_clean(client):
    return is_down_to(0, client)


# The same bits


@pytest.mark.parametrize("n_workers", [1, 3])
def test_any_number_of_workers(expected, digits, n_workers):
    settings = {"threads_per_worker": 1, "dashboard_address": None}
    with distributed.Client(processes=False, n_workers=n_workers, **settings) as other:
        model = fit(new(), digits, client=other)
    np.testing.assert_array_equal(model.parameters_, expected)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_arrival(client, expected, digits, monkeypatch, seed):
    chance = random.Random(seed)
    learn = sklearn_gd.dask.rounds.learn_blocks

    def late(*given):
        time.sleep(chance.uniform(0, 0.05))
        return learn(*given)

    monkeypatch.setattr("sklearn_gd.dask.rounds.learn_blocks", late)
    np.testing.assert_array_equal(fit(new(), digits).parameters_, expected)


def test_a_large_state_travels_in_pieces(client, expected, digits, monkeypatch):
    monkeypatch.setattr("sklearn_gd.dask.rounds.MOST_BYTES", 1000)
    np.testing.assert_array_equal(fit(new(), digits).parameters_, expected)
    assert is_clean(client)


def test_two_fits_at_once_from_two_threads(client, digits):
    X, y = digits
    models = {seed: new(random_state=seed) for seed in (0, 1)}
    alone = {seed: fit(new(random_state=seed), (X, y)).parameters_ for seed in models}
    threads = [
        threading.Thread(target=fit, args=(model, (X, y)), kwargs={"client": client})
        for model in models.values()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, model in models.items():
        np.testing.assert_array_equal(model.parameters_, alone[seed])


# What is left behind


def test_nothing_is_left_after_success_and_failure(client, digits):
    X, y = digits
    fit(new(), digits)
    assert is_clean(client)
    broken = X.copy()
    broken[5, 5] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        fit(new(), (broken, y))
    assert is_clean(client)


def test_an_exception_in_a_task_leaves_the_estimator(client, digits, monkeypatch):
    model = fit(new(), digits)
    before = dict(vars(model))

    def fail(*given):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("sklearn_gd.dask.rounds.learn_blocks", fail)
    with pytest.raises(RuntimeError, match="disk is full"):
        fit(model, digits)
    assert vars(model) == before and is_clean(client)


def test_rounds_leave_nothing_behind_on_the_way(client, digits, monkeypatch):
    counts, take = [], sklearn_gd.core.averaging.Rounds.take

    def counting(run, learned):
        # Releases may be on their way; what the first rounds held bounds what all hold.
        if len(counts) >= 10:
            assert is_down_to(max(counts[:10]), client)
        counts.append(len(tasks_of(client)))
        take(run, learned)

    monkeypatch.setattr("sklearn_gd.core.averaging.Rounds.take", counting)
    fit(new(max_iter=20), digits)
    assert len(counts) == 20


def interrupt(after, times=1):
    """Presses Ctrl-C so many times, from another thread."""

    def press():
        time.sleep(after)
        for _ in range(times):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.005)

    thread = threading.Thread(target=press)
    thread.start()
    return thread


def test_ctrl_c_gives_the_model_of_the_last_whole_round(client, digits):
    model = new(max_iter=100_000)
    thread = interrupt(after=1.5)
    with pytest.raises(KeyboardInterrupt, match="last whole round"):
        fit(model, digits)
    thread.join()
    assert model.stop_reason_ == "interrupted"
    whole = fit(new(max_iter=model.n_iter_), digits)
    np.testing.assert_array_equal(model.parameters_, whole.parameters_)
    assert is_clean(client)
    assert client.submit(sum, [1, 2]).result() == 3


def test_a_second_ctrl_c_leaves_the_estimator_as_it_was(client, digits, monkeypatch):
    learn = sklearn_gd.dask.rounds.learn_blocks

    def slow(*given):
        time.sleep(0.5)
        return learn(*given)

    monkeypatch.setattr("sklearn_gd.dask.rounds.learn_blocks", slow)
    model = new(max_iter=100_000)
    before = dict(vars(model))
    thread = interrupt(after=2.0, times=2)
    with pytest.raises(KeyboardInterrupt):
        fit(model, digits)
    thread.join()
    assert vars(model) == before and is_clean(client)
    assert client.submit(sum, [1, 2]).result() == 3


# Workers that are killed


@pytest.fixture(scope="module")
def cluster():
    # Forked from a server that has its imports, a killed worker is back in no time.
    forked = {"distributed.worker.multiprocessing-method": "forkserver"}
    with warnings.catch_warnings(), dask.config.set(forked):
        warnings.simplefilter("ignore")
        imports = ["distributed", "sklearn_gd.dask"]
        distributed.utils.get_mp_context().set_forkserver_preload(imports)
        settings = {"threads_per_worker": 1, "dashboard_address": None}
        with distributed.LocalCluster(n_workers=2, **settings) as cluster:
            # A nanny whose worker is killed while it starts gives up.
            cluster.adapt(minimum=2, maximum=2, interval="200ms")
            yield cluster


def workers(cluster, at_least):
    """The processes of the workers that are up, once there are so many."""
    while True:
        known = list(cluster.scheduler.workers)
        nannies = list(cluster.workers.values())
        pids = [nanny.pid for nanny in nannies if nanny.worker_address in known]
        if len(pids) >= at_least and None not in pids:
            return pids
        time.sleep(0.01)


def kill(cluster, after, everybody):
    """SIGKILL for one worker or all of them, from another thread."""

    def strike():
        time.sleep(after)
        pids = workers(cluster, at_least=1)
        for pid in pids if everybody else pids[:1]:
            os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=strike)
    thread.start()
    return thread


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("seed", range(4))
def test_workers_may_be_killed_at_any_time(cluster, expected, digits, seed):
    # xgboost and lightgbm give up, or wait for ever.
    chance = random.Random(seed)
    with distributed.Client(cluster) as client:
        workers(cluster, at_least=2)
        usual = seconds_of_a_fit(client, expected, digits)
        for everybody in (False, False, True, False, False):
            workers(cluster, at_least=2 if everybody else 1)
            thread = kill(cluster, chance.uniform(0.0, usual), everybody)
            assert seconds_of_a_fit(client, expected, digits) < 60
            thread.join()
        assert is_clean(client)


def seconds_of_a_fit(client, expected, digits):
    """How long it takes to come to the same bits."""
    started = time.monotonic()
    model = fit(new(), digits, client=client)
    np.testing.assert_array_equal(model.parameters_, expected)
    return time.monotonic() - started
