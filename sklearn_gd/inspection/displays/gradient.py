"""The negative gradient as bars: which parameters should go up or down, how much."""

from __future__ import annotations

import numpy as np

from .drawing import new_axes

# Of Okabe and Ito, which colour-blind people tell apart.
INCREASE, DECREASE = "#0072B2", "#D55E00"


class GradientDisplay:
    """The largest components of the negative gradient, and its length part by part.

    It is recommended to use `from_estimator` or `from_report`.

    Parameters
    ----------
    components : ndarray of shape (n_top,)
        Components of the negative gradient, largest magnitude first.
    names : list of str
        What their parameters are called.
    words : list of str
        What should become of them: "should increase a lot".
    layer_norms : dict of str to float
        The length of each layer's part of the gradient.
    feature_norms : dict of str to float
        The length of the gradient for the weights that leave each input feature,
        largest first.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    bars_ : matplotlib BarContainer, the first one on top

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

    def __init__(self, components, names, words, layer_norms, feature_norms):
        self.components = np.asarray(components)
        self.names, self.words = list(names), list(words)
        self.layer_norms, self.feature_norms = dict(layer_norms), dict(feature_norms)

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
        )
        return display.plot(ax, **kwargs)

    @classmethod
    def from_estimator(
        cls, estimator, X, y, *, n_top=15, sample_weight=None, ax=None, **kwargs
    ):
        """Compute the gradient of a network's cost and draw it.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
        n_top : int, default=15
            The number of parameters to show.
        sample_weight : array-like of shape (n_samples,), default=None
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : GradientDisplay
        """
        report = estimator.explain_gradient(
            X, y, n_top=n_top, sample_weight=sample_weight
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
        self.bars_ = kinds[kind](ax, kwargs)
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
        ax.locator_params(axis="x", nbins=5)
        ax.set(
            xlabel="Component of the negative gradient",
            title="What should change most",
        )
        return bars

    def _draw_layers(self, ax, options):
        return self._draw_norms(ax, options, self.layer_norms, "layer")

    def _draw_features(self, ax, options):
        largest = list(self.feature_norms.items())[: len(self.components)]
        return self._draw_norms(ax, options, dict(largest), "feature")

    def _draw_norms(self, ax, options, norms, what):
        bars = ax.barh(list(norms), list(norms.values()), **{"color": "0.5", **options})
        ax.bar_label(bars, fmt="%.3g", padding=3, fontsize="small")
        ax.margins(x=0.15)
        ax.set(
            xlabel=f"Length of the gradient's part for each {what}",
            title="Where a step pays most",
        )
        return bars
