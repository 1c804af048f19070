"""
Small calls: one row to predict, one or 32 rows to train on
===========================================================

Microseconds per call of `GradientDescentMLPClassifier` and `MLPClassifier`, in turn,
with all checks; processor time, to which a busy machine matters less. Prints Markdown.

Run it with::

    python examples/benchmarks/small_calls.py
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from common import in_turn, judged, machine_line, medians, table
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from sklearn_gd import GradientDescentMLPClassifier

OURS, THEIRS = "ours", "MLPClassifier"
# Method, rows of a call, and the most that our time may be of MLPClassifier's.
CALLS = [("predict", 1, 1 / 4), ("partial_fit", 1, 1 / 10), ("partial_fit", 32, 1 / 10)]


def models(X, y):
    """Both, having seen all classes."""
    ours = GradientDescentMLPClassifier(random_state=0)
    theirs = MLPClassifier(solver="sgd", random_state=0)
    found = {OURS: ours, THEIRS: theirs}
    for model in found.values():
        model.partial_fit(X, y, classes=np.arange(10))
    return found


def timer(call, n_calls):
    """A function that returns the mean processor seconds of so many calls."""

    def seconds():
        start = time.process_time()
        for _ in range(n_calls):
            call()
        return (time.process_time() - start) / n_calls

    return seconds


def calls_of(model, method, X, y):
    function = getattr(model, method)
    return (lambda: function(X)) if method == "predict" else (lambda: function(X, y))


def measure(n_features, repeats, n_calls):
    """Rows of the table."""
    rng = np.random.default_rng(0)
    X = rng.random((1000, n_features), dtype=np.float32)
    y = rng.integers(0, 10, 1000)
    for method, n_rows, target in CALLS:
        functions = {
            name: timer(calls_of(model, method, X[:n_rows], y[:n_rows]), n_calls)
            for name, model in models(X, y).items()
        }
        in_turn(functions, 1)
        times = medians(in_turn(functions, repeats))
        yield [
            f"{method}, {n_rows} row{'s' * (n_rows > 1)} of {n_features}",
            *(f"{times[name] * 1e6:,.0f}" for name in (OURS, THEIRS)),
            judged(times[OURS] / times[THEIRS], target, at_least=False),
        ]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--calls", type=int, default=200, help="calls per repeat")
    parser.add_argument("--features", type=int, nargs="+", default=[20, 784])
    args = parser.parse_args(argv)
    print(f"{machine_line()} Medians of {args.repeats}, one thread.\n")
    with threadpool_limits(1):
        rows = [
            row for n in args.features for row in measure(n, args.repeats, args.calls)
        ]
    print(table(["µs per call", OURS, THEIRS, f"{OURS} ÷ {THEIRS}"], rows))


if __name__ == "__main__":
    main()
