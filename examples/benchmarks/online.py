"""River and Vowpal Wabbit, called as scikit-learn calls: some rows at a time.

Both learn from one row at a time, as dicts and as lines of text. Zeros are left out.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def pairs(X):
    """Column numbers and values of what is not zero, for each row."""
    X = sp.csr_array(X)
    for start, end in zip(X.indptr[:-1], X.indptr[1:], strict=True):
        yield X.indices[start:end].tolist(), X.data[start:end].tolist()


class River:
    """A classifier of River.

    Parameters
    ----------
    make : callable without arguments, makes the model
    """

    def __init__(self, make):
        self.model = make()

    def partial_fit(self, X, y, classes=None):
        self.classes = self.classes if classes is None else classes.tolist()
        for (columns, values), label in zip(pairs(X), y.tolist(), strict=True):
            self.model.learn_one(dict(zip(columns, values, strict=True)), label)
        return self

    def predict_proba(self, X):
        """In the order of the classes; those that it does not know have 0."""
        rows = []
        for columns, values in pairs(X):
            p = self.model.predict_proba_one(dict(zip(columns, values, strict=True)))
            rows.append([p.get(label, 0.0) for label in self.classes])
        return np.array(rows)


class Vowpal:
    """Vowpal Wabbit, one against all.

    Parameters
    ----------
    options : str, of its command line
    """

    def __init__(self, options=""):
        self.options = options

    def partial_fit(self, X, y, classes=None):
        if classes is not None:
            from vowpalwabbit import Workspace

            told = f"--oaa {len(classes)} --probabilities --loss_function logistic"
            self.classes = classes
            self.model = Workspace(f"{told} --quiet -b 20 {self.options}")
        numbers = np.searchsorted(self.classes, y) + 1
        for number, line in zip(numbers, lines(X), strict=True):
            self.model.learn(f"{number} {line}")
        return self

    def predict_proba(self, X):
        return np.array([self.model.predict(line) for line in lines(X)])


def lines(X):
    """Each row in Vowpal Wabbit's format, without its label."""
    for columns, values in pairs(X):
        told = (f"{c}:{v:.6g}" for c, v in zip(columns, values, strict=True))
        yield "| " + " ".join(told)
