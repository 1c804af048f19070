"""Training on a Dask cluster beside training on one machine: accuracy, speed, bytes.

Accuracy: MNIST, 784-100-10, 20 epochs, by learners, without a cluster; the rounds are
pure functions, so that the cluster could not change it. Speed: rows like digits, drawn
at random, on clusters of this machine with one BLAS thread a worker. Run::

    python examples/benchmarks/clusters/clusters.py accuracy
    python examples/benchmarks/clusters/clusters.py speed
    python examples/benchmarks/clusters/clusters.py overhead
    python examples/benchmarks/clusters/clusters.py speed --quick
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import warnings
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import dask.array as da
import distributed
import numpy as np
from sklearn.exceptions import ConvergenceWarning

import sklearn_gd.dask
from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.dask.rounds import Learners

# Its neighbours have names, such as sparse, that Dask would take for packages.
NEIGHBOURS = str(Path(__file__).resolve().parent.parent)
sys.path.append(NEIGHBOURS)
from common import data_line, machine_line, mnist, table

sys.path.remove(NEIGHBOURS)

NETWORKS = {"784-100-10": (100,), "784-512-512-10": (512, 512)}
SCHEDULES = ("constant", "cosine")


class OneProcess(distributed.Client):
    """A cluster of one worker in this process, where nothing is sent."""

    def __init__(self):
        settings = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}
        super().__init__(processes=False, **settings)


# Accuracy


def accuracy(arguments):
    """Test accuracy by learners and schedule, seeds beside each other."""
    X, y, X_test, y_test, real = mnist()
    epochs, seeds = (2, 1) if arguments.quick else (20, arguments.seeds)
    print(data_line(real))
    rows, points = [], {}
    for schedule in arguments.schedules:
        for n_learners in arguments.learners:
            start, found = time.perf_counter(), []
            for seed in range(seeds):
                model = GradientDescentMLPClassifier(
                    learning_rate_schedule=schedule,
                    max_iter=epochs,
                    tol=None,
                    random_state=seed,
                )
                train(model, X, y, n_learners, seed)
                found.append(100 * model.score(X_test, y_test))
            told = " ".join(f"{value:.2f}" for value in found)
            seconds = f"{(time.perf_counter() - start) / seeds:.0f}"
            mean = f"{statistics.mean(found):.2f}"
            rows.append((schedule, n_learners or "fit", mean, told, seconds))
            print(rows[-1], flush=True)
            points.setdefault(schedule, {})[n_learners or 1] = found
    print(table(("schedule", "learners", "mean %", "seeds", "s"), rows))
    if arguments.picture:
        draw(points, arguments.picture)


def draw(points, path):
    """Saves a picture of the mean over the seeds, and of each seed.

    Parameters
    ----------
    points : dict of schedule to dict of learners, 1 for fit, to accuracies
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3), layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    for number, (schedule, found) in enumerate(points.items()):
        color = f"C{number}"
        means = [statistics.mean(values) for values in found.values()]
        ax.plot(found.keys(), means, color=color, label=schedule)
        for learners, values in found.items():
            ax.plot([learners] * len(values), values, ".", color=color, alpha=0.6)
    ax.set_xscale("log", base=2)
    counts = sorted(set().union(*points.values()))
    ax.set_xticks(counts, ["fit" if n == 1 else str(n) for n in counts])
    ax.set(xlabel="learners", ylabel="test accuracy, %", ylim=(97.5, 98.6))
    ax.legend(frameon=False)
    figure.savefig(path)


def train(model, X, y, n_learners, seed):
    """Trains on all rows in random partitions, or with 0 learners by plain fit."""
    if not n_learners:
        model.fit(X, y)
        return
    order = np.random.default_rng(seed).permutation(len(y))
    parts = np.array_split(order, n_learners)
    with OneProcess() as client:
        rows = [client.scatter([array[part] for part in parts]) for array in (X, y)]
        sklearn_gd.dask.fit(model, *rows, n_learners=n_learners, shuffle=False)


# Speed


def partition(number, n_rows):
    """Rows like digits, which are made where they are needed."""
    rng = np.random.default_rng(number)
    X = np.empty((n_rows, 784), dtype=np.float32)
    for start in range(0, n_rows, 1000):
        part = X[start : start + 1000]
        rng.random(out=part, dtype=np.float32)
        part[part < 0.8] = 0.0
    return X


def labels(X):
    """Ten classes that a network can learn."""
    directions = np.random.default_rng(0).standard_normal((784, 10)).astype(np.float32)
    return (X @ directions).argmax(axis=1)


def speed(arguments):
    """An epoch with one and two workers, beside fit, by the clock and the processor."""
    n_rows, epochs = (6_000, 2) if arguments.quick else (arguments.rows, 4)
    rows = []
    for name in arguments.networks:
        *alone, _ = alone_with(n_rows, name, epochs)
        rows.append((name, "fit", *map("{:.2f}".format, alone), "", ""))
        print(rows[-1], flush=True)
        for n_workers in (1, 2):
            seconds, driver, workers, memory = on_workers(
                n_workers, n_rows, name, epochs
            )
            share = n_rows // n_workers * 784 * 4 / 2**20
            told = f"{seconds:.2f}", f"{driver:.2f}", f"{workers:.2f}"
            rows.append((name, n_workers, *told, f"{memory / share:.2f}"))
            print(rows[-1], flush=True)
    heads = "network", "workers", "s an epoch", "processor s: driver", "busiest worker"
    print(table((*heads, "peak memory, of its rows"), rows))


def timed(train, name, epochs, clients):
    """Seconds an epoch: of the clock, of this process, of the busiest worker."""
    seconds = []
    for max_iter in (1, 1 + epochs):
        model = GradientDescentMLPClassifier(
            NETWORKS[name], max_iter=max_iter, tol=None, random_state=0, n_jobs=1
        )
        start = readings(clients)
        train(model)
        seconds.append(readings(clients) - start)
    here, there, *workers = (seconds[1] - seconds[0]) / epochs
    return here, there, max(workers, default=0.0)


def readings(clients):
    """The clock, and the processor time of this process and of the workers."""
    workers = [t for client in clients for t in client.run(time.process_time).values()]
    return np.array([time.perf_counter(), time.process_time(), *workers])


def alone_with(n_rows, name, epochs):
    """The same of plain fit, on the rows of two partitions."""
    warm_up()
    X = np.concatenate([partition(number, n_rows // 2) for number in range(2)])
    y = labels(X)
    return timed(lambda model: model.fit(X, y), name, epochs, [])


def on_workers(n_workers, n_rows, name, epochs):
    """The same of a cluster, and the most memory that a worker has taken, in MB."""
    settings = {"threads_per_worker": 1, "dashboard_address": ":0"}
    with (
        distributed.LocalCluster(n_workers=n_workers, **settings) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.run(warm_up)
        before = client.run(peak_memory)
        size = n_rows // n_workers
        X = [
            client.submit(partition, number, size, pure=False)
            for number in range(n_workers)
        ]
        y = [client.submit(labels, part, pure=False) for part in X]
        distributed.wait(y)

        def train(model):
            sklearn_gd.dask.fit(model, X, y, n_learners=n_workers, shuffle=False)

        seconds = timed(train, name, epochs, [client])
        after = client.run(peak_memory)
        return *seconds, max(after[w] - before[w] for w in after)


def warm_up():
    """Imports what training needs, so that memory counts rows and not code."""
    rng = np.random.default_rng(0)
    X = rng.random((400, 784), dtype=np.float32)
    GradientDescentMLPClassifier(max_iter=2, tol=None).fit(X, labels(X))


def peak_memory():
    """The most memory that this process has held, in MB; Linux tells."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**10


# The price of a round


def overhead(arguments):
    """The price of a round of learners that have next to nothing to learn."""
    rows = []
    counts = (2, 8) if arguments.quick else (2, 8, 32, 128)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        for hidden in ((100,), (512, 512)):
            for n_learners in counts:
                with distributed.Client(cluster):
                    clock, here, sent = round_of(n_learners, hidden)
                told = f"{1000 * clock:.0f}", f"{1000 * here:.0f}"
                rows.append((str(hidden), n_learners, *told, f"{sent:,}"))
                print(rows[-1], flush=True)
    heads = "hidden", "learners", "ms a round", "processor ms: driver and scheduler"
    print(table((*heads, "bytes of a state"), rows))


def round_of(n_learners, hidden):
    """A round with one batch of four rows a learner: median clock, processor time."""
    X = da.from_array(
        partition(0, 4 * n_learners), chunks=(4 * n_learners // min(n_learners, 8), 784)
    )
    y = da.from_array(np.arange(4 * n_learners) % 4, chunks=X.chunks[0])
    model = GradientDescentMLPClassifier(hidden, max_iter=6, tol=None)
    seconds, call = [], Learners.__call__

    def timed_call(learners, state, number):
        start = readings([])
        result = call(learners, state, number)
        seconds.append(readings([]) - start)
        return result

    Learners.__call__ = timed_call
    try:
        sklearn_gd.dask.fit(model, X, y, n_learners=n_learners, shuffle=True)
    finally:
        Learners.__call__ = call
    sent = sum(vector.nbytes for vector in model._model.state.stored)
    return *np.median(seconds[1:], axis=0), sent


PARTS = {"accuracy": accuracy, "speed": speed, "overhead": overhead}


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--learners", type=int, nargs="*", default=[0, 8, 32])
    parser.add_argument("--schedules", choices=SCHEDULES, nargs="*", default=SCHEDULES)
    parser.add_argument("--networks", choices=NETWORKS, nargs="*", default=NETWORKS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=180_000)
    parser.add_argument("--picture", help="path for a picture of the accuracy")
    parser.add_argument("--quick", action="store_true", help="few rows and epochs")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = read_arguments()
    print(machine_line())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", ".*scattered", UserWarning)
        PARTS[arguments.part](arguments)
