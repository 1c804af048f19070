"""
Sparse input: time that follows the non-zeros, not the width
============================================================

Four measurements on CSR batches of text-like rows; prints Markdown.

1. Milliseconds of a processor per `partial_fit` for widths from 2¹⁴ to 2²⁰: the same
   documents, their words hashed to more and more features.
2. The same at one width beside `MLPClassifier.partial_fit`.
3. Peak memory of a stream, beside that of parameters and update state.
4. Training rows per second and test accuracy on the SpamAssassin counts beside
   single-threaded fastText, where both are there (``pip install 'sklearn_gd[bench]'``,
   and the directory with ``spamassassin_text.npz`` in ``SKLEARN_GD_DATA``).

Run it with::

    python examples/benchmarks/sparse.py
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from common import (
    REPOSITORY,
    in_turn,
    installed,
    judged,
    machine_line,
    mail_counts,
    medians,
    ratios,
    run_again,
    table,
    thread_environment,
)
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.neural_network import MLPClassifier

from sklearn_gd import GradientDescentMLPClassifier

ROWS, WORDS, HIDDEN, VOCABULARY = 256, 114, 100, 2**20
WIDTHS = tuple(2**e for e in (14, 16, 18, 20))
# For each solver its settings, how many times faster it should be than MLPClassifier,
# and how many vectors it holds, the parameters and their average among them.
SOLVERS = {
    "sgd": ({"solver": "sgd"}, 50, 3),
    "sgd without momentum": ({"solver": "sgd", "momentum": 0.0}, 50, 2),
    "adam": ({"solver": "adam"}, 150, 4),
}
SETTINGS = {
    "hidden_layer_sizes": HIDDEN,
    "batch_size": ROWS,
    "n_jobs": 1,
    "random_state": 0,
}


def documents(n_batches):
    """Batches of words that follow Zipf's law, and labels that depend on them.

    With Mandelbrot's constants some 6,000 of the words in a batch are distinct. In 256
    of the SpamAssassin mails, thinned out to 72 words each, 5,500 are.
    """
    rng = np.random.default_rng(0)
    share = 1.0 / (np.arange(1, VOCABULARY + 1) + 2.7) ** 1.25
    chances = np.cumsum(share / share.sum())
    hashes = rng.integers(0, 2**31, VOCABULARY)
    for _ in range(n_batches):
        words = np.searchsorted(chances, rng.random((ROWS, WORDS)))
        yield hashes[words.clip(0, VOCABULARY - 1)], (words > 1000).mean(axis=1) > 0.35


def hashed(words, width, dtype=np.float32):
    """A CSR batch of these words with rows of length 1; about 80 non-zeros a row."""
    counts = np.ones(words.size, dtype=dtype)
    starts = np.arange(len(words) + 1) * words.shape[1]
    X = sp.csr_matrix((counts, (words % width).ravel(), starts), (len(words), width))
    X.sum_duplicates()
    X.data = np.sqrt(X.data) / np.sqrt(words.shape[1]).astype(dtype)
    return X


def batches(width, n_batches):
    return [(hashed(words, width), y) for words, y in documents(n_batches)]


def seconds_per_call(model, parts, warm_up):
    """Median processor time of the calls after the first few."""
    seconds = []
    for X, y in parts:
        start = time.process_time()
        model.partial_fit(X, y, classes=[False, True])
        seconds.append(time.process_time() - start)
    return statistics.median(seconds[warm_up:])


def ours(**settings):
    return GradientDescentMLPClassifier(**{**SETTINGS, **settings})


def by_width(n_calls):
    """Milliseconds per call for each width and solver."""
    times = {solver: [] for solver in SOLVERS}
    touched = []
    for width in WIDTHS:
        parts = batches(width, n_calls)
        touched.append(len(np.unique(parts[0][0].indices)))
        for solver, found in times.items():
            model = ours(**SOLVERS[solver][0])
            found.append(1e3 * seconds_per_call(model, parts, 5))
            gc.collect()
    rows = [["features in a batch", *touched, ""]]
    for solver, found in times.items():
        flat = judged(max(found) / min(found), 1.5, at_least=False)
        rows.append([f"{solver}, ms", *(f"{t:.2f}" for t in found), flat])
    return table(["", *(f"2^{w.bit_length() - 1}" for w in WIDTHS), "max / min"], rows)


def beside_mlp(width, n_calls):
    """Our time and MLPClassifier's, on the same batches."""
    rows = []
    parts = batches(width, n_calls)
    for solver, (settings, target, _) in SOLVERS.items():
        theirs = MLPClassifier(HIDDEN, batch_size=ROWS, random_state=0, **settings)
        slow = 1e3 * seconds_per_call(theirs, parts[:7], 2)
        del theirs
        fast = 1e3 * seconds_per_call(ours(**settings), parts, 5)
        ratio = judged(slow / fast, target)
        rows.append([solver, f"{fast:.2f}", f"{slow:.1f}", ratio])
    return table(["solver", "ours, ms", "MLPClassifier, ms", "times"], rows)


def memory(width, solver):
    """Growth of the peak memory in a stream, and what must be held, in MiB."""
    parts = batches(width, 10)
    settings, _, vectors = SOLVERS[solver]
    ours(**settings).partial_fit(parts[0][0][:, :64], parts[0][1], [False, True])
    before = peak_memory()
    model = ours(**settings)
    for X, y in parts:
        model.partial_fit(X, y, classes=[False, True])
    return peak_memory() - before, model.n_parameters_ * 4 * vectors / 2**20


def peak_memory():
    """Of this process, in MiB; what getrusage tells starts with that of its parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(x.split()[1] for x in lines if x.startswith("VmHWM"))) / 1024


def beside_fasttext(epochs, repeats):
    """Training rows per second and accuracy of both on the SpamAssassin counts.

    Both take plain gradient descent with a falling rate: no momentum and no L2.
    """
    counts, y, train = spamassassin()
    X = TfidfTransformer(sublinear_tf=True).fit(counts[train]).transform(counts)
    X = X.astype(np.float32)
    accuracies = {}

    def run_ours():
        model = ours(
            momentum=0.0,
            alpha=0.0,
            learning_rate=2.0,
            learning_rate_schedule="cosine",
            max_iter=epochs,
            tol=None,
        )
        start = time.perf_counter()
        model.fit(X[train], y[train])
        seconds = time.perf_counter() - start
        accuracies["ours"] = model.score(X[~train], y[~train])
        return seconds

    functions = {"ours": run_ours}
    if installed(["fasttext"]):
        lines = [words_of(row) for row in counts]

        def run_fasttext():
            seconds, accuracies["fastText"] = fasttext_result(lines, y, train, epochs)
            return seconds

        functions["fastText"] = run_fasttext
    seconds = medians(in_turn(functions, repeats))
    speeds = {name: epochs * train.sum() / s for name, s in seconds.items()}
    cells = [
        [name, f"{speeds[name]:,.0f}", f"{accuracies[name]:.4f}"] for name in speeds
    ]
    for ratio in ratios(seconds, "ours").values():
        cells[0][1] += f", {judged(ratio, 2)} times"
    return table(["", "rows per second", "test accuracy"], cells)


def fasttext_result(lines, y, train, epochs):
    """Seconds and accuracy of fastText with one thread and its own defaults."""
    import fasttext

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "train.txt"
        labelled = (f"__label__{y[i]} {lines[i]}" for i in np.flatnonzero(train))
        path.write_text("\n".join(labelled))
        start = time.perf_counter()
        model = fasttext.train_supervised(
            str(path), dim=HIDDEN, epoch=epochs, lr=0.5, thread=1, verbose=0
        )
        seconds = time.perf_counter() - start
    tests = np.flatnonzero(~train)
    # Its Python part does not know NumPy 2; the compiled one does.
    told = [model.f.predict(lines[i] + "\n", 1, 0.0, "strict") for i in tests]
    found = np.array([labels[0][1] for labels in told])
    right = np.mean(found == [f"__label__{y[i]}" for i in tests])
    return seconds, right


def words_of(row):
    """A row of counts as text: every word as often as it is counted."""
    return " ".join(
        f"w{j}"
        for j, n in zip(row.indices, row.data, strict=True)
        for _ in range(int(n))
    )


def spamassassin():
    """Word counts as CSR, classes, and which rows are for training."""
    home = Path(os.environ.get("SKLEARN_GD_DATA", REPOSITORY.parent / "shared/data"))
    path = home / "spamassassin_text.npz"
    if not path.exists():
        raise SystemExit(f"{path} is missing; name its directory in SKLEARN_GD_DATA")
    return mail_counts(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5, help="beside fastText")
    parser.add_argument("--width", type=int, default=2**18, help="beside MLPClassifier")
    parser.add_argument("--memory", choices=SOLVERS, help="used by the script itself")
    options = parser.parse_args()
    if options.memory:
        print(json.dumps(memory(WIDTHS[-1], options.memory)))
        return
    print("# Sparse input\n")
    print(machine_line(), f"Batches of {ROWS} rows, hidden layer of {HIDDEN}.\n")
    print(f"## Width\n\n{by_width(options.calls)}\n")
    print(f"## Beside MLPClassifier, {options.width:,} features\n")
    print(beside_mlp(options.width, options.calls), "\n")
    print("## Memory, 2^20 features, MiB\n")
    rows = []
    for solver in SOLVERS:
        grown, needed = run_again("--memory", solver)
        judgement = judged(grown / needed, 1.1, at_least=False)
        rows.append([solver, f"{grown:.0f}", f"{needed:.0f}", judgement])
    head = ["solver", "peak", "parameters + average + state", "ratio"]
    print(table(head, rows), "\n")
    print("## SpamAssassin counts\n")
    print(beside_fasttext(options.epochs, options.repeats))


if __name__ == "__main__":
    if "OPENBLAS_NUM_THREADS" not in os.environ:
        # Set before NumPy is loaded.
        os.execve(
            sys.executable,
            [sys.executable, *sys.argv],
            {**os.environ, **thread_environment(1)},
        )
    main()
