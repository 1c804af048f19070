"""Accuracy, log loss and fit time of many classifiers on many tables, paired.

Every classifier on every table of a folder (`table_sets` says of which form), or on
sets of scikit-learn where there is no folder: networks behind the scaler that is usual,
trees on the numbers as they are, one thread; seconds are those of the processor, so
that other work on the machine counts for little. A table with few test rows is split
several times, on the others several seeds are trained. Prints for each classifier the
means over the tables and the differences from the first that is named, with the
standard error over the tables, and saves a picture of them. A win or a loss is a
difference in accuracy of more than two standard errors over the test rows of a table.
Run::

    python examples/benchmarks/tables.py
    python examples/benchmarks/tables.py --quick
    python examples/benchmarks/tables.py --run MLPClassifier ours "ours(alpha=0.01)"
    python examples/benchmarks/tables.py ~/my_tables --run ours "ours(solver='adam')"
    python examples/benchmarks/tables.py --save docs/comparison.json
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
from common import REPOSITORY, machine_line, table
from contenders import BASE, CONTENDERS, pipeline, those_there
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from table_picture import draw
from table_sets import tables
from threadpoolctl import threadpool_limits

# Average precision is told of classes with a smaller share than this.
RARE = 0.05
QUICK_ROWS = 1500
FIGURES = ("accuracy", "balanced", "log loss")


def figures(y, p, classes, shares):
    """Accuracy, balanced accuracy and log loss of probabilities, and rare classes'.

    Parameters
    ----------
    y : ndarray of shape (n_rows,), the labels
    p : ndarray of shape (n_rows, n_classes)
    classes : ndarray of shape (n_classes,)
    shares : ndarray of shape (n_classes,), of the training rows
    """
    found = classes[p.argmax(axis=1)]
    wanted = p[np.arange(len(y)), np.searchsorted(classes, y)]
    rare = [i for i, c in enumerate(classes) if shares[i] < RARE and (y == c).any()]
    precisions = [average_precision_score(y == classes[i], p[:, i]) for i in rare]
    return {
        "right": found == y,
        "accuracy": (found == y).mean(),
        "balanced": balanced_accuracy_score(y, found),
        "log loss": -np.log(np.clip(wanted, 1e-15, 1)).mean(),
        "rare": np.mean(precisions) if rare else np.nan,
    }


def run(text, source, rows, seed, raw):
    """The figures of one classifier, trained on some rows of a table."""
    train, test = rows
    model, X = pipeline(text, seed, source, raw)
    take = X.iloc if hasattr(X, "iloc") else X
    start = time.process_time()
    model.fit(take[train], source.y[train])
    seconds = time.process_time() - start
    p = np.asarray(model.predict_proba(take[test]), dtype=float)
    shares = [(source.y[train] == c).mean() for c in model.classes_]
    told = figures(source.y[test], p, np.asarray(model.classes_), shares)
    return told | {"seconds": seconds, "rows": test}


def compared(texts, source, options):
    """For each classifier its figures on a table: means over the runs, and rows."""
    outcomes = defaultdict(list)
    runs = source.runs(options.splits, options.seeds)
    for seed, (train, test) in enumerate(runs):
        if options.rows and len(train) > options.rows:
            train = np.random.default_rng(0).permutation(train)[: options.rows]
        for text in texts:
            rows = np.sort(train), test
            outcomes[text].append(run(text, source, rows, seed, options.raw))
    return {text: summary(runs, len(source.y)) for text, runs in outcomes.items()}


def summary(runs, n_rows):
    """The means of some runs; ``right`` is each row's share of right predictions."""
    right, times = np.zeros((2, n_rows))
    for one in runs:
        right[one["rows"]] += one["right"]
        times[one["rows"]] += 1
    with np.errstate(invalid="ignore"):
        shares = right / times  # not a number where a row was never tested
    names = (*FIGURES, "rare", "seconds")
    return {name: np.mean([one[name] for one in runs]) for name in names} | {
        "right": shares
    }


def difference(ours, theirs):
    """Points of accuracy between two summaries of a table, and the standard error.

    The rows are the sample: each counts with its mean over the runs that it was in.
    """
    d = 100 * (ours["right"] - theirs["right"])
    d = d[np.isfinite(d)]
    return d.mean(), d.std() / np.sqrt(len(d))


def row(text, results, base):
    """A line of the table: means, paired differences, wins and losses, time."""
    ours = [result[text] for result in results.values()]
    theirs = [result[base] for result in results.values()]
    cells = [text]
    for name in FIGURES:
        values, others = ([r[name] for r in side] for side in (ours, theirs))
        cells += [f"{np.mean(values):.4f}"]
        cells += ["" if text == base else paired(values, others, name == "log loss")]
    rare = [r["rare"] for r in ours]
    cells += ["" if np.isnan(rare).all() else f"{np.nanmean(rare):.3f}"]
    cells += ["" if text == base else wins_and_losses(ours, theirs)]
    seconds, others = ([r["seconds"] for r in side] for side in (ours, theirs))
    ratio = np.median(np.divide(seconds, others))
    return [*cells, f"{sum(seconds):.1f}", f"{ratio:.2f}"]


def paired(values, others, as_they_are):
    """Mean difference over the tables and its standard error, in points or as it is."""
    d = np.subtract(values, others) * (1 if as_they_are else 100)
    error = d.std(ddof=1) / np.sqrt(len(d)) if len(d) > 1 else np.nan
    digits = 3 if as_they_are else 2
    return f"{d.mean():+.{digits}f} ± {error:.{digits}f}"


def wins_and_losses(ours, theirs):
    """On how many tables it is better / the same / worse, beyond two errors."""
    pairs = [difference(a, b) for a, b in zip(ours, theirs, strict=True)]
    wins, losses = (sum(s * d > 2 * e for d, e in pairs) for s in (1, -1))
    return f"{wins}/{len(pairs) - wins - losses}/{losses}"


def each(texts, results, base):
    """A line for each table: accuracy of the base, and the differences from it."""
    header = ["table", base, *(text for text in texts if text != base)]
    lines = []
    for name, result in results.items():
        cells = [name, f"{result[base]['accuracy']:.4f}"]
        for text in header[2:]:
            d, error = difference(result[text], result[base])
            cells.append(f"{d:+.2f} ± {error:.2f}")
        lines.append(cells)
    return table(header, lines)


def save(texts, results, options):
    """Writes the means over the tables, and what they were measured on."""
    means = {
        text: {
            name: float(np.mean([result[text][name] for result in results.values()]))
            for name in (*FIGURES, "seconds")
        }
        for text in texts
    }
    told = {
        "machine": machine_line(),
        "tables": list(results),
        "runs": {"splits": options.splits, "seeds": options.seeds},
        "most_rows": options.rows,
        "means": means,
    }
    options.save.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(f"\nMeans: {options.save}")


def read_arguments():
    home = Path(os.environ.get("SKLEARN_GD_DATA", REPOSITORY.parent / "shared/data"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("folder", nargs="?", type=Path, default=home / "tables", help="npz files")
    add("--run", nargs="+", default=[BASE, *(c for c in CONTENDERS if c != BASE)])
    add("--only", nargs="+", help="names of tables")
    add("--rows", type=int, help="at most so many training rows")
    add("--splits", type=int, default=6, help="of a table with few test rows")
    add("--seeds", type=int, default=3, help="on any other table")
    add("--raw", action="store_true", help="no scaler in front")
    add("--each", action="store_true", help="a line for every table as well")
    add("--quick", action="store_true", help="small tables, one split, two networks")
    add("--picture", type=Path, default="tables.png")
    add("--save", type=Path, help="a JSON file for the means, to draw charts of")
    options = parser.parse_args()
    if options.quick:
        options.splits = options.seeds = 1
        options.run = options.run[:2]
    return options


def main():
    options = read_arguments()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(machine_line(), flush=True)
    texts, results = those_there(options.run), {}
    most = QUICK_ROWS if options.quick else None
    with threadpool_limits(1):
        for source in tables(options.folder, options.only, most):
            results[source.name] = compared(texts, source, options)
    tell(texts, results, options.each)
    if options.save:
        save(texts, results, options)
    pairs = {
        text: {name: difference(r[text], r[texts[0]]) for name, r in results.items()}
        for text in texts[1:]
    }
    draw(pairs, texts[0], options.picture)
    print(f"\nPicture: {options.picture}")


def tell(texts, results, all_of_them):
    """Prints the table, and on request one with a line for each data set."""
    base, header = texts[0], ["classifier"]
    for name in FIGURES:
        header += [name, f"less {base}"]
    header += ["rare classes", "wins/ties/losses", "seconds", "median ratio"]
    print(f"\n{len(results)} tables.\n")
    print(table(header, [row(text, results, base) for text in texts]))
    if all_of_them:
        print("\n" + each(texts, results, base))


if __name__ == "__main__":
    main()
