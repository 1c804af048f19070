"""Tables for the benchmark of them: a folder of npz files, or scikit-learn's own sets.

A file holds ``X`` (or a CSR matrix as ``X_data, X_indices, X_indptr, X_shape``), ``y``
and ``split`` (0 for training, 1 for testing). Tables with categories hold codes, and
``categorical, columns, categories`` say which and of what; texts hold ``vocabulary``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from sklearn import datasets
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

# Indicators of so many columns in all are stored densely.
DENSE = 300
# With fewer test rows than this one split says little.
FEW = 500
BUILT_IN = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
}


@dataclass(frozen=True)
class Table:
    """A data set for classification.

    Parameters
    ----------
    name : str
    X : ndarray of float32 or CSR matrix; codes where ``levels`` has the column
    y : ndarray of shape (n_rows,)
    split : ndarray of shape (n_rows,), 0 for training and 1 for testing
    text : bool, whether X counts words
    columns : list of str, names of the columns
    levels : dict of column number to the list of its categories
    """

    name: str
    X: object = field(repr=False)
    y: np.ndarray = field(repr=False)
    split: np.ndarray = field(repr=False)
    text: bool = False
    columns: list = field(default_factory=list, repr=False)
    levels: dict = field(default_factory=dict, repr=False)

    def numbers(self):
        """X with an indicator column for every category."""
        if not self.levels:
            return self.X
        rows = np.arange(len(self.y))
        parts = [sp.csr_array(np.delete(self.X, list(self.levels), axis=1))]
        for column, names in self.levels.items():
            where = rows, self.X[:, column].astype(int)
            ones = np.ones(len(rows), np.float32)
            parts.append(sp.csr_array((ones, where), shape=(len(rows), len(names))))
        X = sp.hstack(parts, format="csr", dtype=np.float32)
        return X.toarray() if X.shape[1] <= DENSE else X

    def frame(self):
        """X as a data frame with its categories, or as it is where it is sparse."""
        import pandas

        if sp.issparse(self.X):
            return self.X
        frame = pandas.DataFrame(self.X, columns=self.columns)
        for column, names in self.levels.items():
            codes = self.X[:, column].astype(int)
            name = self.columns[column]
            frame[name] = pandas.Categorical.from_codes(codes, names)
        return frame

    def scaler(self):
        """What is usual before a network: tf-idf for texts, else unit variance."""
        if self.text:
            return TfidfTransformer()
        return StandardScaler(with_mean=not sp.issparse(self.numbers()))

    def runs(self, splits, seeds):
        """Pairs of training and test rows: its own split, or several random ones.

        A table with few test rows is split ``splits`` times, the first time as it
        came; any other is trained on with ``seeds`` seeds.
        """
        own = np.flatnonzero(self.split == 0), np.flatnonzero(self.split == 1)
        if len(own[1]) >= FEW:
            return [own] * seeds
        rows, share = np.arange(len(self.y)), self.split.mean()
        others = [
            train_test_split(rows, test_size=share, stratify=self.y, random_state=i)
            for i in range(1, splits)
        ]
        return [own, *others]


def read(path):
    """The table in a file; None where y are numbers, for regression."""
    with np.load(path, allow_pickle=False) as stored:
        y, split = stored["y"], stored["split"]
        if y.dtype.kind == "f":
            return None
        if "X_data" in stored:
            parts = (stored["X_data"], stored["X_indices"], stored["X_indptr"])
            X = sp.csr_matrix(parts, shape=tuple(stored["X_shape"]), dtype=np.float32)
        else:
            X = stored["X"].astype(np.float32)
        columns, levels = read_columns(stored, X.shape[1])
        return Table(path.stem, X, y, split, "vocabulary" in stored, columns, levels)


def read_columns(stored, width):
    """Names of the columns, and the categories of those that have some."""
    if "columns" not in stored:
        return [f"x{i}" for i in range(width)], {}
    columns = [str(name) for name in stored["columns"]]
    if "categorical" not in stored:
        return columns, {}
    categories = json.loads(str(stored["categories"]))
    where = np.flatnonzero(stored["categorical"])
    return columns, {int(i): categories[columns[i]] for i in where}


def built_in(name):
    """One of scikit-learn's own sets, three tenths of it for testing."""
    bunch = BUILT_IN[name]()
    split = np.zeros(len(bunch.target), int)
    _, test = train_test_split(
        np.arange(len(split)), test_size=0.3, stratify=bunch.target, random_state=0
    )
    split[test] = 1
    X, columns = bunch.data.astype(np.float32), list(map(str, bunch.feature_names))
    return Table(name, X, bunch.target_names[bunch.target], split, columns=columns)


def tables(folder, only=None, most_rows=None):
    """The tables of a folder one after the other; scikit-learn's if it is not there."""
    if Path(folder).is_dir():
        found = (read(path) for path in sorted(Path(folder).glob("*.npz")))
    else:
        found = map(built_in, BUILT_IN)
    for table in found:
        small = table is not None and not (most_rows and len(table.y) > most_rows)
        if small and (not only or table.name in only):
            yield table
