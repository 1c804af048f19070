"""The cost from epoch to epoch."""

from __future__ import annotations

import numpy as np

from ..unwrap import unwrap
from .drawing import new_axes


class LossCurveDisplay:
    """Training and validation cost per epoch, with the best epoch marked.

    It is recommended to use `from_estimator`. To compare models, draw them on one
    axis: pass the ``ax_`` of the first display as ``ax`` of the next.

    Parameters
    ----------
    loss_curve : array-like of shape (n_epochs,)
        The training cost of each epoch.
    validation_loss_curve : array-like of shape (n_epochs,), default=None
        The validation cost at the end of each epoch.
    name : str, default=None
        Name of the model, for the legend.

    Attributes
    ----------
    best_epoch : int
        The epoch, counted from 1, with the lowest validation cost, or training cost
        where there is no validation.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D, the training cost
    validation_line_ : matplotlib Line2D or None, dashed
    best_point_ : matplotlib Line2D, the star on the best epoch

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.preprocessing import scale
    >>> from sklearn_gd import GradientDescentMLPClassifier, LossCurveDisplay
    >>> X, y = load_wine(return_X_y=True)
    >>> clf = GradientDescentMLPClassifier(max_iter=20, tol=None, random_state=0)
    >>> display = LossCurveDisplay.from_estimator(clf.fit(scale(X), y))
    >>> display.line_.get_xdata().max()
    np.int64(20)
    """

    def __init__(self, loss_curve, *, validation_loss_curve=None, name=None):
        self.loss_curve = np.asarray(loss_curve, dtype=float)
        if validation_loss_curve is not None:
            validation_loss_curve = np.asarray(validation_loss_curve, dtype=float)
        self.validation_loss_curve = validation_loss_curve
        self.name = name

    @classmethod
    def from_estimator(cls, estimator, *, name=None, ax=None, **kwargs):
        """Draw the costs that a fitted network has noted.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier
            Any estimator with a ``loss_curve_`` will do, also `MLPClassifier`, and a
            Pipeline or search that ends in one.
        name : str, default=None
            Name of the model, for the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to matplotlib's ``plot``.

        Returns
        -------
        display : LossCurveDisplay
        """
        estimator, _ = unwrap(estimator, "loss_curve_")
        validation = getattr(estimator, "validation_loss_curve_", None)
        display = cls(
            estimator.loss_curve_, validation_loss_curve=validation, name=name
        )
        return display.plot(ax, **kwargs)

    @property
    def best_epoch(self):
        """The epoch with the lowest cost that counts, from 1."""
        return int(np.nanargmin(self._watched)) + 1

    @property
    def _watched(self):
        validated = self.validation_loss_curve is not None
        return self.validation_loss_curve if validated else self.loss_curve

    def plot(self, ax=None, **kwargs):
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to matplotlib's ``plot``, for instance ``color``.

        Returns
        -------
        display : LossCurveDisplay
            Itself.
        """
        ax = new_axes(ax)
        epochs = np.arange(1, len(self.loss_curve) + 1)
        labels = self._labels()
        (self.line_,) = ax.plot(
            epochs, self.loss_curve, **{"label": labels[0], **kwargs}
        )
        color = self.line_.get_color()
        self.validation_line_ = None
        if self.validation_loss_curve is not None:
            options = {**kwargs, "label": labels[1], "color": color, "linestyle": "--"}
            (self.validation_line_,) = ax.plot(
                epochs, self.validation_loss_curve, **options
            )
        (self.best_point_,) = ax.plot(
            self.best_epoch,
            self._watched[self.best_epoch - 1],
            marker="*",
            markersize=12,
            color=color,
            markeredgecolor="black",
            linestyle="none",
            zorder=3,
        )
        ax.set(xlabel="Epoch", ylabel="Cost")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _labels(self):
        """What the legend says of the curves; of the one that counts its best epoch."""
        start = "" if self.name is None else f"{self.name}, "
        best = f" (best: epoch {self.best_epoch})"
        if self.validation_loss_curve is None:
            return [f"{self.name or 'training'}{best}"]
        return [f"{start}training", f"{start}validation{best}"]
