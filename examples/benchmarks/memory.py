"""
Memory: what training, predicting and storing take
==================================================

Every figure comes from a process of its own that does one thing: the highest resident
memory while it is done, above what was resident before. Pages of a mapped file are not
counted, as the system takes them back when it needs them. Prints Markdown.

Run it with (it writes a file of 2 GB into the directory of temporary files, and removes
it)::

    python examples/benchmarks/memory.py
"""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
import threading
import warnings
from pathlib import Path

import numpy as np
import psutil
from common import judged, machine_line, run_again, table
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GradientDescentMLPClassifier

MB = 1e6
STATUS = Path("/proc/self/status")
N_FEATURES = 784


class Peak:
    """The highest resident memory of a block above what there was before, in MB.

    A thread looks every few milliseconds. Without Linux's tell of what is mapped from
    files, all of it is counted.
    """

    def __enter__(self):
        self.before = self.highest = resident()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()
        return self

    def watch(self):
        while not self.done.wait(0.002):
            self.highest = max(self.highest, resident())

    def __exit__(self, *error):
        self.done.set()
        self.thread.join()
        self.megabytes = (max(self.highest, resident()) - self.before) / MB


def resident():
    """Bytes in memory that belong to the process alone."""
    if STATUS.exists():
        for line in STATUS.read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) * 1024
    return psutil.Process().memory_info().rss


def estimator(hidden, **settings):
    return GradientDescentMLPClassifier(
        hidden, max_iter=1, tol=None, random_state=0, **settings
    )


def warm_up(dtype):
    """A small fit loads what is loaded only once."""
    X = np.ones((20, 5), dtype=dtype)
    estimator((4,)).fit(X, np.arange(20) % 2).predict_proba(X)


def measure_fit(hidden, n_rows):
    """A fit on float32: what it adds, and what it may."""
    warm_up(np.float32)
    rng = np.random.default_rng(0)
    X = rng.random((n_rows, N_FEATURES), dtype=np.float32)
    y = rng.integers(0, 10, n_rows)
    model = estimator(hidden)
    with Peak() as peak:
        model.fit(X, y)
    parameters = model.parameters_.nbytes
    return peak.megabytes, (X.nbytes / 10 + 3 * parameters) / MB


def measure_map(path):
    """A fit on a memory map of integers."""
    warm_up(np.uint8)
    X = np.memmap(path, dtype=np.uint8, mode="r").reshape(-1, N_FEATURES)
    y = np.random.default_rng(0).integers(0, 10, len(X), dtype=np.uint8)
    with warnings.catch_warnings(), Peak() as peak:
        # There is nothing to learn from noise.
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator((16, 16), learning_rate=1e-6).fit(X, y)
    return peak.megabytes, 300


def measure_predict(n_rows):
    """The probabilities of many rows."""
    warm_up(np.float32)
    rng = np.random.default_rng(0)
    X = rng.random((n_rows, 50), dtype=np.float32)
    model = estimator((100,)).fit(X[:1000], rng.integers(0, 10, 1000))
    with Peak() as peak:
        p = model.predict_proba(X)
    return peak.megabytes, p.nbytes / MB + 10


def measure_pickle():
    """Sizes of a stored model, in parameters."""
    X = np.random.default_rng(0).random((1000, N_FEATURES), dtype=np.float32)
    model = estimator((100,)).fit(X, np.arange(1000) % 10)
    size = model.parameters_.nbytes
    whole = len(pickle.dumps(model)) / size
    return whole, len(pickle.dumps(model.trim_for_prediction())) / size


def write_map(path, gigabytes):
    """A file of random pixels."""
    rng = np.random.default_rng(0)
    block = rng.integers(0, 256, (10_000, N_FEATURES), dtype=np.uint8).tobytes()
    with open(path, "wb") as file:
        for _ in range(max(1, int(gigabytes * 1e9 / len(block)))):
            file.write(block)


MEASURES = {
    "fit": lambda hidden, n: measure_fit(json.loads(hidden), int(n)),
    "map": measure_map,
    "predict": lambda n: measure_predict(int(n)),
    "pickle": measure_pickle,
}


def rows_of_peaks(share):
    """Rows of the first table."""

    def row(label, *arguments):
        found, limit = run_again("--measure", *arguments)
        return [label, f"{found:.1f}", judged(found / limit, 1, at_least=False)]

    n_rows = int(60_000 * share)
    for hidden in ([16, 16], [100], [512, 512]):
        sizes = "-".join(map(str, (N_FEATURES, *hidden, 10)))
        label = f"fit {n_rows:,} x 784 float32, {sizes}"
        yield row(f"{label}: X/10 + 3 parameters", "fit", json.dumps(hidden), n_rows)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "pixels"
        write_map(path, 2 * share)
        yield row(f"fit a uint8 memory map of {2 * share:g} GB: 300 MB", "map", path)
    n_rows = int(1e6 * share)
    label = f"predict_proba of {n_rows:,} rows: output + 10 MB"
    yield row(label, "predict", n_rows)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--share", type=float, default=1.0, help="share of the data")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.measure:
        name, *arguments = args.measure
        print(json.dumps(MEASURES[name](*arguments)))
        return
    print(machine_line() + "\n")
    header = ["what, and what it may add", "peak, MB", "share of what it may"]
    print(table(header, rows_of_peaks(args.share)))
    whole, trimmed = run_again("--measure", "pickle")
    cells = [judged(whole, 2.2, False), judged(trimmed, 1.1, False)]
    print()
    print(table(["pickle ÷ parameters", "after trim_for_prediction()"], [cells]))


if __name__ == "__main__":
    main()
