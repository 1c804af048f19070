"""L-BFGS: SciPy's quasi-Newton minimiser on the same cost and gradient."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from .state import is_finite

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Lbfgs:
    """L-BFGS-B of SciPy on the whole data set (Liu and Nocedal 1989).

    An iteration counts as an epoch. It chooses its step sizes itself.

    Parameters
    ----------
    tol : float or None
        It ends where no component of the gradient is above ``min(tol, 0.01) / 100``.
    """

    tol: float | None = None
    learning_rate: ClassVar[float] = 1.0
    n_vectors: ClassVar[int] = 0
    whole_data: ClassVar[bool] = True
    averages: ClassVar[bool] = False
    max_step: ClassVar[float] = math.inf

    def rate_for(self, batch_rows: int) -> float:
        """1: it chooses its steps itself."""
        return self.learning_rate

    def minimize(self, training: Any) -> None:
        """Walks downhill for a `Training`, from its state; SciPy takes the steps."""
        state, objective = training.state, training.objective
        batches = training.batches

        def cost_and_gradient(x: Array) -> tuple[float, Array]:
            training.begin_epoch()
            np.copyto(state.theta, x)
            cost = objective(batches.X, batches.codes, batches.sample_weight)
            # A trial step into the unknown is a bad step, not an accident.
            if not (math.isfinite(cost) and is_finite(objective.grad)):
                return float(np.finfo(np.float32).max), np.zeros_like(x)
            return cost, objective.grad.astype(np.float64)

        def after_iteration(intermediate_result: Any) -> None:
            np.copyto(state.theta, intermediate_result.x)
            state.samples += batches.n_rows
            state.rule_steps += 1
            training.finish_epoch(float(intermediate_result.fun))
            if training.stop_reason:
                raise StopIteration

        result = minimize(
            cost_and_gradient,
            state.theta.astype(np.float64),
            jac=True,
            method="L-BFGS-B",
            callback=after_iteration,
            options={
                "maxiter": training.max_epochs,
                "maxfun": 100 * training.max_epochs,
                "gtol": 0.0 if self.tol is None else min(self.tol, 1e-2) * 1e-2,
                "ftol": 64 * np.finfo(state.theta.dtype).eps,
            },
        )
        np.copyto(state.theta, result.x)
        if not training.epochs:  # the start is the minimum
            training.finish_epoch(float(result.fun))
        if len(training.epochs) < training.max_epochs:
            training.stop("converged")
