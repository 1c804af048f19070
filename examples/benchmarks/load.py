"""
A busy machine: what becomes of the training time?
==================================================

With one busy process per core beside it, a fit with default threads can expect half of
the machine, and to take twice as long. The threads of a BLAS that wait for each other
make it many times as long. Also: a grid search over small networks with two processes
against one. Prints Markdown, and says whether all results were the same, bit for bit.

Run it with::

    python examples/benchmarks/load.py
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager

import numpy as np
from common import (
    data_line,
    in_turn,
    installed,
    judged,
    machine_line,
    medians,
    mnist,
    run_again,
    table,
)
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

from sklearn_gd import GradientDescentMLPClassifier

# Hidden layers and rows of one epoch.
NETWORKS = {"784-100-10": ((100,), 20_000), "784-512-512-10": ((512, 512), 6_000)}
MOST, LEAST_GAIN = 3, 1.6
BURN = "x = 0\nwhile True: x += 1"


@contextmanager
def busy_cores():
    """One busy process per core."""
    command = [sys.executable, "-c", BURN]
    processes = [subprocess.Popen(command) for _ in range(os.cpu_count())]
    try:
        time.sleep(0.3)
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def fit_ours(hidden, X, y):
    model = GradientDescentMLPClassifier(hidden, max_iter=1, tol=None, random_state=0)
    return model.fit(X, y).parameters_


def fit_sklearn(hidden, X, y):
    model = MLPClassifier(hidden, max_iter=1, random_state=0, solver="sgd")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    return np.concatenate([a.ravel() for a in (*model.coefs_, *model.intercepts_)])


def fit_torch(hidden, X, y):
    import torch
    from peers import Task, Torch

    torch.manual_seed(0)
    runner = Torch(Task(X, y, hidden, 200, 0.9))
    runner.epoch(torch.randperm(len(X)))
    return np.concatenate([p.detach().numpy().ravel() for p in runner.net.parameters()])


FITS = {"sklearn": fit_sklearn, "torch": fit_torch}
NAMES = {"ours": "ours", "sklearn": "MLPClassifier", "torch": "PyTorch"}


def measure(who, network, repeats, share):
    """Median seconds of a fit, quiet and busy, and a digest of each result."""
    hidden, rows = NETWORKS[network]
    X, y, *_ = mnist()
    rows = int(rows * share) // 200 * 200
    X, y, fit = X[:rows], y[:rows], {"ours": fit_ours, **FITS}[who]
    digests = set()

    def seconds():
        start = time.perf_counter()
        parameters = fit(hidden, X, y)
        taken = time.perf_counter() - start
        digests.add(hashlib.sha256(parameters.tobytes()).hexdigest())
        return taken

    def busy_seconds():
        with busy_cores():
            return seconds()

    seconds()
    times = medians(in_turn({"quiet": seconds, "busy": busy_seconds}, repeats))
    return {**times, "same": len(digests) == 1}


def print_load(repeats, share):
    """The table of fits. Everybody has a process and its default threads."""
    rows = []
    for network in NETWORKS:
        for who in ("ours", *installed(FITS)):
            found = run_again("--measure", who, network, repeats, share)
            times = found["busy"] / found["quiet"]
            rows.append(
                [
                    network,
                    NAMES[who],
                    f"{found['quiet']:.3f}",
                    f"{found['busy']:.3f}",
                    judged(times, MOST, False) if who == "ours" else f"{times:.2f}",
                    "yes" if found["same"] else "**no**",
                ]
            )
    header = ["network", "", "quiet, s", "busy, s", "busy ÷ quiet", "same bits"]
    print(table(header, rows))


def search(n_jobs):
    """A grid search over small networks, with the default number of epochs."""
    X, y = load_digits(return_X_y=True)
    grid = {"hidden_layer_sizes": [(16,), (32,), (16, 16), (64,)], "alpha": [0, 1e-3]}
    model = GradientDescentMLPClassifier(tol=None, random_state=0)
    return GridSearchCV(model, grid, cv=4, n_jobs=n_jobs).fit(X / 16, y)


def print_search(repeats):
    """One process against two, which exist before the time is taken."""
    scores = {1: [], 2: []}

    def seconds(n_jobs):
        start = time.perf_counter()
        scores[n_jobs].append(search(n_jobs).cv_results_["mean_test_score"])
        return time.perf_counter() - start

    functions = {n: lambda n=n: seconds(n) for n in (1, 2)}
    in_turn(functions, 1)
    times = {n: statistics.median(s) for n, s in in_turn(functions, repeats).items()}
    same = all(np.array_equal(s, scores[1][0]) for n in scores for s in scores[n])
    gain = judged(times[1] / times[2], LEAST_GAIN)
    header = ["GridSearchCV, 32 fits", "n_jobs=1, s", "n_jobs=2, s", "gain", "same"]
    print()
    cells = [
        "ours",
        f"{times[1]:.2f}",
        f"{times[2]:.2f}",
        gain,
        "yes" if same else "no",
    ]
    print(table(header, [cells]))


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rows", type=float, default=1.0, help="share of usual rows")
    parser.add_argument("--measure", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.measure:
        who, network, repeats, share = args.measure
        print(json.dumps(measure(who, network, int(repeats), float(share))))
        return
    print(f"{machine_line()} {data_line(mnist()[-1])} Medians of {args.repeats}.\n")
    print_load(args.repeats, args.rows)
    print_search(args.repeats)


if __name__ == "__main__":
    main()
