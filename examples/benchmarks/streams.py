"""
Streams: how good is a model at every moment?
=============================================

Every row is classified before it is learned from, in parts of some rows: progressive
accuracy and log loss. Beside `GradientDescentMLPClassifier` as it comes stand
scikit-learn's `SGDClassifier` (log loss, averaged or not, four strengths of L2) and
`MLPClassifier`, each at the best of its settings on each stream, which is more than a
user can know beforehand; where they are installed, River's softmax regression and
trees, and Vowpal Wabbit. (With ``--quick`` each has its first setting.)
Tables and mails are shuffled (with ``--ordered``, as the file has them) and scaled by
their first 1,000 rows, which are not counted; texts are weighed by tf-idf. With
``--turns`` each label becomes the next one that many times, in even steps. Prints a
Markdown table for each size of the parts, and saves a picture of the error over the
rows. Run::

    python examples/benchmarks/streams.py
    python examples/benchmarks/streams.py --part 1 32 256 --rows 3000
    python examples/benchmarks/streams.py --turns 4
    python examples/benchmarks/streams.py --quick
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
import warnings
from pathlib import Path

import numpy as np
from common import REPOSITORY, machine_line, mail_counts, mnist, table
from online import River, Vowpal
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier
from table_sets import tables
from threadpoolctl import threadpool_limits

from sklearn_gd import GradientDescentMLPClassifier

NAMES = (
    "tweet_device",
    "food_reviews",
    "police_stops",
    "movielens",
    "magic",
    "car_crash",
    "fertility",
    "digits",  # of scikit-learn, where there is no folder of tables
)
SCALED_BY = 1000
# Rows over which the curves of the picture are smoothed.
WINDOW = 1000
OURS = "ours"
# What --quick is content with.
QUICK, QUICK_ROWS = ("magic", "mails", "digits"), 500


def contenders():
    """For each name the settings that are tried: functions that make a model."""
    made = {
        OURS: [lambda: GradientDescentMLPClassifier(random_state=0)],
        "ours, adam": [
            lambda: GradientDescentMLPClassifier(solver="adam", random_state=0)
        ],
        "MLPClassifier": [
            lambda rate=rate: MLPClassifier(learning_rate_init=rate, random_state=0)
            for rate in (0.001, 0.01)
        ],
    }
    for average in (False, True):
        made["SGDClassifier" + ", average" * average] = [
            lambda alpha=alpha, average=average: SGDClassifier(
                loss="log_loss", alpha=alpha, average=average, random_state=0
            )
            for alpha in (1e-6, 1e-5, 1e-4, 1e-3)
        ]
    return made | of_river() | of_vowpal_wabbit()


def of_river():
    """A linear model and two kinds of trees, where River is installed."""
    try:
        from river import forest, linear_model, optim, tree
    except ImportError:
        return {}
    return {
        "River, softmax": [
            lambda rate=rate: River(
                lambda: linear_model.SoftmaxRegression(optim.SGD(rate))
            )
            for rate in (0.01, 0.1)
        ],
        "River, trees": [
            lambda: River(tree.HoeffdingAdaptiveTreeClassifier),
            lambda: River(lambda: forest.ARFClassifier(n_models=5, seed=0)),
        ],
    }


def of_vowpal_wabbit():
    """Its linear model at three rates, where it is installed."""
    if importlib.util.find_spec("vowpalwabbit") is None:
        return {}
    rates = (0.1, 0.5, 2.0)
    return {"Vowpal Wabbit": [lambda r=rate: Vowpal(f"-l {r}") for rate in rates]}


def streams(folder, n_rows, ordered):
    """Name, X and y of every stream, ready to be classified."""
    X, y, *_, real = mnist()
    if real:
        yield "MNIST", X[: n_rows + SCALED_BY], y[: n_rows + SCALED_BY]
    for source in tables(folder, NAMES, None):
        rows = np.arange(len(source.y))
        if not ordered:
            rows = np.random.default_rng(0).permutation(rows)
        rows = rows[: n_rows + SCALED_BY]
        X = source.numbers()[rows]
        scaler = source.scaler().fit(X[:SCALED_BY])
        yield source.name, scaler.transform(X), source.y[rows]
    path = folder.parent / "spamassassin_text.npz"
    if path.exists():
        yield "mails", *mails(path, n_rows, ordered)


def mails(path, n_rows, ordered):
    """Word counts of mails, weighed by what the first rows tell of the words."""
    X, y, _ = mail_counts(path)
    rows = np.arange(len(y))
    if not ordered:
        rows = np.random.default_rng(0).permutation(rows)
    rows = rows[: n_rows + SCALED_BY]
    weigher = TfidfTransformer(sublinear_tf=True).fit(X[rows[:SCALED_BY]])
    return weigher.transform(X[rows]), y[rows]


def progressive(model, X, y, part):
    """Which rows were right, their log losses, and the seconds that it took."""
    classes, start = np.unique(y), time.process_time()
    wanted = np.searchsorted(classes, y)
    model.partial_fit(X[:SCALED_BY], y[:SCALED_BY], classes=classes)
    right, losses = [], []
    for first in range(SCALED_BY, len(y), part):
        rows = slice(first, first + part)
        p = np.asarray(model.predict_proba(X[rows]))
        right.append(p.argmax(axis=1) == wanted[rows])
        shown = p[np.arange(len(p)), wanted[rows]]
        losses.append(-np.log(np.clip(shown, 1e-15, 1.0)))
        model.partial_fit(X[rows], y[rows])
    seconds = time.process_time() - start
    return np.concatenate(right), np.concatenate(losses), seconds


def best_of(makers, X, y, part):
    """The run of the setting with the highest accuracy."""
    return max(
        (progressive(m(), X, y, part) for m in makers), key=lambda r: r[0].mean()
    )


def draw(curves, path):
    """Saves the share of wrong rows, smoothed, one panel for each stream."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    n_columns = 4
    n_lines = -(-len(curves) // n_columns)
    figure = Figure(figsize=(3.2 * n_columns, 2.6 * n_lines), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(n_lines, n_columns, squeeze=False).ravel()
    for ax in axes[len(curves) :]:
        ax.remove()
    for ax, (stream, found) in zip(axes, curves.items(), strict=False):
        for name, right in found.items():
            window = min(WINDOW, len(right))
            wrong = np.convolve(1.0 - right, np.ones(window) / window, mode="valid")
            width = 2.0 if name == OURS else 1.0
            ax.plot(np.arange(len(wrong)) + window, wrong, linewidth=width, label=name)
        ax.set_title(stream, fontsize=10)
        ax.set_ylim(bottom=0)
        ax.tick_params(labelsize=7)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, fontsize=9)
    figure.supxlabel("rows")
    figure.supylabel(f"share wrong, over {WINDOW:,} rows")
    figure.savefig(path, dpi=100)


def read_arguments():
    home = Path(os.environ.get("SKLEARN_GD_DATA", REPOSITORY.parent / "shared/data"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    add = parser.add_argument
    add("folder", nargs="?", type=Path, default=home / "tables", help="npz files")
    add("--part", type=int, nargs="+", default=[32], help="rows of a call, any number")
    add("--rows", type=int, default=10_000, help="at most so many rows of a stream")
    add("--ordered", action="store_true", help="tables in the order of their files")
    add("--turns", type=int, default=0, help="how often labels become the next one")
    add("--quick", action="store_true", help="two streams of 500 rows, one setting")
    add("--picture", type=Path, default=Path("streams.png"))
    return parser.parse_args()


def compare(makers, options, part):
    """Prints the table of all streams in parts of so many rows; returns the curves."""
    curves, lines = {}, []
    for stream, X, y in chosen(options):
        found = {name: best_of(m, X, y, part) for name, m in makers.items()}
        curves[stream] = {name: run[0] for name, run in found.items()}
        lines.append([(r.mean(), c.mean(), s) for r, c, s in found.values()])
        cells = [f"{a:.3f} {loss:.3f} {s:.1f}" for a, loss, s in lines[-1]]
        print(stream, *cells, sep=" | ", flush=True)
    means = np.mean(lines, axis=0)
    body = [
        [stream, *(f"{a:.3f}, {loss:.3f}" for a, loss, _ in line)]
        for stream, line in zip(curves, lines, strict=True)
    ]
    body.append(["mean", *(f"{a:.3f}, {loss:.3f}" for a, loss, _ in means)])
    body.append(["seconds", *(f"{s:.1f}" for *_, s in means)])
    print(f"\nProgressive accuracy, log loss, in parts of {part}:\n")
    print(table(["stream", *makers], body), flush=True)
    return curves


def chosen(options):
    """The streams that the options ask for."""
    rows = QUICK_ROWS if options.quick else options.rows
    for name, X, y in streams(options.folder, rows, options.ordered):
        if not options.quick or name in QUICK:
            yield name, X, turned(y, options.turns)


def turned(y, turns):
    """Labels that become the next one in even steps, so many times."""
    classes, codes = np.unique(y, return_inverse=True)
    periods = np.arange(len(y)) * (turns + 1) // len(y)
    return classes[(codes + periods) % len(classes)]


def main():
    options = read_arguments()
    warnings.simplefilter("ignore")
    print(machine_line(), flush=True)
    makers = contenders()
    if options.quick:
        makers = {name: settings[:1] for name, settings in makers.items()}
    with threadpool_limits(1):
        for part in options.part:
            curves = compare(makers, options, part)
            path = options.picture
            if len(options.part) > 1:
                path = path.with_stem(f"{path.stem}_{part}")
            draw(curves, path)
            print(f"\nPicture: {path}")


if __name__ == "__main__":
    main()
