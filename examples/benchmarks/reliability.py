"""
Learning rates from 10⁻⁴ to 10⁴: what becomes of the model?
===========================================================

Every learning rate, solver and loss on three data sets, raw and standardised, for
`GradientDescentMLPClassifier` and for `MLPClassifier`. Prints Markdown: the worst test
accuracy over the seeds for each case, then the cases that fail, by name. With
``--price`` it tells the divergence guard's share of the training time instead.

Run it with::

    OPENBLAS_NUM_THREADS=1 python examples/benchmarks/reliability.py --seeds 10 --jobs 2
    OPENBLAS_NUM_THREADS=1 python examples/benchmarks/reliability.py --price
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from unittest import mock

import numpy as np
from joblib import Parallel, delayed
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier

DATA = {"digits": load_digits, "wine": load_wine, "cancer": load_breast_cancer}
RATES = np.logspace(-4, 4, 17)
# What every case must reach on standardised data with a rate of 0.1 and above.
WANTED = {"digits": 0.9, "cancer": 0.9}
OURS, THEIRS = "ours", "MLPClassifier"


@dataclass(frozen=True)
class Row:
    """A row of the table: everything but learning rate and seed."""

    who: str
    data: str
    scaled: bool
    solver: str
    loss: str

    def __str__(self):
        scale = "standardised" if self.scaled else "raw"
        return f"{self.data} {scale} {self.solver} {self.loss} {self.who}"


@dataclass
class Outcome:
    """What became of one fit."""

    accuracy: float
    largest_class: float
    n_test: int
    finite: bool
    seconds: float
    complaints: list[str] = field(default_factory=list)

    @property
    def floor(self):
        """Accuracy of the largest class, less three standard errors."""
        p = self.largest_class
        return p - 3 * np.sqrt(p * (1 - p) / self.n_test)


def split(data, scaled, seed):
    """Training and test part of a data set."""
    X, y = DATA[data](return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=seed, stratify=y)
    if scaled:
        scaler = StandardScaler().fit(X)
        X, X_test = scaler.transform(X), scaler.transform(X_test)
    return X, X_test, y, y_test


def make(row, rate, seed, settings):
    """The estimator of a row. L-BFGS chooses its own step sizes."""
    settings = {"solver": row.solver, "random_state": seed, **settings}
    if row.who == THEIRS:
        return MLPClassifier(learning_rate_init=rate, **settings)
    return GradientDescentMLPClassifier(learning_rate=rate, loss=row.loss, **settings)


def run(row, rate, seed, settings=None):
    """Fits once; every complaint is written down, none is raised."""
    X, X_test, y, y_test = split(row.data, row.scaled, seed)
    largest = float(np.bincount(y_test).max() / len(y_test))
    outcome = Outcome(0.0, largest, len(y_test), False, 0.0)
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = make(row, rate, seed, settings or {}).fit(X, y)
            outcome.accuracy = model.score(X_test, y_test)
            outcome.finite = all(
                np.isfinite(part).all() for part in (*model.coefs_, *model.intercepts_)
            )
        except Exception as error:
            outcome.complaints.append(f"{type(error).__name__}: {error}")
    outcome.seconds = time.perf_counter() - start
    outcome.complaints += sorted(
        {
            f"{w.category.__name__}: {w.message}"
            for w in caught
            if not issubclass(w.category, ConvergenceWarning)
        }
    )
    return outcome


def faults(row, rate, outcome):
    """What is wrong with an outcome, in words."""
    found = list(outcome.complaints)
    if not outcome.finite:
        found.append("parameters are not finite")
    if outcome.accuracy < outcome.floor:
        found.append(
            f"accuracy {outcome.accuracy:.3f} is below the largest class, "
            f"{outcome.largest_class:.3f}, by more than 3 standard errors"
        )
    wanted = WANTED.get(row.data, 0.0) if row.scaled and rate > 0.0999 else 0.0
    if outcome.accuracy < wanted:
        found.append(f"accuracy {outcome.accuracy:.3f} is below {wanted}")
    return found


def rows_for(args):
    """The rows of the table, in order."""
    for data in args.data:
        for scaled in (False, True):
            for solver in args.solver:
                for loss in args.loss:
                    if OURS in args.who:
                        yield Row(OURS, data, scaled, solver, loss)
                if THEIRS in args.who:
                    yield Row(THEIRS, data, scaled, solver, "log_loss")


def rates_for(row, rates):
    """The learning rates of a row: only one for L-BFGS, which does not use it."""
    return rates[:1] if row.solver == "lbfgs" else rates


def print_header(rates):
    names = ["data", "solver", "loss", "estimator", *(f"{rate:.3g}" for rate in rates)]
    print("| " + " | ".join(names) + " |")
    print("|" + "---|" * len(names), flush=True)


def print_row(row, rates, outcomes):
    """A line of the table: the worst accuracy at each rate, bold where a case fails."""
    cells = [f"{row.data} {'standardised' if row.scaled else 'raw'}"]
    cells += [row.solver, row.loss, row.who]
    for rate in rates_for(row, rates):
        runs = [o for (r, _), o in outcomes.items() if r == rate]
        worst = f"{min(o.accuracy for o in runs):.2f}"
        bad = any(faults(row, rate, o) for o in runs)
        cells.append(f"**{worst}**" if bad else worst)
    cells += [""] * (4 + len(rates) - len(cells))
    print("| " + " | ".join(cells) + " |", flush=True)


def sweep(args):
    """Prints the table and returns the faults of each estimator."""
    rates = RATES[:: args.every]
    found, counts = {}, dict.fromkeys(args.who, 0)
    seconds = dict.fromkeys(args.who, 0.0)
    print_header(rates)
    for row in rows_for(args):
        cases = [(r, s) for r in rates_for(row, rates) for s in range(args.seeds)]
        results = Parallel(n_jobs=args.jobs)(
            delayed(run)(row, r, s, args.set if row.who == OURS else {})
            for r, s in cases
        )
        outcomes = dict(zip(cases, results, strict=True))
        print_row(row, rates, outcomes)
        counts[row.who] += len(cases)
        seconds[row.who] += sum(o.seconds for o in results)
        for (rate, seed), outcome in outcomes.items():
            if wrong := faults(row, rate, outcome):
                found[row, rate, seed] = wrong
    print_faults(found, counts, seconds, args.show)
    return found


def print_faults(found, counts, seconds, show):
    """Totals for each estimator, then each failing case by name."""
    for who, total in counts.items():
        failing = [(key, wrong) for key, wrong in found.items() if key[0].who == who]
        print(f"\n{who}: {len(failing)} of {total} fits fail; {seconds[who]:.0f} s\n")
        for (row, rate, seed), wrong in failing if who in show else []:
            print(f"- {row}, rate {rate:.3g}, seed {seed}: {'; '.join(wrong)[:300]}")


# The price of the guard


@contextmanager
def no_guard():
    """Training with a guard that copies nothing and objects to nothing."""
    idle = {
        "parts.guard.Guard.keep": lambda self, *_, **__: True,
        "parts.guard.Guard.has_diverged": lambda self, cost: False,
        "parts.guard.Guard.doubts_stall": lambda self: False,
        "training.Training.cost_now": lambda self: 0.0,
        "parts.guard.Guard.ends_well": lambda self, run, theta: True,
    }
    with ExitStack() as stack:
        for name, function in idle.items():
            stack.enter_context(mock.patch(f"sklearn_gd.core.{name}", function))
        yield


def price(hidden, batch_size, n_rows, n_features, epochs, repeats):
    """Median seconds per fit with and without the guard, taken in turn."""
    rng = np.random.default_rng(0)
    X = rng.random((n_rows, n_features), dtype=np.float32) - 0.5
    y = (X @ rng.standard_normal((n_features, 10), dtype=np.float32)).argmax(axis=1)
    model = GradientDescentMLPClassifier(
        hidden, batch_size=batch_size, max_iter=epochs, tol=None, random_state=0
    )
    seconds = [], []
    for i in range(2 * repeats):
        with ExitStack() as stack:
            if i % 2:
                stack.enter_context(no_guard())
            start = time.perf_counter()
            model.fit(X, y)
            seconds[i % 2].append(time.perf_counter() - start)
    return [statistics.median(s) for s in seconds]


def print_prices(repeats):
    """The guard's share of the training time for networks of three sizes."""
    print("| network, rows, batch | with guard, s | without, s | share |")
    print("|---|---|---|---|")
    for hidden, batch, n_rows, n_features, epochs in (
        ((100,), 200, 1347, 64, 100),
        ((16, 16), 32, 20_000, 784, 10),
        ((100,), 200, 20_000, 784, 10),
        ((512, 512), 128, 10_000, 784, 5),
    ):
        sizes = "-".join(map(str, (n_features, *hidden, 10)))
        guarded, bare = price(hidden, batch, n_rows, n_features, epochs, repeats)
        print(
            f"| {sizes}, {n_rows:,}, {batch} | {guarded:.3f} | {bare:.3f} "
            f"| {(guarded - bare) / bare:+.1%} |",
            flush=True,
        )


def arguments(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    add = parser.add_argument
    add("--seeds", type=int, default=1)
    add("--jobs", type=int, default=1)
    add("--every", type=int, default=1, help="use every k-th learning rate")
    add("--data", nargs="+", default=list(DATA), choices=DATA)
    add("--solver", nargs="+", default=["sgd", "adam", "lbfgs"])
    add("--loss", nargs="+", default=["squared_error", "log_loss"])
    add("--who", nargs="+", default=[OURS, THEIRS], choices=[OURS, THEIRS])
    add("--show", nargs="*", default=[OURS], help="whose failing cases to list")
    add("--set", type=json.loads, default={}, help="our other parameters, as JSON")
    add("--price", type=int, nargs="?", const=7, help="time the guard, n repeats")
    return parser.parse_args(argv)


if __name__ == "__main__":
    args = arguments()
    if args.price:
        print_prices(args.price)
    else:
        sweep(args)
