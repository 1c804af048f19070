"""
Seconds to 97 and 98 % of the test digits of MNIST
==================================================

Everybody with the quickest setting that was found, in a process of its own, with all
cores. Everything is counted but imports and JAX's time to compile. The networks have
one hidden layer of rectifiers and are trained with Nesterov momentum 0.9; where the
library lets one choose, the learning rate falls along a cosine. Prints Markdown.

Run it with::

    python examples/benchmarks/time_to_accuracy.py
    python examples/benchmarks/time_to_accuracy.py --search      # takes an hour
"""

from __future__ import annotations

import argparse
import itertools
import math
import multiprocessing
import statistics
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from common import data_line, in_turn, installed, machine_line, mnist, table
from peers import Jax, Task, Torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sklearn_gd import GradientDescentMLPClassifier

GOALS = (0.97, 0.98)


@dataclass(frozen=True)
class Setting:
    """What is chosen for a run."""

    hidden: int
    batch_size: int
    learning_rate: float
    epochs: int
    solver: str = "sgd"


GRID = {
    "hidden": (48, 64, 96, 128, 192, 256, 384),
    "batch_size": (50, 100, 200),
    "learning_rate": {"sgd": (0.05, 0.1, 0.2, 0.4), "adam": (0.001, 0.002, 0.004)},
    "epochs": (2, 3, 4, 5, 6, 8, 10, 12, 15),
}
# By goal, the quickest that was found to reach it.
BEST = {
    "ours": {0.97: Setting(96, 200, 0.2, 2), 0.98: Setting(160, 150, 0.3, 4)},
    "MLPClassifier": {0.97: Setting(96, 200, 0.2, 2), 0.98: Setting(256, 200, 0.1, 10)},
    "PyTorch": {0.97: Setting(96, 200, 0.2, 2), 0.98: Setting(192, 200, 0.2, 5)},
    "JAX": {0.97: Setting(80, 200, 0.3, 2), 0.98: Setting(128, 64, 0.1, 4)},
}


@dataclass
class Run:
    """The outcome of a run."""

    seconds: float
    accuracy: float
    compile_seconds: float = 0.0


def cosine(setting):
    """The learning rate of every epoch."""
    n = setting.epochs
    for epoch in range(n):
        yield setting.learning_rate * (1 + math.cos(math.pi * epoch / n)) / 2


def run_estimator(make):
    """A function that runs an estimator that ``make(setting, seed)`` returns."""

    def run(setting, seed, X, y, X_test, y_test):
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = make(setting, seed).fit(X, y)
        accuracy = float(np.mean(model.predict(X_test) == y_test))
        return Run(time.perf_counter() - start, accuracy)

    return run


def make_ours(setting, seed):
    return GradientDescentMLPClassifier(
        setting.hidden,
        loss="log_loss",
        solver=setting.solver,
        batch_size=setting.batch_size,
        learning_rate=setting.learning_rate,
        learning_rate_schedule="cosine",
        max_iter=setting.epochs,
        alpha=0,
        tol=None,
        n_jobs=-1,
        random_state=seed,
    )


def make_sklearn(setting, seed):
    return MLPClassifier(
        setting.hidden,
        solver=setting.solver,
        batch_size=setting.batch_size,
        learning_rate_init=setting.learning_rate,
        max_iter=setting.epochs,
        alpha=0,
        random_state=seed,
    )


def task_of(setting, X, y):
    rows = len(X) // setting.batch_size * setting.batch_size
    return Task(
        X[:rows],
        y[:rows],
        (setting.hidden,),
        setting.batch_size,
        momentum=0.9,
        learning_rate=setting.learning_rate,
    )


def run_torch(setting, seed, X, y, X_test, y_test):
    import torch

    start = time.perf_counter()
    torch.manual_seed(seed)
    runner = Torch(task_of(setting, X, y))
    for rate in cosine(setting):
        runner.set_rate(rate)
        runner.epoch(torch.randperm(len(runner.X)))
    with torch.no_grad():
        predicted = runner.net(torch.from_numpy(X_test)).argmax(axis=1).numpy()
    return Run(time.perf_counter() - start, float(np.mean(predicted == y_test)))


def run_jax(setting, seed, X, y, X_test, y_test):
    # It compiles for the sizes that it is given; what that takes is taken off.
    start = time.perf_counter()
    runner = Jax(task_of(setting, X, y), seed, warm=False)
    for rate in cosine(setting):
        runner.run(runner.order(), np.float32(rate))
    (W, b), (V, c) = runner.parameters()
    predicted = (np.maximum(X_test @ W + b, 0) @ V + c).argmax(axis=1)
    seconds = time.perf_counter() - start - runner.compile_seconds
    accuracy = float(np.mean(predicted == y_test))
    return Run(seconds, accuracy, runner.compile_seconds)


RUNS = {
    "ours": run_estimator(make_ours),
    "MLPClassifier": run_estimator(make_sklearn),
    "PyTorch": run_torch,
    "JAX": run_jax,
}
NEEDS = {"PyTorch": "torch", "JAX": "jax"}
digits = []  # of a worker process


def prepare(name):
    """What a worker does before the time counts: imports, and reading the digits."""
    *parts, _ = mnist()
    digits.extend(parts)
    few = [part[:1000] for part in parts]
    RUNS[name](Setting(8, 50, 0.1, 1), 0, *few)


def run(name, setting, seed):
    """A run in this process."""
    return RUNS[name](setting, seed, *digits)


def workers():
    """For everybody a process: their threads must not get into each other's way."""
    found = installed(list(NEEDS.values()))
    spawn = multiprocessing.get_context("spawn")
    return {
        name: ProcessPoolExecutor(1, spawn, initializer=prepare, initargs=(name,))
        for name in RUNS
        if NEEDS.get(name) in (None, *found)
    }


def compare(goal, repeats, processes):
    """Rows of the table: one for everybody, the quickest first."""
    found = {name: [] for name in processes}

    def seconds(name):
        seed = len(found[name])
        job = processes[name].submit(run, name, BEST[name][goal], seed)
        found[name].append(job.result())
        return found[name][-1].seconds

    functions = {name: lambda name=name: seconds(name) for name in processes}
    times = in_turn(functions, repeats)
    for name in sorted(times, key=lambda name: statistics.median(times[name])):
        setting, runs = BEST[name][goal], found[name]
        compiled = statistics.median(run.compile_seconds for run in runs)
        accuracies = [run.accuracy for run in runs]
        yield [
            f"{goal:.0%}",
            name,
            f"{statistics.median(times[name]):.2f}",
            f"{compiled:.1f}" if compiled else "–",
            f"{statistics.median(accuracies):.4f} ({min(accuracies):.4f})",
            f"{setting.hidden} neurons, batch {setting.batch_size}, {setting.solver} "
            f"{setting.learning_rate:g}, {setting.epochs} epochs",
        ]


def settings(solvers):
    """All of the grid, for each setting from few epochs to many."""
    for hidden, batch_size, solver in itertools.product(
        GRID["hidden"], GRID["batch_size"], solvers
    ):
        for rate in GRID["learning_rate"][solver]:
            yield [
                Setting(hidden, batch_size, rate, epochs, solver)
                for epochs in GRID["epochs"]
            ]


def search(name, goal, repeats, process):
    """The setting that reaches the goal first, at the median over the seeds.

    A setting is dropped as soon as it takes longer than the best one found.
    """
    best, quickest = None, math.inf
    for family in settings(("sgd",) if name in NEEDS else ("sgd", "adam")):
        for setting in family:
            jobs = [process.submit(run, name, setting, 0)]
            near = jobs[0].result().accuracy >= goal - 0.001
            if near:
                jobs += [
                    process.submit(run, name, setting, seed)
                    for seed in range(1, repeats)
                ]
            runs = [job.result() for job in jobs]
            seconds = min(r.seconds for r in runs)
            accuracy = statistics.median(r.accuracy for r in runs)
            if near and accuracy >= goal and seconds < quickest:
                best, quickest = setting, seconds
                print(
                    f"{goal} {name} {seconds:.2f} s {accuracy:.4f} {best}", flush=True
                )
            if seconds > quickest or (near and accuracy >= goal):
                break
    return best


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    add = parser.add_argument
    add("--repeats", type=int, default=5)
    add("--goals", type=float, nargs="+", default=GOALS, choices=GOALS)
    add("--search", nargs="*", metavar="NAME", help="search the grid, for all or these")
    args = parser.parse_args(argv)
    *_, real = mnist()
    if not real:
        print(f"{data_line(real)} There is nothing to reach on it.")
        return
    processes = workers()
    if args.search is not None:
        for name, goal in itertools.product(args.search or processes, args.goals):
            search(name, goal, args.repeats, processes[name])
        return
    print(f"{machine_line()} {data_line(real)} Medians of {args.repeats} seeds.\n")
    rows = [row for g in args.goals for row in compare(g, args.repeats, processes)]
    header = ["goal", "", "seconds", "JAX compiles, s", "accuracy (lowest)", "setting"]
    print(table(header, rows))


if __name__ == "__main__":
    main()
