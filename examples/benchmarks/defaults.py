"""Accuracy and fit time of the defaults, beside those of `MLPClassifier`.

Both classifiers with their defaults, in the same pipeline, on the same splits: digits,
breast cancer and wine (a quarter is for testing; standardised), MNIST and the text of
the SpamAssassin mails (their own split; pixels / 255, tf-idf), where those are at hand.
With ``--more`` also on data that scikit-learn generates. Each cell is a mean over the
seeds; the time is that of `fit`, both in turn. Run::

    python examples/benchmarks/defaults.py
    python examples/benchmarks/defaults.py --more --seeds 3 --only digits moons
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from common import REPOSITORY, machine_line, mnist, table
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_gd import GradientDescentMLPClassifier


def random_split(load, **settings):
    """A function of the seed that splits a data set at random, by class."""

    def split(seed):
        X, y = load(**settings)
        return train_test_split(X, y, stratify=y, random_state=seed)

    return split


def mnist_split(seed):
    """The digits with the split that they come with, or None."""
    X, y, X_test, y_test, real = mnist()
    return (X, X_test, y, y_test) if real else None


def mail_split(seed):
    """The mails with the split that they come with, or None."""
    home = Path(os.environ.get("SKLEARN_GD_DATA", REPOSITORY.parent / "shared/data"))
    if not (home / "load_text.py").exists():
        return None
    sys.path.insert(0, str(home))
    from load_text import load

    X, y, split = load()
    return X[split == 0], X[split == 1], y[split == 0], y[split == 1]


NAMED = {
    "digits": (random_split(datasets.load_digits, return_X_y=True), StandardScaler),
    "breast cancer": (
        random_split(datasets.load_breast_cancer, return_X_y=True),
        StandardScaler,
    ),
    "wine": (random_split(datasets.load_wine, return_X_y=True), StandardScaler),
    "MNIST": (mnist_split, FunctionTransformer),
    "SpamAssassin": (mail_split, TfidfTransformer),
}
GENERATED = {
    "moons": (
        random_split(datasets.make_moons, n_samples=1000, noise=0.25, random_state=0),
        StandardScaler,
    ),
    "quantiles": (
        random_split(
            datasets.make_gaussian_quantiles,
            n_samples=3000,
            n_features=10,
            random_state=0,
        ),
        StandardScaler,
    ),
    "noisy labels": (
        random_split(
            datasets.make_classification,
            n_samples=3000,
            n_features=40,
            n_informative=10,
            flip_y=0.2,
            random_state=1,
        ),
        StandardScaler,
    ),
    "four classes": (
        random_split(
            datasets.make_classification,
            n_samples=2000,
            n_informative=8,
            n_classes=4,
            random_state=1,
        ),
        StandardScaler,
    ),
    "one in twenty": (
        random_split(
            datasets.make_classification,
            n_samples=3000,
            weights=[0.95],
            flip_y=0.02,
            random_state=1,
        ),
        StandardScaler,
    ),
}
CLASSIFIERS = (GradientDescentMLPClassifier, MLPClassifier)


def fit_and_score(classifier, scaler, split, seed):
    """Test accuracy, seconds of the fit, and epochs."""
    X, X_test, y, y_test = split
    pipeline = make_pipeline(scaler(), classifier(random_state=seed))
    start = time.perf_counter()
    pipeline.fit(X, y)
    seconds = time.perf_counter() - start
    return pipeline.score(X_test, y_test), seconds, pipeline[-1].n_iter_


def compare(name, make_split, scaler, seeds):
    """A row of the table, and difference and ratio, or None without the data."""
    results = {classifier: [] for classifier in CLASSIFIERS}
    for seed in range(seeds):
        split = make_split(seed)
        if split is None:
            print(f"{name}: skipped, the data is not there (see SKLEARN_GD_DATA)")
            return None
        for classifier in CLASSIFIERS:
            results[classifier].append(fit_and_score(classifier, scaler, split, seed))
    ours, theirs = (np.mean(results[classifier], axis=0) for classifier in CLASSIFIERS)
    seconds = [[run[1] for run in results[c]] for c in CLASSIFIERS]
    ratio = statistics.median(seconds[0]) / statistics.median(seconds[1])
    difference = 100 * (ours[0] - theirs[0])
    row = [name]
    for accuracy, _, epochs in (ours, theirs):
        row += [f"{accuracy:.4f}", f"{epochs:.0f}"]
    return [*row, f"{difference:+.2f}", f"{ratio:.2f}"], difference, ratio


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--more", action="store_true", help="generated data as well")
    parser.add_argument("--only", nargs="+", help="names of data sets")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(machine_line())
    chosen = NAMED | (GENERATED if options.more else {})
    results = [
        compare(name, make_split, scaler, options.seeds)
        for name, (make_split, scaler) in chosen.items()
        if not options.only or name in options.only
    ]
    results = [result for result in results if result is not None]
    header = ["data", "ours", "epochs", "MLPClassifier", "epochs"]
    header += ["points of accuracy", "time, ours ÷ theirs"]
    print("\n" + table(header, [row for row, _, _ in results]))
    print(
        f"\nMean difference {np.mean([d for _, d, _ in results]):+.2f} points, least "
        f"{min(d for _, d, _ in results):+.2f}; largest ratio of times "
        f"{max(r for _, _, r in results):.2f}. {options.seeds} seeds."
    )


if __name__ == "__main__":
    main()
