"""The cost from epoch to epoch."""

from __future__ import annotations

import numpy as np

from ..unwrap import unwrap
from .animation import Animated
from .drawing import new_axes


class LossCurveDisplay(Animated):
    """Training and validation cost per epoch; where training stopped, what was kept.

    A square is the last epoch. A star is the epoch whose parameters were kept, where
    there is validation; else the one with the lowest cost. It is recommended to use
    `from_estimator`. To compare models, draw them on one axis: pass the ``ax_`` of the
    first display as ``ax`` of the next.

    Parameters
    ----------
    loss_curve : array-like of shape (n_epochs,)
        The training cost of each epoch.
    validation_loss_curve : array-like of shape (n_epochs,), default=None
        The validation cost at the end of each epoch.
    name : str, default=None
        Name of the model, for the legend.
    stop_reason : str, default=None
        Why training stopped, for the legend.

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
    last_point_ : matplotlib Line2D, the square on the last epoch

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

    def __init__(
        self, loss_curve, *, validation_loss_curve=None, name=None, stop_reason=None
    ):
        self.loss_curve = np.asarray(loss_curve, dtype=float)
        if validation_loss_curve is not None:
            validation_loss_curve = np.asarray(validation_loss_curve, dtype=float)
        self.validation_loss_curve = validation_loss_curve
        self.name, self.stop_reason = name, stop_reason

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
            estimator.loss_curve_,
            validation_loss_curve=validation,
            name=name,
            stop_reason=getattr(estimator, "stop_reason_", None),
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
        self.last_point_ = self._mark(ax, len(epochs), color, marker="s", markersize=7)
        self.best_point_ = self._mark(
            ax, self.best_epoch, color, marker="*", markersize=13
        )
        ax.set(xlabel="Epoch", ylabel="Cost")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _n_moments(self):
        return len(self.loss_curve)

    def _show(self, moment):
        epochs = np.arange(1, moment + 2)
        self.line_.set_data(epochs, self.loss_curve[: moment + 1])
        if self.validation_line_ is not None:
            costs = self.validation_loss_curve[: moment + 1]
            self.validation_line_.set_data(epochs, costs)
        so_far = np.where(np.isnan(self._watched), np.inf, self._watched)[: moment + 1]
        for mark, k in (
            (self.last_point_, moment),
            (self.best_point_, so_far.argmin()),
        ):
            mark.set_data([k + 1], [self._watched[k]])

    def _mark(self, ax, epoch, color, **style):
        """A mark on the curve that counts."""
        style |= {"markeredgecolor": "black", "linestyle": "none", "zorder": 3}
        cost = self._watched[epoch - 1]
        return ax.plot(epoch, cost, color=color, label="_mark", **style)[0]

    def _labels(self):
        """What the legend says of the curves; of the one that counts what is marked."""
        validated, best = self.validation_loss_curve is not None, self.best_epoch
        reason = "" if self.stop_reason is None else f" ({self.stop_reason})"
        stopped = f"■ stopped: {len(self.loss_curve)}{reason}"
        marks = f"★ {'kept' if validated else 'lowest'}: epoch {best}, {stopped}"
        start = "" if self.name is None else f"{self.name}, "
        if not validated:
            return [f"{self.name or 'training'}\n{marks}"]
        return [f"{start}training", f"{start}validation\n{marks}"]
