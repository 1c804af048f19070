"""
Streams: does any of them ruin a model?
=======================================

Random streams from real tables, in orders that are hard on a network: sorted by class,
in phases, rows that repeat, labels that flip or mean nothing, constant features, single
readings of 1e300; with any loss, solver, batch size, learning rate and scale, dense or
CSR. Each row is classified before it is learned from.

Told of are streams that end

- *below* the class frequencies: over the last 1,000 rows the share of right answers is
  lower than that of the class that was the most frequent before each part (with a
  memory of 1,000 rows), by more than 4.5 standard errors of their difference;
- *not finite*, in the parameters or in a probability;
- *silent*: below, while the ``loss_`` of the last calls is not above what the class
  frequencies cost;
- in an *error*.

Streams of a model with all its defaults are counted apart. A stream is known by its
seed, so a sweep goes on where the last one ended (``--first``), and one stream can be
repeated. Run::

    python examples/benchmarks/stream_sweep.py --quick
    python examples/benchmarks/stream_sweep.py --streams 2000 --jobs 2
    python examples/benchmarks/stream_sweep.py --first 1234 --streams 1
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import joblib
import numpy as np
import scipy.sparse as sp
from common import REPOSITORY, machine_line
from table_sets import BUILT_IN, built_in, read
from threadpoolctl import threadpool_limits

from sklearn_gd import GradientDescentMLPClassifier

NAMES = (
    "magic",
    "fertility",
    "ecoli",
    "sonar",
    "thyroid",
    "heart",
    "car_crash",
    "yeast_loc",
    "movielens",
    "texture",
)
ROWS, MEMORY, QUICK = 3000, 1000, 40
GLITCH = 1e300
STANDARD_ERRORS = 4.5


@dataclass(frozen=True)
class Stream:
    """What a seed comes to."""

    seed: int
    table: str
    order: str
    glitches: int  # one in so many rows, or none
    constant: bool
    sparse: bool
    scale: float
    part: int  # rows of a call
    settings: dict = field(default_factory=dict)

    def __str__(self):
        told = [f"seed {self.seed}", self.table, self.order, f"parts of {self.part}"]
        told += [f"a glitch in {self.glitches}"] * bool(self.glitches)
        told += ["constant features"] * self.constant + ["CSR"] * self.sparse
        told += [f"scale {self.scale:.1e}"]
        return ", ".join([*told, str(self.settings or "defaults")])


def sorted_by_class(X, y, rng):
    return np.argsort(y, kind="stable")


def phases(X, y, rng):
    """Three rows again and again, then all in order."""
    return np.concatenate([np.tile(np.arange(3), len(y) // 6), np.arange(len(y) // 2)])


def repeated(X, y, rng):
    return np.repeat(np.arange(len(y) // 10), 10)


def shuffled(X, y, rng):
    return np.arange(len(y))


def flipped(y, rng):
    """From the middle on every label is the next one."""
    classes, codes = np.unique(y, return_inverse=True)
    codes[len(y) // 2 :] += 1
    return classes[codes % len(classes)]


# For each order which rows come, and what becomes of their labels.
ORDERS = {
    "shuffled": (shuffled, None),
    "sorted by class": (sorted_by_class, None),
    "phases": (phases, None),
    "repeated": (repeated, None),
    "flip": (shuffled, flipped),
    "noise": (shuffled, lambda y, rng: rng.permutation(y)),
}


def stream(seed, names):
    """The stream of a seed."""
    rng = np.random.default_rng(seed)
    chance = rng.random
    settings = {}
    if chance() < 0.75:
        settings = {
            "loss": str(rng.choice(["log_loss", "squared_error"])),
            "solver": str(rng.choice(["sgd", "adam"])),
            "average": bool(chance() < 0.7),
            "batch_size": [1, 5, 32, "auto"][rng.integers(4)],
        }
        if chance() < 0.7:
            settings["learning_rate"] = float(f"{10 ** rng.uniform(-8, 8):.2g}")
    return Stream(
        seed,
        str(rng.choice(names)),
        str(rng.choice(list(ORDERS))),
        int(rng.choice([0, 0, 100, 1000, 10_000])),
        bool(chance() < 0.2),
        bool(chance() < 0.3),
        float(10 ** rng.uniform(-3, 3)),
        int(rng.choice([1, 5, 32, 256], p=[0.1, 0.3, 0.3, 0.3])),
        settings,
    )


@cache
def source(folder, name):
    """X and y of a table, standardised where it is dense."""
    table = built_in(name) if name in BUILT_IN else read(folder / f"{name}.npz")
    X = table.numbers()
    if not sp.issparse(X):
        X = (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-9)
    return X, table.y


def rows_of(stream, folder):
    """X and y of a stream."""
    rng = np.random.default_rng(stream.seed + 2**32)
    X, y = source(folder, stream.table)
    few = len(y) < ROWS
    rows = rng.choice(len(y), ROWS) if few else rng.permutation(len(y))[:ROWS]
    X, y = X[rows], y[rows]
    order, relabel = ORDERS[stream.order]
    rows = order(X, y, rng)
    X, y = X[rows] * stream.scale, y[rows]
    y = y if relabel is None else relabel(y, rng)
    X = X if sp.issparse(X) else damaged(X.astype(np.float64), stream, rng)
    return (sp.csr_matrix(X) if stream.sparse or sp.issparse(X) else X), y


def damaged(X, stream, rng):
    """X with constant features and glitches, if the stream has them."""
    if stream.constant:
        X[:, rng.random(X.shape[1]) < 0.3] = 7.0 * stream.scale
    if stream.glitches:
        X[rng.random(len(X)) < 1 / stream.glitches, 0] = GLITCH
    return X


def frequent(codes, n_classes, part):
    """Whether each row is of the class most frequent before its part, and its share."""
    counts, right, p = np.zeros(n_classes), [], []
    for first in range(0, len(codes), part):
        rows = codes[first : first + part]
        right.extend(counts.argmax() == rows)
        p.extend((counts[rows] + 1) / (counts.sum() + n_classes))
        ages = np.arange(len(rows))[::-1]
        counts *= (1 - 1 / MEMORY) ** len(rows)
        counts += np.bincount(rows, (1 - 1 / MEMORY) ** ages, n_classes)
    return np.array(right), np.array(p)


def learned(model, X, y, part, sane):
    """Which rows were right, sums of probabilities, and ``loss_`` for each row.

    Rows with a glitch are learned from, but not classified: that is an error.
    """
    classes = np.unique(y)
    right, sums, costs = np.zeros(len(y), dtype=bool), [], np.empty(len(y))
    for first in range(0, len(y), part):
        rows = np.arange(first, min(first + part, len(y)))
        asked = rows[sane[rows]] if first else rows[:0]
        if len(asked):
            p = model.predict_proba(X[asked])
            right[asked] = classes[p.argmax(axis=1)] == y[asked]
            sums.append(p.sum())
        model.partial_fit(X[rows], y[rows], classes=classes)
        costs[rows] = model.loss_
    return right, np.array(sums), costs


def judged(stream, folder):
    """What is wrong with the end of a stream, in a few words, or None."""
    X, y = rows_of(stream, folder)
    classes, codes = np.unique(y, return_inverse=True)
    model = GradientDescentMLPClassifier(random_state=0, **stream.settings)
    first = X[:, [0]].toarray() if sp.issparse(X) else X[:, [0]]
    sane = first.ravel() < GLITCH
    right, sums, costs = learned(model, X, y, stream.part, sane)
    if not (np.isfinite(model.parameters_).all() and np.isfinite(sums).all()):
        return "not finite", ""
    known = frequent(codes, len(classes), stream.part)
    guessed, p = (found[-MEMORY:] for found in known)
    gap = (guessed.astype(float) - right[-MEMORY:])[sane[-MEMORY:]]
    noise = STANDARD_ERRORS * max(gap.std(), 0.1) / np.sqrt(len(gap))
    if gap.mean() <= noise:
        return None
    told = f"{right[-MEMORY:].mean():.3f} beside {guessed.mean():.3f}"
    log_loss = stream.settings.get("loss", "log_loss") == "log_loss"
    dead = costs[-MEMORY:].mean() <= -np.log(p).mean()
    return ("silent" if log_loss and dead else "below"), told


def run(seed, names, folder):
    """The stream of a seed, and what is wrong with it."""
    warnings.simplefilter("ignore")
    chosen = stream(seed, names)
    with threadpool_limits(1):
        try:
            return chosen, judged(chosen, folder)
        except Exception as error:
            return chosen, ("error", f"{type(error).__name__}: {str(error)[:90]}")


def read_arguments():
    home = Path(os.environ.get("SKLEARN_GD_DATA", REPOSITORY.parent / "shared/data"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    add = parser.add_argument
    add("folder", nargs="?", type=Path, default=home / "tables", help="npz files")
    add("--streams", type=int, default=2000, help="how many")
    add("--first", type=int, default=0, help="seed of the first")
    add("--jobs", type=int, default=1, help="processes")
    add("--quick", action="store_true", help=f"only {QUICK} streams")
    return parser.parse_args()


def main():
    options = read_arguments()
    names = [n for n in NAMES if (options.folder / f"{n}.npz").exists()]
    names = names or list(BUILT_IN)
    seeds = range(
        options.first, options.first + (QUICK if options.quick else options.streams)
    )
    print(machine_line(), flush=True)
    jobs = (joblib.delayed(run)(seed, names, options.folder) for seed in seeds)
    counts, totals = Counter(), Counter()
    for chosen, found in joblib.Parallel(options.jobs, return_as="generator")(jobs):
        who = "own settings" if chosen.settings else "defaults"
        totals[who] += 1
        if found is not None:
            kind, told = found
            counts[kind, who] += 1
            print(f"{kind}: {told}: {chosen}", flush=True)
    print(f"\n{dict(totals)} streams; wrong: {sum(counts.values())}")
    for (kind, who), number in sorted(counts.items()):
        print(f"{kind}, {who}: {number}")


if __name__ == "__main__":
    main()
