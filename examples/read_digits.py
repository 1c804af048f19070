"""Train a network that reads handwritten digits, test it, and draw what it has learnt.

It runs on the 8 x 8 digits that come with scikit-learn. For the real MNIST digits,
28 x 28 pixels and 70,000 of them, which are downloaded from OpenML once (15 MB) and
kept in ``--data-home``::

    python read_digits.py --dataset mnist_784

Two hidden layers of 16 neurons make 13,002 parameters for MNIST, 1,482 for the small
digits. For neurons that all have the S-shaped activation, as gradient descent is
usually explained, add ``--set activation=logistic output_activation=logistic``.
"""

import argparse
import ast
import http.client
import importlib.util
import socket
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import fetch_openml, load_digits
from sklearn.metrics import confusion_matrix
from sklearn.utils import shuffle

from sklearn_gd import GradientDescentMLPClassifier, LossCurveDisplay, WeightsDisplay

try:
    import matplotlib.pyplot as plt
except ImportError:
    sys.exit("The pictures need matplotlib: pip install 'sklearn_gd[plot]'")


def read_arguments():
    """The choices made on the command line."""
    parser = argparse.ArgumentParser(
        description="Train a network that reads handwritten digits."
    )
    parser.add_argument("--dataset", choices=sorted(DATASETS), default="digits")
    parser.add_argument("--data-home", metavar="DIR", help="where OpenML data is kept")
    parser.add_argument(
        "--parser",
        choices=["auto", "liac-arff"],
        default="auto",
        help="how OpenML data is read: auto needs pandas, liac-arff takes 1-2 minutes",
    )
    parser.add_argument(
        "--hidden", type=int, nargs="*", default=[16, 16], metavar="NEURONS"
    )
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument(
        "--set",
        type=setting,
        nargs="*",
        default=[],
        metavar="NAME=VALUE",
        help="other parameters of the classifier, such as dropout=0.2",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--output", metavar="DIR", type=Path, default=Path("pictures_of_digits")
    )
    parser.add_argument("--quick", action="store_true", help="3 epochs on 1,000 digits")
    return parser.parse_args()


def setting(text):
    """Name and value of a parameter of the classifier, from NAME=VALUE."""
    name, _, value = text.partition("=")
    if name not in GradientDescentMLPClassifier().get_params():
        raise argparse.ArgumentTypeError(f"the classifier has no parameter {name!r}")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return name, value


def read_digits(args):
    """The digits of scikit-learn, shuffled: 1,297 to train on, 500 to test with."""
    X, y = shuffle(*load_digits(return_X_y=True), random_state=0)
    return X.astype(np.float32) / 16, y, 1297


def read_mnist(args):
    """MNIST in its usual order: the first 60,000 to train on, 10,000 to test with."""
    parser = args.parser
    if parser == "auto" and importlib.util.find_spec("pandas") is None:
        parser = "liac-arff"
    if parser == "liac-arff":
        print("Reading MNIST without pandas; this takes 1 to 2 minutes ...", flush=True)
    socket.setdefaulttimeout(60)
    try:
        X, y = fetch_openml(
            "mnist_784",
            version=1,
            as_frame=False,
            return_X_y=True,
            data_home=args.data_home,
            parser=parser,
        )
    except (TypeError, ValueError, EOFError, OSError, http.client.HTTPException) as why:
        sys.exit(advice(why))
    return X.astype(np.float32) / 255, y, 60_000


def advice(why):
    """A sentence about a download that has failed."""
    causes = [why]
    while causes[-1].__context__ is not None:
        causes.append(causes[-1].__context__)
    # fetch_openml tries again after an error, so the first one is the real one.
    if any(isinstance(cause, TypeError) for cause in causes):
        return (
            "This scikit-learn cannot read MNIST with this pandas (scikit-learn pull "
            "request 34902): run again with --parser liac-arff (it takes 1-2 minutes), "
            "or install an older pandas: pip install 'pandas<3.1'."
        )
    return (
        f"MNIST could not be downloaded from OpenML ({type(why).__name__}: {why}): "
        "check the connection and run again, name a directory that already holds it "
        "with --data-home, or leave out --dataset to use the digits of scikit-learn."
    )


DATASETS = {"digits": read_digits, "mnist_784": read_mnist}


def train(args, X, y):
    """A network that has learned from these digits; its steps shrink along a cosine."""
    classifier = GradientDescentMLPClassifier(
        args.hidden,
        batch_size=args.batch_size,
        learning_rate=args.learning_rate,
        learning_rate_schedule="cosine",
        max_iter=args.epochs,
        tol=None,
        random_state=args.seed,
        verbose=1,
    )
    classifier.set_params(**dict(args.set)).fit(X, y)
    sizes = "-".join(map(str, [X.shape[1], *map(len, classifier.intercepts_)]))
    print(f"\n{classifier.n_parameters_:,} parameters (layers of {sizes} neurons)")
    return classifier


def print_answers(classes, y, predicted):
    """A row for each digit, a column for each answer; off the diagonal are mistakes."""
    print(f"test accuracy {np.mean(predicted == y):.4f}\n")
    print("digit   read as")
    print(" " * 5 + "".join(f"{label:>6}" for label in classes))
    for label, row in zip(classes, confusion_matrix(y, predicted), strict=True):
        print(f"{label:>5}" + "".join(f"{count or '.':>6}" for count in row))


def draw_thoughts(classifier, X, y, predicted, side):
    """Six digits that it reads rightly, and below its first mistakes; blue is true."""
    classes, probabilities = classifier.classes_, classifier.predict_proba(X)
    right = np.flatnonzero(predicted == y)[:6]
    wrong = np.flatnonzero(predicted != y)[:6]
    figure, axes = plt.subplots(
        4, 6, figsize=(10, 7), layout="constrained", height_ratios=(3, 2, 3, 2)
    )
    for ax in axes.flat:
        ax.set_axis_off()
    for top, rows in ((0, right), (2, wrong)):
        for row, image, bars in zip(rows, axes[top], axes[top + 1], strict=False):
            image.imshow(X[row].reshape(side, side), cmap="gray_r")
            image.set_title(f"{y[row]}, read as {predicted[row]}", fontsize=11)
            colors = np.full(len(classes), "0.7", dtype=object)
            colors[classes == predicted[row]] = "tab:orange"
            colors[classes == y[row]] = "tab:blue"
            bars.set_axis_on()
            bars.bar(np.arange(len(classes)), probabilities[row], color=list(colors))
            bars.set(ylim=(0, 1), yticks=[0, 0.5, 1], xlabel="Digit")
            bars.set_xticks(np.arange(len(classes)), classes, fontsize=8)
            bars.label_outer(remove_inner_ticks=False)
        axes[top + 1, 0].set_ylabel("Probability")
    return figure


def save_pictures(directory, pictures):
    """Figures as files, to be looked at again."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        path = directory / f"{name}.png"
        picture.savefig(path, dpi=120)
        print(f"saved {path}")


def main():
    args = read_arguments()
    X, y, n_train = DATASETS[args.dataset](args)
    X_train, y_train = X[:n_train], y[:n_train]
    X_test, y_test = X[n_train:], y[n_train:]
    if args.quick:
        X_train, y_train, args.epochs = X_train[:1000], y_train[:1000], 3
    print(f"{len(X_train):,} digits to learn from, {len(X_test):,} to test with")
    classifier = train(args, X_train, y_train)
    predicted = classifier.predict(X_test)
    print_answers(classifier.classes_, y_test, predicted)
    cost = LossCurveDisplay.from_estimator(classifier, marker="o", markersize=4)
    cost.ax_.set_ylim(bottom=0)
    side = int(np.sqrt(X.shape[1]))
    weights = WeightsDisplay.from_estimator(classifier, (side, side), X=X_test)
    thoughts = draw_thoughts(classifier, X_test, y_test, predicted, side)
    pictures = {
        "cost": cost.figure_,
        "thoughts": thoughts,
        "weights": weights.figure_,
    }
    save_pictures(args.output, pictures)


if __name__ == "__main__":
    main()
