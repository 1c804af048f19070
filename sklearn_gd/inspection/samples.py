"""The tug of war: what single samples ask of the parameters, beside what all ask.

The cost of a batch is a mean, so its gradient is the sum of what its samples want, each
with its share: Σᵢ (wᵢ / Σw) ∇ℓᵢ.
"""

from __future__ import annotations

import numpy as np

from .report import MAX_SHOWN, largest
from .tables import html_table, signed, text_table, to_frame
from .unwrap import look_through


class SamplesReport:
    """What single samples ask of the parameters, their sum, and what all rows ask.

    It prints as a table, also in notebooks: a line for each parameter, a column for
    each sample. Made by ``explain_samples``, or by `from_estimator`, which takes
    pipelines and searches too.

    Parameters
    ----------
    components : ndarray of shape (n_told, n_parameters)
        The negative gradient of each sample's share in the mean cost of the samples
        told, without L2.
    whole : ndarray of shape (n_parameters,)
        The negative gradient of the mean cost of all rows, without L2.
    rows : list of int
        Which rows of X are told.
    labels : list
        What was wanted of each.
    names : Names
        What the features and neurons are called.
    n_top : int or None, default=None
        How many parameters are printed; None for all.

    Attributes
    ----------
    components, whole, rows, labels
        As given.
    sum : ndarray of shape (n_parameters,)
        Of the samples told: the negative gradient of their mean cost.
    angles : ndarray of shape (n_told,)
        Between what each sample asks and what all ask, in degrees. Beyond 90 a step
        for this sample raises the cost of all. NaN for a sample that asks nothing.
    angle_of_sum : float
        The same of the sum.
    order : ndarray of shape (n_top,)
        The parameters of which all rows together ask most, largest first.
    """

    def __init__(self, components, whole, rows, labels, names, n_top=None):
        self.components, self.whole = np.asarray(components), np.asarray(whole)
        self.rows, self.labels = list(rows), list(labels)
        self._names = names
        self.sum = self.components.sum(axis=0)
        self.angles = np.array([angle(c, self.whole) for c in self.components])
        self.angle_of_sum = angle(self.sum, self.whole)
        self.order = largest(np.abs(self.whole), n_top)

    @classmethod
    def from_estimator(
        cls, estimator, X, y, rows=range(6), *, feature_names=None, **options
    ):
        """The report of a fitted network, also of one in a pipeline or a search.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier, or Pipeline or search
            X goes through the steps before the network.
        X, y, rows
            As for ``explain_samples``.
        feature_names : sequence of str, default=None
            Names of the columns of X.
        **options : dict
            Passed to ``explain_samples``: n_top, sample_weight, language.

        Returns
        -------
        report : SamplesReport
        """
        network, X, names = look_through(estimator, X, feature_names)
        return network.explain_samples(X, y, rows, feature_names=names, **options)

    def to_frame(self):
        """The table as a pandas DataFrame, one row for each parameter.

        Returns
        -------
        frame : DataFrame of shape (n_top, n_told + 4)
            The columns are index, parameter, one for each sample, their sum and that of
            all rows.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        words = self._names.words
        index, parameter = words.header[:2]
        columns = [index, parameter, *self._samples(), words.sum, words.whole]
        rows = [(int(i), self._name(i), *self._values(i).tolist()) for i in self.order]
        return to_frame(rows, columns)

    def _samples(self):
        phrase = self._names.words.sample
        pairs = zip(self.rows, self.labels, strict=True)
        return [phrase.format(row=row, label=label) for row, label in pairs]

    def _name(self, index):
        return self._names.place(index)[-1]

    def _values(self, index):
        """What each sample, their sum and all rows ask of a parameter."""
        return np.array(
            [*self.components[:, index], self.sum[index], self.whole[index]]
        )

    def _table(self):
        """Title, header and rows to print, as text, and what comes after them."""
        words, shown = self._names.words, self.order[:MAX_SHOWN]
        counts = {"n": len(self.rows), "parameters": len(self.whole)}
        title = [words.pulls.format(**counts, top=len(self.order))]
        header = [words.header[1], *self._samples(), words.sum, words.whole]
        rows = [
            (self._name(i), *(signed(value, 2) for value in self._values(i)))
            for i in shown
        ]
        angles = [*self.angles, self.angle_of_sum]
        rows.append((words.angle, *(f"{a:.0f}°" for a in angles), ""))
        n_more = len(self.order) - len(shown)
        after = [words.more.format(n=n_more)] * (n_more > 0)
        return title, header, rows, "<" + ">" * (len(header) - 1), after

    def __repr__(self):
        return text_table(*self._table())

    def _repr_html_(self):
        return html_table(*self._table())


def angle(a, b):
    """The angle between two vectors, in degrees; NaN if one has no length."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    if lengths == 0:
        return np.nan
    return float(np.degrees(np.arccos(np.clip(a @ b / lengths, -1, 1))))


def rows_to_tell(rows, n_rows):
    """Indices of rows as a list of int; of a range, those that are there.

    Raises
    ------
    ValueError
        If they are not indices of rows, or there are none.
    """
    if isinstance(rows, range):
        rows = [row for row in rows if row < n_rows]
    found = np.asarray(rows)
    if found.ndim != 1 or found.size == 0 or found.dtype.kind not in "iu":
        raise ValueError(f"rows={rows!r} must be indices of rows of X, at least one.")
    if found.min() < 0 or found.max() >= n_rows:
        raise ValueError(
            f"rows={found.tolist()} must be between 0 and {n_rows - 1}: X has "
            f"{n_rows} rows."
        )
    return found.tolist()


def shares_of(data, rows):
    """The share of each row in their mean; `data.take` keeps the weights.

    Raises
    ------
    ValueError
        If none of them has a weight above zero.
    """
    if data.sample_weight is None:
        return np.full(len(rows), 1 / len(rows), dtype=data.table.dtype)
    total = data.sample_weight[rows].sum()
    if total == 0:
        raise ValueError(
            f"sample_weight is zero for every row of rows={rows}: give one of them a "
            "weight above zero, or choose others."
        )
    # The gradient of a row already has its weight.
    return np.full(len(rows), 1 / total, dtype=data.table.dtype)
