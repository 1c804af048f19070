"""Training watched while it runs: a live view in a notebook, lines elsewhere."""

from __future__ import annotations

import time

from ..words import words_in
from .live import VIEWS, best_view

# Of the tasks that a fit tells its callbacks of.
EPOCH = "epoch"


class TrainingMonitor:
    """Callback that shows the cost of every epoch, live, with a button to stop.

    In a notebook: the curve of the cost, also of the validation cost, the time left at
    most, why training ended, and a button that ends it; the model is then that of the
    last whole epoch. It needs anywidget: ``pip install sklearn_gd[notebook]``. Without
    it, and outside of notebooks, it prints about ten lines.

    It goes into ``set_callbacks``, which needs scikit-learn 1.9 or newer.

    Parameters
    ----------
    view : {"auto", "widget", "lines"}, default="auto"
        "auto" takes the widget in a notebook that has anywidget, else lines.
    language : {"en", "zh"}, default="en"

    Attributes
    ----------
    view_ : object
        What shows the latest fit; ``view_.widget`` is the widget in a notebook.

    Raises
    ------
    ImportError
        For ``view="widget"`` without anywidget.
    ValueError
        If the view or the language is unknown.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn_gd import GradientDescentMLPClassifier, TrainingMonitor
    >>> X, y = load_iris(return_X_y=True)
    >>> model = GradientDescentMLPClassifier(max_iter=50, tol=None, random_state=0)
    >>> model = model.set_callbacks(TrainingMonitor()).fit(X, y)  # doctest: +SKIP
    """

    def __init__(self, view="auto", language="en"):
        if view != "auto" and view not in VIEWS:
            raise ValueError(
                f"view={view!r} is unknown; choose one of {['auto', *VIEWS]}."
            )
        words_in(language)
        self.view, self.language = view, language
        if view in VIEWS:
            VIEWS[view].check()
        self._fits = {}

    def setup(self, estimator, context):
        """Called when a fit begins; each fit gets a view when it tells of itself."""

    def on_fit_task_begin(self, estimator, context):
        """Opens a view for a fit."""
        if context.task_name != EPOCH:
            view = best_view() if self.view == "auto" else VIEWS[self.view]
            self.view_ = view(context.max_subtasks, self.language)
            self._fits[id(context)] = self.view_, time.monotonic()

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Shows an epoch, or the end; True if the reader wants the training to end."""
        if context.task_name != EPOCH:
            view, _ = self._fits.pop(id(context))
            view.end(reason_of(fitted_estimator, view))
            return None
        view, start = self._fits[id(context.parent)]
        if fitted_estimator is not None:
            passed = time.monotonic() - start
            view.epoch(progress_of(fitted_estimator, passed, view.max_epochs))
        return view.asked_to_stop

    def teardown(self, estimator, context):
        """Called when a fit is over; one that has no end yet was broken off."""
        view, _ = self._fits.pop(id(context), (None, None))
        if view is not None:
            view.end("interrupted")

    def __getstate__(self):
        # A view stays where it is shown; a worker process opens its own.
        state = {**self.__dict__, "_fits": {}}
        state.pop("view_", None)
        return state


def progress_of(fitted, passed, max_epochs):
    """What a view shows of the epochs so far."""
    epochs = len(fitted.loss_curve_)
    return {
        "epoch": epochs,
        "costs": list(fitted.loss_curve_),
        "validation_costs": list(fitted.validation_loss_curve_ or []),
        "scores": list(fitted.validation_scores_ or []),
        "seconds_left": passed / epochs * (max_epochs - epochs),
    }


def reason_of(fitted, view):
    """Why training has ended: a key of what a view can say."""
    if view.asked_to_stop:
        return "stopped"
    told = getattr(fitted, "stop_reason_", None)
    if told is not None:
        return told
    return "max_iter" if fitted.n_iter_ == view.max_epochs else "converged"
