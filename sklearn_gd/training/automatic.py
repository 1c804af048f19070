"""What "auto" comes to, for a model and the rows of a call of fit or partial_fit."""

from __future__ import annotations

import math

# Rows of a batch with batch_size="auto".
AUTO_BATCH = 200
# The L2 strength of alpha="auto" counts as much as so many rows, is between these two,
# and takes rows of a stream for rows that come back so often.
PRIOR_ROWS = 2.0
LEAST_ALPHA, MOST_ALPHA = 3e-4, 3e-3
PASSES = 100
# early_stopping="auto" holds out rows of at least so many, and so many of each class.
MANY_ROWS, MANY_OF_A_CLASS = 1000, 100


def batch_rows(params, solver, n_rows):
    """The number of rows of a batch, of so many."""
    if solver.whole_data or params.batch_size == "full":
        return n_rows
    return min(AUTO_BATCH if params.batch_size == "auto" else params.batch_size, n_rows)


def learning_rate(params, solver, batch_rows):
    """The learning rate before schedule and guard, for batches of so many rows."""
    rate = params.learning_rate
    return solver.rate_for(batch_rows) if isinstance(rate, str) else float(rate)


def max_step(params, solver):
    """The longest step along one gradient; a rate that is given is taken literally."""
    return solver.max_step if isinstance(params.learning_rate, str) else math.inf


def holds_out(params, n_rows, counts):
    """Whether rows are held out for early stopping: of so many, so many of each class.

    With several labels a row, so many with each label.
    """
    if not isinstance(params.early_stopping, str):
        return params.early_stopping
    return n_rows >= MANY_ROWS and counts[counts > 0].min() >= MANY_OF_A_CLASS


def l2_strength(params, n_rows, n_seen):
    """The strength of the L2 penalty for so many ordinary rows in a call.

    n_seen are the rows that have been seen since the start, with those of this call.
    """
    if not isinstance(params.alpha, str):
        return float(params.alpha)
    rows = max(n_rows, n_seen / PASSES)
    return min(max(PRIOR_ROWS / rows, LEAST_ALPHA), MOST_ALPHA)
