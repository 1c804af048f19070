"""What parameters of scikit-learn's networks are called here."""

from __future__ import annotations

import math

# Parameters that have another name here.
NAMES = {
    "learning_rate_init": "learning_rate, the step size itself",
    "eta0": "learning_rate, the step size itself",
    "power_t": "learning_rate_schedule, 'invscaling' with InverseScaling(power)",
    "max_fun": "max_iter, which counts the iterations of 'lbfgs' too",
    "penalty": "alpha, the strength of L2; 0 is no penalty",
}
SCHEDULES = ("constant", "invscaling", "adaptive", "optimal", "cosine")


def check_names(estimator_class, names):
    """Refuses names of parameters that have another name here.

    Raises
    ------
    TypeError
        The message says what to write instead.
    """
    for name in names:
        if name in NAMES:
            raise TypeError(
                f"{estimator_class.__name__} has no parameter {name!r}; write "
                f"{NAMES[name]}."
            )


def check_values(params):
    """Refuses values that mean something else in scikit-learn's networks.

    Raises
    ------
    ValueError
        The message says what to write instead.
    """
    rate = params.learning_rate
    if isinstance(rate, str) and rate in SCHEDULES:
        known = rate if rate != "optimal" else "invscaling"
        raise ValueError(
            f"learning_rate={rate!r} is a schedule; write learning_rate_schedule="
            f"{known!r}. learning_rate is the step size, a number or 'auto'."
        )
    patience = params.n_iter_no_change
    if isinstance(patience, float) and math.isinf(patience):
        raise ValueError(
            f"n_iter_no_change={patience} would never stop; write tol=None, which runs "
            "all max_iter epochs."
        )
