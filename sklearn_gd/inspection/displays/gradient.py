"""The negative gradient as bars: which parameters should go up or down, how much."""

from __future__ import annotations

import textwrap

import numpy as np

from ..report import GradientReport
from .drawing import DECREASE, INCREASE, new_axes

# What L2 asks for: a thin dark bar across the other.
PENALTY = {"color": "black", "height": 0.16}


class GradientDisplay:
    """The largest components of the negative gradient, and its length part by part.

    Broad bars are what the data ask for, thin ones what L2 asks for. It is
    recommended to use `from_estimator` or `from_report`.

    Parameters
    ----------
    components : ndarray of shape (n_top,)
        Components of the negative gradient of the data, largest magnitude first.
    names : list of str
        What their parameters are called.
    words : list of str
        What should become of them: "should increase a lot".
    layer_norms : dict of str to float
        The length of each layer's part of the gradient.
    feature_norms : dict of str to float
        The length of the gradient for the weights that leave each input feature,
        largest first.
    penalties : ndarray of shape (n_top,), default=None
        Components of the negative gradient of L2; None draws none.
    layer_penalties, feature_penalties : dict of str to float, default=None
        The lengths of L2's part.
    caption : str, default=""
        How much there is to gain.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    bars_ : matplotlib BarContainer, the first one on top
    penalty_bars_ : matplotlib BarContainer, or None

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_gd import GradientDescentMLPClassifier, GradientDisplay
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> clf = GradientDescentMLPClassifier(8, max_iter=5, tol=None, random_state=0)
    >>> display = GradientDisplay.from_estimator(clf.fit(X, y), X, y, n_top=12)
    >>> len(display.bars_)
    12
    """

    def __init__(
        self,
        components,
        names,
        words,
        layer_norms,
        feature_norms,
        *,
        penalties=None,
        layer_penalties=None,
        feature_penalties=None,
        caption="",
    ):
        self.components = np.asarray(components)
        self.names, self.words = list(names), list(words)
        self.layer_norms, self.feature_norms = dict(layer_norms), dict(feature_norms)
        self.penalties = penalties
        self.layer_penalties = layer_penalties
        self.feature_penalties = feature_penalties
        self.caption = caption

    @classmethod
    def from_report(cls, report, *, ax=None, **kwargs):
        """Draw a report of a gradient.

        Parameters
        ----------
        report : GradientReport
            What ``explain_gradient`` has returned.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : GradientDisplay
        """
        display = cls(
            [nudge.component for nudge in report],
            [nudge.name for nudge in report],
            [nudge.words for nudge in report],
            report.by_layer(),
            report.by_feature(),
            penalties=[nudge.penalty for nudge in report],
            layer_penalties=report.by_layer("penalty"),
            feature_penalties=report.by_feature("penalty"),
            caption=report.caption,
        )
        return display.plot(ax, **kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        n_top=15,
        sample_weight=None,
        feature_names=None,
        ax=None,
        **kwargs,
    ):
        """Compute the gradient of a network's cost and draw it.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier, or Pipeline or search
            The last step of a Pipeline must be the network; X goes through the
            steps before it, and the features have the names that come out of them.
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
        n_top : int, default=15
            The number of parameters to show.
        sample_weight : array-like of shape (n_samples,), default=None
        feature_names : sequence of str, default=None
            Names of the columns of X.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : GradientDisplay
        """
        report = GradientReport.from_estimator(
            estimator,
            X,
            y,
            n_top=n_top,
            sample_weight=sample_weight,
            feature_names=feature_names,
        )
        return cls.from_report(report, ax=ax, **kwargs)

    def plot(self, ax=None, *, kind="parameters", **kwargs):
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        kind : {"parameters", "layers", "features"}, default="parameters"
            The components of single parameters, with their sign; or the length of the
            gradient's part for each layer or input feature, which says where a step
            pays most. As many features are drawn as there are components.
        **kwargs : dict
            Passed to matplotlib's ``barh``.

        Returns
        -------
        display : GradientDisplay
            Itself.

        Raises
        ------
        ValueError
            For an unknown kind.
        """
        kinds = {
            "parameters": self._draw_parameters,
            "layers": self._draw_layers,
            "features": self._draw_features,
        }
        if kind not in kinds:
            raise ValueError(f"kind={kind!r} is unknown; choose one of {list(kinds)}.")
        ax = new_axes(ax, figsize=(8, 4.8))
        self.bars_, penalties = kinds[kind](ax, kwargs)
        self.penalty_bars_ = None
        if penalties is not None and np.any(penalties):
            places = np.arange(len(penalties))
            self.penalty_bars_ = ax.barh(places, penalties, **PENALTY)
            ax.set_xlabel(f"{ax.get_xlabel()} (thin bars: of L2)")
        ax.invert_yaxis()
        ax.set_axisbelow(True)
        ax.grid(axis="x", alpha=0.3)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_parameters(self, ax, options):
        colors = np.where(self.components > 0, INCREASE, DECREASE)
        places = np.arange(len(self.components))
        bars = ax.barh(places, self.components, **{"color": colors, **options})
        beside = {"transform": ax.get_yaxis_transform(), "fontsize": "small"}
        for place, words, color in zip(places, self.words, colors, strict=True):
            ax.text(1.02, place, words, va="center", color=color, **beside)
        ax.set_yticks(places, self.names, fontsize="small")
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set_xlabel("Component for the data")
        self._set_title(ax, "What should change most")
        return bars, self.penalties

    def _draw_layers(self, ax, options):
        return self._draw_norms(
            ax, options, self.layer_norms, self.layer_penalties, "layer"
        )

    def _draw_features(self, ax, options):
        largest = dict(list(self.feature_norms.items())[: len(self.components)])
        return self._draw_norms(ax, options, largest, self.feature_penalties, "feature")

    def _draw_norms(self, ax, options, norms, penalties, what):
        places = np.arange(len(norms))
        bars = ax.barh(places, list(norms.values()), **{"color": "0.65", **options})
        ax.set_yticks(places, list(norms))
        ax.bar_label(bars, fmt="%.3g", padding=3, fontsize="small")
        ax.margins(x=0.15)
        ax.set_xlabel(f"Length of each {what}'s part for the data")
        self._set_title(ax, "Where a step pays most")
        return bars, penalties and [penalties[name] for name in norms]

    def _set_title(self, ax, title):
        """The title, and below it how much there is to gain."""
        width = max(20, int(7.5 * ax.figure.get_figwidth() * ax.get_position().width))
        lines = [title, *textwrap.wrap(self.caption, width)]
        ax.set_title("\n".join(lines), fontsize="medium")
        ax.locator_params(axis="x", nbins=3)
