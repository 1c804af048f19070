"""The bridge to scikit-learn's callbacks (`sklearn.callback`, from version 1.9 on).

``fit`` is a task of the estimator and each of its epochs a subtask. What a hook is told
is made when it asks for it, so a progress bar costs next to nothing.
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from .._sklearn import safe_indexing
from ..core.parts.part import Part


def fit_task(estimator, X, y, sample_weight):
    """The task "fit", told to the callbacks of the estimator, or None without any."""
    if not vars(estimator).get("_skl_callbacks"):
        return None
    return FitTask(estimator, X, y, sample_weight)


def training_set(X, y, sample_weight, rows=None):
    """X, y and metadata for the hooks, of some or all rows, taken when asked for."""
    given = {"X": X, "y": y, "sample_weight": sample_weight}

    @cache
    def take(name):
        whole = given[name]
        # One weight for all rows, or none at all, has no rows to take.
        every_row = rows is None or np.ndim(whole) == 0
        return whole if every_row else safe_indexing(whole, rows)

    def metadata():
        weight = take("sample_weight")
        return {"sample_weight": weight} if np.ndim(weight) else {}

    return {"X": partial(take, "X"), "y": partial(take, "y"), "metadata": metadata}


class FitTask(Part):
    """The task "fit" of an estimator, and the tasks "epoch" below it.

    It belongs into a method with `with_callbacks`, which tears the callbacks down.

    Parameters
    ----------
    estimator : object
        The one that the hooks are called with. It stays as it is.
    X, y, sample_weight : what fit was given
    """

    def __init__(self, estimator, X, y, sample_weight):
        self.estimator = estimator
        self.given = X, y, sample_weight
        self.context = estimator._init_callback_context(max_subtasks=estimator.max_iter)
        self.epoch = None
        self.context.call_on_fit_task_begin(
            estimator=estimator, **training_set(*self.given)
        )

    def watch(self, rows, fitted):
        """Gets ready for the epochs.

        Parameters
        ----------
        rows : ndarray of int, or None
            Numbers of the rows of X that are trained on; None means all.
        fitted : callable
            Returns the attributes that the estimator would have if the run ended now.
        """
        self.rows, self.fitted = rows, fitted

    def begin(self, run):
        """Puts together what the hooks are told."""
        self.told = {
            "estimator": self.estimator,
            "reconstruction_attributes": partial(self.fitted, run),
            **training_set(*self.given, self.rows),
        }

    def before_epoch(self, run):
        """Begins the task of an epoch."""
        self.epoch = self.context.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.told)

    def after_epoch(self, run, epoch):
        """Ends the task of an epoch, and training if a callback asks for that."""
        ended, self.epoch = self.epoch, None
        if ended.call_on_fit_task_end(**self.told):
            run.stop("callback")

    def finish(self, fitted):
        """Ends the task "fit"; fitted returns the attributes of the trained draft."""
        if self.epoch is not None:  # begun and given up: there is nothing to tell
            self.epoch.call_on_fit_task_end(estimator=self.estimator)
        self.context.call_on_fit_task_end(
            estimator=self.estimator,
            reconstruction_attributes=fitted,
            **training_set(*self.given),
        )
