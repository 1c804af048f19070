"""From y to the wanted activations of the output neurons, and back to labels.

The wanted activations of row ``i`` are ``table[codes[i]]``: a one-hot row for each
class, or with several labels a row, that row of zeros and ones itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target


@dataclass(frozen=True)
class Labels:
    """The classes of a problem.

    Attributes
    ----------
    kind : "binary", "multiclass" or "multilabel"
    classes : ndarray of shape (n_classes,), sorted; the column numbers for multilabel
    """

    kind: str
    classes: np.ndarray

    @classmethod
    def learn(cls, y, classes=None):
        """The labels of y, or those announced in classes.

        Raises
        ------
        ValueError
            If y is not made of classes, or there is only one class.
        """
        if type_of_target(y, input_name="y").startswith("multilabel"):
            columns = np.arange(np.shape(y)[1])
            if classes is not None and not np.array_equal(np.unique(classes), columns):
                raise ValueError(
                    f"classes={classes} do not fit y, which has {len(columns)} labels "
                    "a row: their classes are the numbers of the columns. Leave "
                    "classes out."
                )
            return cls("multilabel", columns)
        check_classification_targets(y)
        if classes is not None and np.ndim(classes) != 1:
            raise ValueError(f"classes={classes} must be a list of all the labels.")
        values = np.unique(column_or_1d(y if classes is None else classes, warn=True))
        if len(values) < 2:
            name = "y" if classes is None else "classes"
            raise ValueError(
                f"{name} holds only one class, {values.tolist()}; a classifier needs "
                "at least 2. Add samples of another class, or announce the classes to "
                "come with partial_fit(X, y, classes=...)."
            )
        return cls("binary" if len(values) == 2 else "multiclass", values)

    @property
    def n_outputs(self):
        """The number of output neurons."""
        return 1 if self.kind == "binary" else len(self.classes)

    def encode(self, y, dtype):
        """The codes of y and the table they point into.

        Parameters
        ----------
        y : array-like of shape (n_rows,), or (n_rows, n_labels) for multilabel
        dtype : dtype of the table

        Returns
        -------
        codes : ndarray of intp, shape (n_rows,)
        table : ndarray of shape (n_codes, n_outputs)

        Raises
        ------
        ValueError
            If y holds labels that are not among the classes; they are named.
        """
        if self.kind == "multilabel":
            table = self._indicator(y).astype(dtype)
            return np.arange(len(table)), table
        return self._class_numbers(y), self.table(dtype)

    def table(self, dtype):
        """One row of wanted activations for each class."""
        table = np.eye(len(self.classes), dtype=dtype)
        return np.ascontiguousarray(table[:, 1:]) if self.kind == "binary" else table

    def _class_numbers(self, y):
        if type(y) is not np.ndarray or y.ndim != 1:
            y = column_or_1d(y, warn=True)
        try:
            codes = np.searchsorted(self.classes, y)
            known = self.classes.take(codes, mode="clip") == y
        except TypeError:  # labels of another type, which do not compare
            known = np.zeros(len(y), dtype=bool)
        if not np.all(known):
            unknown = sorted(set(np.asarray(y)[~known].tolist()), key=str)
            raise ValueError(
                f"y contains labels that are not among the classes: {unknown[:10]}; "
                f"known are {self.classes.tolist()[:20]}. Start afresh with rows "
                "of every class, fit with warm_start=False, or announce all of them in "
                "the first call of partial_fit(X, y, classes=...)."
            )
        return codes

    def _indicator(self, y):
        y = check_array(
            y, accept_sparse="csr", dtype=None, input_name="y", ensure_min_features=0
        )
        y = y.toarray() if sp.issparse(y) else y
        if y.shape[1] != len(self.classes):
            raise ValueError(
                f"y has {y.shape[1]} labels a row, but the model has "
                f"{len(self.classes)}."
            )
        if not np.isin(y, (0, 1)).all():
            raise ValueError("y with several labels a row must hold zeros and ones.")
        return y

    def decode(self, decisions):
        """Labels for what a link decided."""
        return decisions if self.kind == "multilabel" else self.classes[decisions]


def total_weight(labels, codes, sample_weight, class_weight, dtype):
    """Weight of every row, sample_weight × class_weight, or None where all are 1.

    Raises
    ------
    ValueError
        If class_weight is given for several labels a row, names an unknown class, or
        holds what is no weight.
    """
    if class_weight is None:
        return sample_weight
    if labels.kind == "multilabel":
        raise ValueError(
            f"class_weight={class_weight!r} needs one class a row, but y has several "
            "labels a row. Weigh the rows with sample_weight instead."
        )
    n_classes = len(labels.classes)
    if class_weight == "balanced":
        weights = np.ones(n_classes)
        present = np.unique(codes)
        weights[present] = compute_class_weight("balanced", classes=present, y=codes)
    else:
        weights = [class_weight.get(c, 1.0) for c in labels.classes.tolist()]
        unknown = set(class_weight) - set(labels.classes.tolist())
        if unknown:
            raise ValueError(
                f"class_weight names {sorted(unknown, key=str)}, which are not among "
                f"the classes {labels.classes.tolist()}."
            )
        weights = _checked_class_weights(class_weight, weights, dtype)
    weights = weights.astype(dtype)[codes]
    return weights if sample_weight is None else weights * sample_weight


def _checked_class_weights(class_weight, weights, dtype):
    limit = np.finfo(dtype).max
    if not all(isinstance(w, Real) and 0 <= w <= limit for w in weights):
        raise ValueError(
            f"class_weight={class_weight} must hold finite numbers of 0 or more, one "
            "for each class."
        )
    return np.array(weights, dtype=dtype)


def mean_targets(codes, table, sample_weight):
    """Weighted mean of the wanted activations, and the weight share of each code."""
    shares = np.bincount(codes, weights=sample_weight, minlength=len(table))
    total = shares.sum()
    shares = shares / total if total > 0 else np.full(len(table), 1 / len(table))
    return shares @ table, shares
