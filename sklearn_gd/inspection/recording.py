"""Recording the path of the parameters while a network is trained."""

from __future__ import annotations

from contextlib import contextmanager
from numbers import Integral
from weakref import WeakKeyDictionary

from ..core.parts.recorder import Recorder
from .unwrap import unwrap

# Who records the path of which estimator, the first to begin first.
_recorders = WeakKeyDictionary()


class RecordedPath(list):
    """Parameters along the way of training; prints as how many there are."""

    def __repr__(self):
        size = f" of {len(self[0]):,} parameters" if self else ""
        return f"<path of {len(self):,} records{size}>"


def recorders_of(estimator):
    """The recorders that watch the estimator train."""
    return tuple(_recorders.get(estimator, ()))


@contextmanager
def record_path(estimator, every="epoch"):
    """Record the parameters of a network while it is trained in a ``with`` block.

    Outside the block, training does not know of recording, so it costs nothing.

    Parameters
    ----------
    estimator : GradientDescentMLPClassifier, or Pipeline or search that ends in one
        Calls of its ``fit`` and ``partial_fit`` within the block are recorded, also
        when a Pipeline that it is the last step of is fitted. Clones are not. Of a
        search, which must be fitted, it is the best estimator that is watched: the
        search itself trains clones.
    every : "epoch" or int, default="epoch"
        Steps of the update rule between two records. For ``solver="lbfgs"`` a step is
        an iteration. Each record takes ``n_parameters_`` numbers of memory.

    Yields
    ------
    path : RecordedPath, a list of ndarrays of shape (n_parameters,)
        The initial parameters, then a copy for each record, like ``parameters_``. With
        validation data, the network gets its best parameters back at the end, which
        need not be the last of the path.

    Raises
    ------
    ValueError
        If ``every`` is neither "epoch" nor an int of 1 or more.
    NotFittedError
        If it is a search that is not fitted.
    TypeError
        If there is no network at its end.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_gd import GradientDescentMLPClassifier, record_path
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = GradientDescentMLPClassifier(max_iter=5, tol=None, random_state=0)
    >>> with record_path(clf) as path:
    ...     clf = clf.fit(X / 16, y)
    >>> path
    <path of 6 records of 7,510 parameters>
    """
    is_count = isinstance(every, Integral) and not isinstance(every, bool)
    if every != "epoch" and not (is_count and every >= 1):
        raise ValueError(
            f"every={every!r} must be 'epoch', or the number of steps between two "
            "records, an int of 1 or more."
        )
    network, _ = unwrap(estimator)
    path = RecordedPath()
    recorder = Recorder(path, every if is_count else None)
    watching = _recorders.setdefault(network, [])
    watching.append(recorder)
    try:
        yield path
    finally:
        watching.remove(recorder)
