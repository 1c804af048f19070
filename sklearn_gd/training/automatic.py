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


def l2_strength(params, n_rows, n_seen):
    """The strength of the L2 penalty for so many ordinary rows in a call.

    n_seen are the rows that have been seen since the start, with those of this call.
    """
    if not isinstance(params.alpha, str):
        return float(params.alpha)
    rows = max(n_rows, n_seen / PASSES)
    return min(max(PRIOR_ROWS / rows, LEAST_ALPHA), MOST_ALPHA)


def ordinary_rows(data):
    """How many rows of the least weight would weigh as much as these, at least 1.

    So integer weights count like repeated rows, zeros like rows that are not there, and
    a common factor of the weights does not count.
    """
    weights = data.sample_weight
    if weights is None:
        return len(data)
    weights = weights[weights > 0] / weights.max(initial=1.0)
    if not weights.size or not weights.min():
        return len(data)
    return rows_worth(float(weights.sum()), float(weights.min()))


def rows_worth(total, least):
    """How many rows of the least weight weigh as much as the total, at least 1."""
    return max(1, round(min(total / least, 2.0**62)))
