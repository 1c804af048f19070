"""The report of a gradient: its largest nudges in words, and sums of all of them.

The cost is that of the data plus the L2 penalty, and so is its gradient. The two are
told apart, the data first: L2 asks every weight to shrink, whatever the data say, and
once the data are nearly content it would drown them.

A short step of length ε along the negative gradient lowers the cost by ε·‖∇C‖. If only
some of the parameters may move, it is ε times the length of their part of the gradient.
That is the norm by which layers and input features are compared here: it says where a
nudge pays best.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral

import numpy as np

from .norms import Norms, feature_norms, layer_norms
from .nudges import Nudge, nudge_words
from .tables import html_table, signed, text_table, to_frame
from .unwrap import look_through

# Rows of a printed report.
MAX_SHOWN = 50
# Of the table that is printed: on which side its cells are aligned.
ALIGNED = (">", "<", ">", ">", ">", "<")
COLUMNS = (
    "index layer kind from to name value component penalty words"  # the fields of Nudge
).split()


class GradientReport(Sequence):
    """The negative gradient of the cost: what each parameter should do, and how much.

    A sequence of the nudges of which the data ask most, largest first. What L2 asks for
    stands beside it. It prints as a table, also in notebooks. Made by
    ``explain_gradient``, or by `from_estimator`, which also takes pipelines and
    searches.

    Parameters
    ----------
    data_part : ndarray of shape (n_parameters,)
        The negative gradient of the mean cost of the data.
    penalty_part : ndarray of shape (n_parameters,)
        The negative gradient of the L2 penalty: -alpha times each weight, 0 for biases.
    parameters : ndarray of shape (n_parameters,)
        The values that the parameters have.
    names : Names
        What the features and neurons are called.
    n_top : int or None, default=None
        How many nudges the report holds; None for all.
    gain : Gain, default=None
        What a step along ``data_part`` brings.

    Attributes
    ----------
    data_part, penalty_part, parameters : ndarray of shape (n_parameters,)
        Of all parameters, in the order of ``parameters_``.
    negative_gradient : ndarray of shape (n_parameters,)
        The sum of the two parts, minus ``cost_gradient``.
    order : ndarray of shape (n_top,)
        Indices of the nudges, largest first.
    feature_norms : ndarray of shape (n_features,)
        Those of `by_feature`, in the order of the columns of X.
    gain : Gain or None
        Named tuple of a step and the mean cost of the data before and after it. In
        words it stands above the table.
    """

    def __init__(
        self, data_part, penalty_part, parameters, names, n_top=None, gain=None
    ):
        check_n_top(n_top)
        check_finite(data_part)
        self.data_part, self.penalty_part = data_part, penalty_part
        self.parameters, self.gain = parameters, gain
        self._names = names
        self.order = largest(np.abs(data_part), n_top)
        # The largest of all comes first, so the words are those of the whole vector.
        self._words = nudge_words(data_part[self.order], language=names.words.language)

    @classmethod
    def from_estimator(cls, estimator, X, y, *, feature_names=None, **options):
        """The report of a fitted network, also of one in a pipeline or a search.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier, or Pipeline or search
            The last step of a Pipeline must be the network. Of a search it is the best
            estimator. X goes through the steps before the network, and the features
            have the names that come out of them.
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or (n_samples, n_labels) for multilabel
        feature_names : sequence of str, default=None
            Names of the columns of X.
        **options : dict
            Passed to ``explain_gradient``: n_top, sample_weight, language.

        Returns
        -------
        report : GradientReport

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn.preprocessing import StandardScaler
        >>> from sklearn_gd import GradientDescentMLPClassifier, GradientReport
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> model = make_pipeline(
        ...     StandardScaler(), GradientDescentMLPClassifier(random_state=0)
        ... ).fit(X, y)
        >>> report = GradientReport.from_estimator(model, X, y)
        >>> sorted(report.by_feature())[0]
        'petal length (cm)'
        """
        network, X, names = look_through(estimator, X, feature_names)
        return network.explain_gradient(X, y, feature_names=names, **options)

    @property
    def negative_gradient(self):
        return self.data_part + self.penalty_part

    def __len__(self):
        return len(self.order)

    def __getitem__(self, i):
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(len(self)))]
        index = int(self.order[i])
        return Nudge(
            index,
            *self._names.place(index),
            float(self.parameters[index]),
            float(self.data_part[index]),
            float(self.penalty_part[index]),
            self._words[i],
        )

    def by_layer(self, part="data"):
        """Length of each layer's part of the gradient, weights and biases together.

        Parameters
        ----------
        part : {"data", "penalty", "sum"}, default="data"
            What the data ask for, what L2 asks for, or the two together.

        Returns
        -------
        norms : dict of str to float, in the order of the network
            A short step that moves only this layer's parameters, along the negative
            gradient, lowers the cost by its length times this norm. The squares add up
            to the squared length of the whole gradient.

        Raises
        ------
        ValueError
            For an unknown part.
        """
        norms = layer_norms(self._part(part), self._names.shapes)
        return Norms({self._names.layer(i): norm for i, norm in enumerate(norms)})

    def by_feature(self, part="data"):
        """Length of the gradient for the weights that leave each input feature.

        Parameters
        ----------
        part : {"data", "penalty", "sum"}, default="data"

        Returns
        -------
        norms : dict of str to float, largest first
            The same norm as in `by_layer`. For the data it is 0 for a feature that is 0
            in all rows. Features of different scales compare only if X was scaled.

        Raises
        ------
        ValueError
            For an unknown part.
        """
        norms = feature_norms(self._part(part), self._names.shapes)
        order = np.argsort(-norms, kind="stable").tolist()
        return Norms({self._names.neuron(-1, i): float(norms[i]) for i in order})

    @property
    def feature_norms(self):
        return feature_norms(self.data_part, self._names.shapes)

    def _part(self, part):
        parts = {
            "data": self.data_part,
            "penalty": self.penalty_part,
            "sum": self.negative_gradient,
        }
        if part not in parts:
            raise ValueError(f"part={part!r} is unknown; choose one of {list(parts)}.")
        return parts[part]

    @property
    def caption(self):
        """How much there is to gain, in words; empty if it was not computed."""
        return "" if self.gain is None else self.gain.told(self._names.words)

    def to_frame(self):
        """The report as a pandas DataFrame, one row for each nudge.

        Returns
        -------
        frame : DataFrame of shape (n_top, 10)
            The columns are index, layer, kind, from, to, name, value, component (what
            the data ask for), penalty (what L2 asks for) and words.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        return to_frame([tuple(vars(nudge).values()) for nudge in self], COLUMNS)

    def _table(self):
        """Title, header and rows to print, as text, and what comes after them."""
        words, norm = self._names.words, np.linalg.norm
        lengths = {"data": norm(self.data_part), "penalty": norm(self.penalty_part)}
        title = [words.title.format(n=len(self.parameters), **lengths)]
        title += [self.caption] * (self.gain is not None)
        title += [words.largest.format(n=len(self))]
        shown = self[:MAX_SHOWN]
        rows = [(str(n.index), n.name, *_numbers(n), n.words) for n in shown]
        n_more = len(self) - len(rows)
        after = [words.more.format(n=n_more)] * (n_more > 0)
        return title, words.header, rows, ALIGNED, after

    def __repr__(self):
        return text_table(*self._table())

    def _repr_html_(self):
        return html_table(*self._table())


def check_finite(gradient):
    """Refuses a gradient that overflowed."""
    if not np.isfinite(gradient).all():
        raise ValueError(
            "the gradient is not finite: the values of X are too large for this "
            "network. Scale X as the data it was trained on."
        )


def check_n_top(n_top):
    """Refuses what is not a number of nudges, nor None for all."""
    if n_top is not None and (not isinstance(n_top, Integral) or n_top < 0):
        raise ValueError(f"n_top={n_top!r} must be None or a whole number, 0 or more.")


def largest(sizes, n_top):
    """Indices of the n_top largest, largest first; of equal ones the first is first."""
    n_top = len(sizes) if n_top is None else min(n_top, len(sizes))
    # Sorting all of a vector of millions would take seconds.
    found = np.sort(np.argpartition(-sizes, max(n_top - 1, 0))[:n_top])
    return found[np.argsort(-sizes[found], kind="stable")]


def _numbers(nudge):
    """Value and components as they are printed."""
    return f"{nudge.value:.4g}", signed(nudge.component, 3), signed(nudge.penalty, 2)
