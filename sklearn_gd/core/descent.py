"""Gradient descent on any function, step by step as a network is trained."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult

from .functions import Function, Vector, as_start
from .parts.stopping import Plateau
from .quiet import quiet
from .schedules import SCHEDULES, Progress, Schedule
from .updates import UPDATE_RULES, UpdateRule

# Steps without a new lowest value after which a schedule such as adaptive drops.
PATIENCE = 10


def gradient_descent(
    fun: Callable[..., Any],
    x0: ArrayLike,
    *,
    jac: Callable[..., Any] | bool | None = None,
    learning_rate: float | str = "auto",
    solver: str | UpdateRule = "sgd",
    momentum: float = 0.0,
    nesterovs_momentum: bool = True,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-8,
    learning_rate_schedule: str | Schedule = "constant",
    max_iter: int = 1000,
    tol: float | None = 1e-6,
) -> OptimizeResult:
    """Walk downhill on a function, and remember the way.

    Each step is ``x ← x - η(t)·U(∇f(x))``, made by the update rules and schedules that
    train the network. It ends in the valley into which the start leads: another start
    may end in another local minimum.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> float`` for x of shape (n,); with ``jac=True`` it returns the pair
        (value, gradient).
    x0 : array-like of shape (n,)
        The start.
    jac : callable, True or None, default=None
        ``jac(x) -> ndarray of shape (n,)``, the gradient. None takes central
        differences, 2n calls of fun a step; they are good to about ten digits.
    learning_rate : "auto" or float, default="auto"
        The step size η. "auto" is the update rule's own: 0.2 for sgd, 0.005 for adam.
    solver : {"sgd", "adam"} or UpdateRule, default="sgd"
        An `UpdateRule` brings its own settings; the five that follow are then unused.
    momentum : float in [0, 1), default=0.0
        Share of the last step that goes on. 0, unlike in the classifier, since this
        function shows gradient descent as it is.
    nesterovs_momentum : bool, default=True
        Whether the momentum is Nesterov's. Only for sgd with ``momentum > 0``.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        Settings of adam.
    learning_rate_schedule : str or Schedule, default="constant"
        "constant", "invscaling", "adaptive" or "cosine"; a step counts as an epoch.
    max_iter : int, default=1000
        The largest number of steps.
    tol : float or None, default=1e-6
        The walk ends where no component of the gradient is larger. None takes all
        ``max_iter`` steps.

    Returns
    -------
    result : scipy.optimize.OptimizeResult
        ``x``, ``fun`` and ``jac`` at the end of the path; ``path`` of shape
        (nit + 1, n) with the start first; ``fun_values`` of shape (nit + 1,); ``nit``
        steps, ``nfev`` calls of fun, ``njev`` gradients; ``success``, ``message`` and
        ``status``: 0 converged, 1 out of steps, 2 diverged. After a divergence, the
        path ends at the last point with a finite value and gradient.

    Raises
    ------
    TypeError
        If fun or jac is not callable, or gives back something that is not numbers.
    ValueError
        If fun gives back more than one number, jac a wrong shape, or a setting is out
        of its range.

    Examples
    --------
    >>> from sklearn_gd import gradient_descent
    >>> result = gradient_descent(lambda x: (x[0] - 1) ** 2 + 2 * x[1] ** 2, [3.0, 1.0])
    >>> result.success, result.x.round(3) + 0.0
    (True, array([1., 0.]))
    >>> result.path.shape == (result.nit + 1, 2)
    True
    """
    settings = {
        "momentum": momentum,
        "nesterovs_momentum": nesterovs_momentum,
        "beta_1": beta_1,
        "beta_2": beta_2,
        "epsilon": epsilon,
    }
    _check_ranges(learning_rate, max_iter, tol, settings)
    function = Function(fun, jac)
    x = as_start(x0)
    rule = _rule(solver, settings)
    rate = rule.learning_rate if isinstance(learning_rate, str) else learning_rate
    schedule = _entry("learning_rate_schedule", learning_rate_schedule, SCHEDULES)
    _expect("learning_rate_schedule", schedule, Schedule)

    @quiet
    def run() -> OptimizeResult:
        walk = Walk(function, x, tol, max_iter)
        walk.run(rule, float(rate), schedule)
        return walk.result()

    return run()


class Walk:
    """A path downhill, from its start to where it ends, and why there."""

    def __init__(self, function: Function, x: Vector, tol: float | None, max_iter: int):
        self.function, self.tol, self.max_iter = function, tol, max_iter
        value, self.gradient = function(x)
        self.path, self.values = [x], [value]
        self.lost = not _is_finite(value, self.gradient)

    def run(self, rule: UpdateRule, learning_rate: float, schedule: Schedule) -> None:
        """Takes steps until the ground is flat, the steps are used up, or x is lost."""
        x = self.path[0].copy()
        state: list[Any] = [np.zeros_like(x) for _ in range(rule.n_vectors)]
        progress = Progress(max_epochs=max(1, self.max_iter))
        plateau = Plateau(0.0, PATIENCE)
        while not (self.lost or self.converged or self.n_steps == self.max_iter):
            rate = learning_rate * schedule(progress)
            rule.step(x, self.gradient.copy(), rate, state, self.n_steps + 1)
            self.lost = not self._visit(x)
            progress.epoch = progress.steps = self.n_steps
            if plateau.stalled(self.values[-1]):
                plateau.waited = 0
                progress.drops = min(progress.drops + 1, schedule.max_drops)

    @property
    def n_steps(self) -> int:
        return len(self.path) - 1

    @property
    def slope(self) -> float:
        """The largest component of the gradient."""
        return float(np.max(np.abs(self.gradient), initial=0.0))

    @property
    def converged(self) -> bool:
        return self.tol is not None and self.slope <= self.tol

    def _visit(self, x: Vector) -> bool:
        """Adds x to the path, if value and gradient are finite there."""
        value, gradient = self.function(x) if np.isfinite(x).all() else (math.nan, x)
        if not _is_finite(value, gradient):
            return False
        self.path.append(x.copy())
        self.values.append(value)
        self.gradient = gradient
        return True

    def _ending(self) -> tuple[int, bool, str]:
        """Status, success and message."""
        first, last = self.values[0], self.values[-1]
        way = f"{self.n_steps} steps from {first:.6g} to {last:.6g}"
        infinite = "fun or its gradient is not finite"
        if self.lost and not self.n_steps:
            return 2, False, f"{infinite} at x0. Start somewhere else."
        if self.lost:
            message = f"Diverged: {infinite} after {way}. Lower learning_rate."
            return 2, False, message
        if self.converged:
            return 0, True, f"The slope is at most tol={self.tol} after {way}."
        if self.tol is None:
            return 0, True, f"All {way} taken, as tol=None asks."
        message = f"The slope is {self.slope:.3g} after {way}, above tol={self.tol}. "
        rose = last > min(self.values)
        cure = "Lower learning_rate." if rose else "Raise max_iter or learning_rate."
        return 1, False, message + cure

    def result(self) -> OptimizeResult:
        """All that is known of the walk."""
        status, success, message = self._ending()
        return OptimizeResult(
            x=self.path[-1].copy(),
            fun=self.values[-1],
            jac=self.gradient,
            nit=self.n_steps,
            nfev=self.function.n_values,
            njev=self.function.n_gradients,
            status=status,
            success=success,
            message=message,
            path=np.array(self.path),
            fun_values=np.array(self.values),
        )


def _is_finite(value: float, gradient: Vector) -> bool:
    return math.isfinite(value) and bool(np.isfinite(gradient).all())


def _entry(parameter: str, value: Any, registry: dict[str, Any]) -> Any:
    """The registered entry of that name; anything but a name is given back."""
    if isinstance(value, str) and value not in registry:
        raise ValueError(
            f"{parameter}={value!r} is unknown; choose one of {sorted(registry)}."
        )
    return registry[value] if isinstance(value, str) else value


def _expect(parameter: str, value: Any, contract: type) -> None:
    if not isinstance(value, contract):
        raise TypeError(
            f"{parameter}={value!r} must be a name or an instance of "
            f"{contract.__module__}.{contract.__name__}."
        )


def _rule(solver: str | UpdateRule, settings: dict[str, Any]) -> UpdateRule:
    """The update rule of that name, with those settings that it knows."""
    rule = _entry("solver", solver, UPDATE_RULES)
    if isinstance(rule, type):
        names = {field.name for field in dataclasses.fields(rule)} & settings.keys()
        rule = rule(**{name: settings[name] for name in names})
    _expect("solver", rule, UpdateRule)
    return rule


def _check_ranges(
    learning_rate: Any, max_iter: Any, tol: Any, settings: dict[str, Any]
) -> None:
    for name in ("momentum", "beta_1", "beta_2"):
        if not 0 <= settings[name] < 1:
            raise ValueError(f"{name}={settings[name]!r} must be in [0, 1).")
    number = 0.0 if learning_rate == "auto" else learning_rate
    if isinstance(number, str) or not 0 <= number < math.inf:
        raise ValueError(
            f"learning_rate={learning_rate!r} must be 'auto' or a number of 0 or more."
        )
    if not (0 <= max_iter < math.inf and max_iter == int(max_iter)):
        raise ValueError(f"max_iter={max_iter!r} must be a whole number of 0 or more.")
    if tol is not None and not tol >= 0:
        raise ValueError(f"tol={tol!r} must be None or a number of 0 or more.")
