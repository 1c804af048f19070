"""From y to the wanted activations of the output neurons, and back to labels.

The wanted activations of row ``i`` are ``table[codes[i]]``: a one-hot row for each
class, or with several labels a row, that row of zeros and ones itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakValueDictionary

import numpy as np
import scipy.sparse as sp
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from .missing import label_array
from .weights import relative

# The tables that are in use: each part of a stream needs one.
_tables: WeakValueDictionary = WeakValueDictionary()


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
            If y is not made of classes, or lacks a value somewhere.
        """
        y = label_array(y)
        kind = kind_of(y)
        if kind.startswith("multilabel"):
            columns = np.arange(np.shape(y)[1])
            if classes is not None and not np.array_equal(np.unique(classes), columns):
                raise ValueError(
                    f"classes={classes} do not fit y, which has {len(columns)} labels "
                    "a row: their classes are the numbers of the columns. Leave "
                    "classes out."
                )
            return cls("multilabel", columns)
        if kind not in ("binary", "multiclass"):
            refuse(y, kind)
        values = distinct(y) if classes is None else announced(classes)
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
            If y holds labels that are not among the classes, which are named, or
            lacks a value somewhere.
        """
        y = label_array(y)
        if self.kind == "multilabel":
            table = self._indicator(y).astype(dtype, order="C")
            return np.arange(len(table)), table
        return self._class_numbers(y), self.table(dtype)

    def table(self, dtype):
        """One row of wanted activations for each class; shared, so read only."""
        key = self.n_outputs, len(self.classes), dtype
        table = _tables.get(key)
        if table is None:
            table = np.eye(len(self.classes), dtype=dtype)
            if self.kind == "binary":
                table = np.ascontiguousarray(table[:, 1:])
            table.flags.writeable = False
            _tables[key] = table
        return table

    def numbers(self, y):
        """The number of the class of each label in y, -1 where it is none of them."""
        classes = self.classes
        if classes.dtype.kind in "mM":
            try:  # in the unit of the labels themselves, so that no hours are lost
                y = y.astype(f"{classes.dtype.kind}8") if y.dtype == object else y
            except (ValueError, TypeError):
                return np.full(len(y), -1)
            if y.dtype.kind != classes.dtype.kind:
                return np.full(len(y), -1)
        if compares_exactly(classes.dtype, y.dtype):
            numbers = classes.searchsorted(y)
            known = classes.take(numbers, mode="clip") == y
            return numbers if known.all() else np.where(known, numbers, -1)
        # Python compares numbers of any types exactly, and text with numbers too.
        known = {label: number for number, label in enumerate(classes.tolist())}
        try:
            numbers = [known.get(label, -1) for label in y.tolist()]
        except TypeError as error:  # lists, for instance
            raise ValueError(f"y must hold one label a row, got {y[0]!r}.") from error
        return np.array(numbers, dtype=np.intp)

    def _class_numbers(self, y):
        if type(y) is not np.ndarray or y.ndim != 1:
            y = column_or_1d(y, warn=True)
        numbers = self.numbers(y)
        if np.minimum.reduce(numbers, initial=0) < 0:
            unknown = sorted(set(y[numbers < 0].tolist()), key=str)
            raise ValueError(
                f"y contains labels that are not among the classes: {unknown[:10]}; "
                f"known are {self.classes.tolist()[:20]}. Name the new ones besides "
                "the others, partial_fit(X, y, classes=...) or fit(X, y, classes=...), "
                "or start afresh with rows of every class: fit with warm_start=False."
            )
        return numbers

    def _indicator(self, y):
        if np.ndim(y) != 2 or y.shape[1] != len(self.classes):
            found = y.shape[1] if np.ndim(y) == 2 else "not several"
            raise ValueError(
                f"y has {found} labels a row, but the model has {len(self.classes)}."
            )
        y = y.toarray() if sp.issparse(y) else y
        if not np.isin(y, (0, 1)).all():
            raise ValueError("y with several labels a row must hold zeros and ones.")
        return y

    def decode(self, decisions):
        """Labels for what a link decided."""
        return decisions if self.kind == "multilabel" else self.classes[decisions]


def compares_exactly(ours, theirs):
    """Whether NumPy compares values of two dtypes without rounding any of them."""
    if ours.kind == theirs.kind:
        return ours.kind != "O"  # objects may have no order
    whole = {ours.kind, theirs.kind} <= set("biu")
    return whole and np.result_type(ours, theirs).kind != "f"


def kind_of(y):
    """What y is made of, in scikit-learn's words."""
    if np.ndim(y) == 1 and len(y) and isinstance(y[0], bytes):
        raise without_order(y)  # scikit-learn 1.6 only warns of them
    try:
        return type_of_target(y, input_name="y")
    except TypeError as error:
        raise without_order(y) from error


def distinct(labels):
    """The distinct labels, sorted."""
    labels = column_or_1d(labels, warn=True)
    try:
        return np.unique(labels)
    except TypeError as error:
        raise without_order(labels) from error


def without_order(labels):
    """The error for labels that cannot be sorted."""
    types = sorted({type(label).__name__ for label in np.ravel(labels).tolist()})
    if types == ["bytes"]:
        return ValueError("y holds bytes, which scikit-learn refuses: y.astype(str).")
    return ValueError(
        f"y holds labels of types that have no common order, {types}: make all of "
        "them numbers, or all of them str."
    )


def announced(classes):
    """The distinct labels of the parameter ``classes``, sorted."""
    if np.ndim(classes) != 1 or len(classes) == 0:
        raise ValueError(
            f"classes={classes} must be a list of all the labels, such as "
            "numpy.unique(y) of all rows."
        )
    return distinct(label_array(classes, "classes"))


def refuse(y, kind):
    """Raises the error for a y that is not made of classes."""
    if kind == "continuous-multioutput":
        raise ValueError(
            f"Unknown label type: y of shape {np.shape(y)} holds fractions. If they "
            "are probabilities of classes, repeat each row once for every class, with "
            "its probability as weight: fit(np.repeat(X, n_classes, axis=0), "
            "np.tile(classes, n_rows), sample_weight=y.ravel())."
        )
    check_classification_targets(y)
    raise ValueError(f"Unknown label type: {kind}.")


def mean_targets(codes, table, sample_weight):
    """Weighted mean of the wanted activations, and the weight share of each code."""
    weights = None if sample_weight is None else relative(sample_weight)
    shares = np.bincount(codes, weights=weights, minlength=len(table))
    total = shares.sum()
    shares = shares / total if total > 0 else np.full(len(table), 1 / len(table))
    return shares @ table, shares


def wanted_activations(data):
    """Their sum over all rows, in which weights count as if their mean were 1."""
    if data.sample_weight is None:
        return np.add.reduce(data.table.take(data.codes, axis=0))
    mean, _ = mean_targets(data.codes, data.table, data.sample_weight)
    return mean * len(data)
