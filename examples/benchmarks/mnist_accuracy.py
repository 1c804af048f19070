"""Test accuracy on MNIST of the networks that the documentation speaks of.

Trains on the first 60,000 digits and tests on the last 10,000, pixels between 0 and 1.
Each network is trained several times, with seeds 0, 1, 2 ...; its line gives the
lowest accuracy, and whether that reaches the aim. Without MNIST at hand random data
takes its place, and no aim is judged. Run::

    python examples/benchmarks/mnist_accuracy.py
    python examples/benchmarks/mnist_accuracy.py --only dropout --seeds 1
"""

from __future__ import annotations

import argparse
import time
import warnings

from common import data_line, machine_line, mnist, table
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GradientDescentMLPClassifier

TWENTY_EPOCHS = {"hidden_layer_sizes": (16, 16), "max_iter": 20, "tol": None}
FALLING = {"learning_rate_schedule": "cosine"}
PICTURE = {
    **TWENTY_EPOCHS,
    "activation": "logistic",
    "output_activation": "logistic",
    "loss": "squared_error",
    "alpha": 0.0,
}
# Name: the network, and the test accuracy that it has to reach.
RUNS = {
    "relu": ({**TWENTY_EPOCHS, **FALLING}, 0.945),
    "picture": ({**PICTURE, **FALLING, "batch_size": 32, "learning_rate": 0.1}, 0.945),
    "picture without momentum": (
        {**PICTURE, "momentum": 0.0, "learning_rate": 1.0, "batch_size": 10},
        0.93,
    ),
    "default": ({}, 0.975),
    "dropout": (
        {
            "hidden_layer_sizes": (512, 512),
            "dropout": 0.3,
            **FALLING,
            "max_iter": 30,
            "tol": None,
        },
        0.984,
    ),
}


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=RUNS, nargs="*", default=list(RUNS))
    parser.add_argument("--seeds", type=int, default=3, help="trainings of a network")
    parser.add_argument("--quick", action="store_true", help="1,000 rows, 2 epochs")
    return parser.parse_args()


def train(settings, data, seed):
    """A fitted network, its test accuracy, and the seconds that its fit took."""
    X, y, X_test, y_test = data
    network = GradientDescentMLPClassifier(**settings, random_state=seed)
    start = time.perf_counter()
    network.fit(X, y)
    seconds = time.perf_counter() - start
    return network, network.score(X_test, y_test), seconds


def report(name, data, seeds, quick, real):
    """The row of a network in the table."""
    settings, aim = RUNS[name]
    short = {"max_iter": 2, "tol": None} if quick else {}
    runs = [train({**settings, **short}, data, seed) for seed in range(seeds)]
    scores = [score for _, score, _ in runs]
    judge = real and not quick
    verdict = ("reached" if min(scores) >= aim else "**missed**") if judge else "-"
    return [
        name,
        f"`{code(settings)}`",
        f"{runs[0][0].n_parameters_:,}",
        ", ".join(str(network.n_iter_) for network, *_ in runs),
        ", ".join(f"{score:.4f}" for score in scores),
        f"≥ {aim}: {verdict}",
        f"{sum(seconds for *_, seconds in runs) / seeds:.1f}",
    ]


def code(settings):
    """The settings as they are written in a call."""
    return ", ".join(f"{name}={value!r}" for name, value in settings.items()) or "-"


def main():
    args = read_arguments()
    *data, real = mnist()
    if args.quick:
        data = [part[:1000] for part in data]
    warnings.simplefilter("ignore", ConvergenceWarning)
    header = ["network", "settings", "parameters", "epochs", "test accuracy", "aim"]
    rows = [report(name, data, args.seeds, args.quick, real) for name in args.only]
    print(data_line(real))
    print(table([*header, "seconds a fit"], rows))
    print(f"\nSeeds 0 to {args.seeds - 1}. {machine_line()}")


if __name__ == "__main__":
    main()
