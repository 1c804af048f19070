"""What training tells its user: lines while it runs, warnings when it is over."""

from __future__ import annotations

import warnings

from sklearn.exceptions import ConvergenceWarning


def print_epoch(epoch):
    """Prints a line for an epoch."""
    line = f"epoch {epoch.number:3d}  cost {epoch.cost:.6f}"
    if epoch.validation_cost is not None:
        line += f"  validation cost {epoch.validation_cost:.6f}"
    print(line)


def warn(message):
    """A ConvergenceWarning that points at the call of fit or partial_fit."""
    warnings.warn(message, ConvergenceWarning, stacklevel=5)


def warn_after_fit(estimator, training):
    """Warns if training diverged, was interrupted, or had to stop too early."""
    rolled_back = sum(epoch.rolled_back for epoch in training.epochs)
    if rolled_back:
        warn(
            f"Training diverged in {rolled_back} of {len(training.epochs)} epochs: the "
            "cost was not finite or worse than always predicting the class "
            "frequencies. The parameters went back to the last good ones and the "
            f"learning rate was halved each time, to {estimator.learning_rate_:.3g}. "
            "Set learning_rate to that, or scale the features, for instance with "
            "StandardScaler."
        )
    if training.interrupted:
        warn(
            f"Training was interrupted in epoch {len(training.epochs)}; the model is "
            "that of the last whole step."
        )
    elif estimator.tol is not None and not (training.stalled or training.ended):
        warn(
            f"Training has not converged in max_iter={estimator.max_iter} epochs: the "
            f"cost still improves by more than tol={estimator.tol} of itself. Raise "
            "max_iter, or set tol=None to train so long without this warning."
        )


def warn_of_skipped_chunk(estimator):
    """Warns that a part of a stream was left out."""
    warn(
        "A part of the stream would have made the parameters useless, so it was left "
        f"out and the learning rate was halved, to {estimator.learning_rate_:.3g}. "
        "Lower learning_rate, or scale the features, for instance with "
        "StandardScaler.partial_fit."
    )
