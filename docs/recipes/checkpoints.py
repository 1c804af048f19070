"""Learn from a stream, store the model now and then, and go on after any end."""

import os
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_digits

from sklearn_gd import GradientDescentMLPClassifier

PART, EVERY = 20, 200  # rows of a call, and of a checkpoint


def store(path, model, n_rows):
    """Writes a new file and then renames it: a killed process leaves the old one."""
    new = Path(f"{path}.new")
    joblib.dump((model, n_rows), new)
    with open(new, "rb") as file:
        os.fsync(file.fileno())
    os.replace(new, path)


def learn(path, X, y):
    """Goes over the rows once, from the last checkpoint on."""
    model, n_rows = GradientDescentMLPClassifier(32, random_state=0), 0
    if Path(path).exists():
        model, n_rows = joblib.load(path)
    for start in range(n_rows, len(y), PART):
        rows = slice(start, start + PART)
        model.partial_fit(X[rows], y[rows], classes=np.unique(y))
        if (start + PART) % EVERY == 0:
            store(path, model, start + PART)
    return model


if __name__ == "__main__":
    import sys

    X, y = load_digits(return_X_y=True)
    joblib.dump(learn(sys.argv[1], np.tile(X, (5, 1)), np.tile(y, 5)), sys.argv[2])
