"""Recording the path of the parameters while a network is trained."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from numbers import Integral

from ..core.safety import is_finite
from ..core.training import Training


@dataclass
class RecordedTraining(Training):
    """A training run that keeps copies of the parameters.

    Parameters
    ----------
    path : list, to which the copies are appended
    every : int or None, steps between two copies; None means an epoch
    """

    path: list = field(default_factory=list)
    every: int | None = None

    def run(self):
        self._record_start()
        super().run()

    def run_chunk(self):
        self._record_start()
        n_records = len(self.path)
        good = super().run_chunk()
        if not good:  # the caller takes the steps back
            del self.path[n_records:]
        elif self.every is None:
            self._record()
        return good

    def step(self, *batch):
        cost = super().step(*batch)
        self._record_step()
        return cost

    def finish_epoch(self, cost):
        ends = super().finish_epoch(cost)
        if self.every is None:
            self._record()
        elif self.solver.whole_data:
            self._record_step()
        return ends

    def _record_start(self):
        if not self.path:
            self._record()

    def _record_step(self):
        if self.every is not None and self.state.rule_steps % self.every == 0:
            self._record()

    def _record(self):
        if is_finite(self.state.theta):  # else the guard is about to roll back
            self.path.append(self.state.theta.copy())


@contextmanager
def record_path(estimator, every="epoch"):
    """Record the parameters of a network while it is trained in a ``with`` block.

    Outside the block, training does not know of recording, so it costs nothing.

    Parameters
    ----------
    estimator : GradientDescentMLPClassifier
        Calls of its ``fit`` and ``partial_fit`` within the block are recorded, also
        when a Pipeline that it is the last step of is fitted. Clones are not.
    every : "epoch" or int, default="epoch"
        Steps of the update rule between two records. For ``solver="lbfgs"`` a step is
        an iteration. Each record takes ``n_parameters_`` numbers of memory.

    Yields
    ------
    path : list of ndarrays of shape (n_parameters,)
        The initial parameters, then a copy for each record, like ``parameters_``. With
        validation data, the network gets its best parameters back at the end, which
        need not be the last of the path.

    Raises
    ------
    ValueError
        If ``every`` is neither "epoch" nor an int of 1 or more.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_gd import GradientDescentMLPClassifier, record_path
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = GradientDescentMLPClassifier(max_iter=5, tol=None, random_state=0)
    >>> with record_path(clf) as path:
    ...     clf = clf.fit(X / 16, y)
    >>> len(path)
    6
    """
    is_count = isinstance(every, Integral) and not isinstance(every, bool)
    if every != "epoch" and not (is_count and every >= 1):
        raise ValueError(
            f"every={every!r} must be 'epoch', or the number of steps between two "
            "records, an int of 1 or more."
        )
    path = []
    steps = every if is_count else None
    estimator._training = partial(RecordedTraining, path=path, every=steps)
    try:
        yield path
    finally:
        del estimator._training
