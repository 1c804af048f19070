"""The report of a gradient: its largest nudges in words, and sums of all of them.

A short step of length ε along the negative gradient lowers the cost by ε·‖∇C‖. If only
some of the parameters may move, it is ε times the length of their part of the gradient.
That is the norm by which layers and input features are compared here: it says where a
nudge pays best.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from numbers import Integral

import numpy as np

from .nudges import Nudge, nudge_words

# Rows of a printed report.
MAX_SHOWN = 50
# Of the table that is printed, and on which side its cells are aligned.
HEADER = ("index", "parameter", "value", "component", "it")
ALIGNED = (">", "<", ">", ">", "<")
COLUMNS = ("index", "layer", "kind", "from", "to", "value", "component", "words")


class GradientReport(Sequence):
    """The negative gradient of the cost: what each parameter should do, and how much.

    A sequence of the nudges with the largest components, largest first. It prints as a
    table, also in notebooks. Made by ``explain_gradient``.

    Parameters
    ----------
    negative_gradient : ndarray of shape (n_parameters,)
        The direction downhill, one component for each parameter.
    parameters : ndarray of shape (n_parameters,)
        The values that the parameters have.
    names : Names
        What the features and neurons are called.
    n_top : int or None, default=None
        How many nudges the report holds; None for all.

    Attributes
    ----------
    negative_gradient, parameters : ndarray of shape (n_parameters,)
        Of all parameters, in the order of ``parameters_``.
    order : ndarray of shape (n_top,)
        Indices of the nudges, largest first.
    feature_norms : ndarray of shape (n_features,)
        Those of `by_feature`, in the order of the columns of X.
    """

    def __init__(self, negative_gradient, parameters, names, n_top=None):
        if n_top is not None and (not isinstance(n_top, Integral) or n_top < 0):
            raise ValueError(
                f"n_top={n_top!r} must be None or a whole number, 0 or more."
            )
        if not np.isfinite(negative_gradient).all():
            raise ValueError(
                "the gradient is not finite: the values of X are too large for this "
                "network. Scale X as the data it was trained on."
            )
        self.negative_gradient = negative_gradient
        self.parameters = parameters
        self._names = names
        self.order = _largest(np.abs(negative_gradient), n_top)
        components = negative_gradient[self.order]
        # The largest of all comes first, so the words are those of the whole vector.
        self._words = nudge_words(components)

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
            float(self.negative_gradient[index]),
            self._words[i],
        )

    def by_layer(self):
        """Length of each layer's part of the gradient, weights and biases together.

        Returns
        -------
        norms : dict of str to float, largest first
            A short step that moves only this layer's parameters, along the negative
            gradient, lowers the cost by its length times this norm. The squares add up
            to the squared length of the whole gradient.
        """
        squares = np.zeros(len(self._names.shapes))
        start = 0
        sizes = [fan_in * fan_out for fan_in, fan_out in self._names.shapes]
        sizes += [fan_out for _, fan_out in self._names.shapes]
        for k, size in enumerate(sizes):
            part = self.negative_gradient[start : start + size].astype(np.float64)
            squares[k % len(squares)] += np.dot(part, part)
            start += size
        return _sorted_by_size(np.sqrt(squares), self._names.layer)

    def by_feature(self):
        """Length of the gradient for the weights that leave each input feature.

        Returns
        -------
        norms : dict of str to float, largest first
            The same norm as in `by_layer`. It is 0 for a feature that is 0 in all
            rows. Features of different scales compare only if X was scaled.
        """
        name = self._names.neuron
        return _sorted_by_size(self.feature_norms, lambda i: name(-1, i))

    @property
    def feature_norms(self):
        n_features, n_neurons = self._names.shapes[0]
        part = self.negative_gradient[: n_features * n_neurons]
        return np.linalg.norm(part.reshape(n_features, n_neurons), axis=1)

    def to_frame(self):
        """The report as a pandas DataFrame, one row for each nudge.

        Returns
        -------
        frame : DataFrame of shape (n_top, 8)
            The columns are index, layer, kind, from, to, value, component and words.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "to_frame needs pandas: pip install pandas. Without it, go through the "
                "report with a for loop."
            ) from error
        rows = [tuple(vars(nudge).values()) for nudge in self]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def _title(self):
        length = np.linalg.norm(self.negative_gradient)
        return (
            f"Negative gradient of {len(self.parameters):,} parameters, length "
            f"{length:.4g}; the largest {len(self):,}:"
        )

    def _table(self):
        """The rows to print, as text, and how many are left out."""
        rows = []
        for nudge in self[:MAX_SHOWN]:
            value, component = f"{nudge.value:.4g}", f"{nudge.component:+.3g}"
            rows.append((str(nudge.index), nudge.name, value, component, nudge.words))
        return rows, len(self) - len(rows)

    def __repr__(self):
        rows, n_more = self._table()
        rows = [HEADER, *rows]
        widths = [max(len(row[k]) for row in rows) for k in range(len(HEADER))]
        lines = [self._title()]
        for row in rows:
            cells = zip(ALIGNED, row, widths, strict=True)
            cells = (f"{cell:{side}{width}}" for side, cell, width in cells)
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines + [f"... and {n_more:,} more"] * (n_more > 0))

    def _repr_html_(self):
        rows, n_more = self._table()
        lines = [f"<table><caption>{escape(self._title())}</caption>", "<thead>"]
        lines += [_html_row("th", HEADER), "</thead>", "<tbody>"]
        lines += [_html_row("td", row) for row in rows]
        lines += ["</tbody></table>"]
        return "\n".join(lines + [f"<p>... and {n_more:,} more</p>"] * (n_more > 0))


def _html_row(tag, cells):
    sides = {">": "right", "<": "left"}
    cells = (
        f'<{tag} style="text-align: {sides[side]}">{escape(cell)}</{tag}>'
        for side, cell in zip(ALIGNED, cells, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _largest(sizes, n_top):
    """Indices of the n_top largest, largest first; of equal ones the first is first."""
    n_top = len(sizes) if n_top is None else min(n_top, len(sizes))
    # Sorting all of a vector of millions would take seconds.
    found = np.sort(np.argpartition(-sizes, max(n_top - 1, 0))[:n_top])
    return found[np.argsort(-sizes[found], kind="stable")]


def _sorted_by_size(norms, name):
    order = np.argsort(-norms, kind="stable").tolist()
    return {name(i): float(norms[i]) for i in order}
