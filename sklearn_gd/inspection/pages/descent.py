"""Gradient descent on a function of two variables, to be started in a browser."""

from __future__ import annotations

import numpy as np

from ...core.functions import as_start
from .page import Page, assemble
from .tracing import check_tape, trace

MODULES = (
    "basics.js",
    "expression.js",
    "walk.js",
    "landscape.js",
    "contour.js",
    "surface.js",
    "descent_page.js",
)


class DescentPage(Page):
    """Gradient descent on a surface, in a page: drag the ball, and it walks down.

    The page draws the function as a map with contour lines and as a surface, the way of
    the ball, its height from step to step, and the arrow of the next step. Sliders set
    the learning rate, the momentum, and how noisy the gradient is, as that of a small
    batch is. Plain descent, momentum, Nesterov's momentum and adam can race. Without
    noise, the steps are those of `gradient_descent`, point by point.

    All that can be set stands in the address of the page, so that a link leads to a
    situation. The page is one file. It needs no server and makes no request.

    Attributes
    ----------
    html : str
        The whole page.

    See Also
    --------
    NetworkPage : A fitted network in a page.
    DescentPathDisplay : The walk as a picture for print.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_gd import DescentPage
    >>> def landscape(x):
    ...     return 0.1 * (x @ x) + np.sin(1.5 * x[0]) + np.cos(1.5 * x[1])
    >>> page = DescentPage.from_function(landscape, [1.4, 0.5])
    >>> page.html.startswith("<!doctype html>")
    True

    ``page.save("descent.html")`` writes it; a notebook shows it.
    """

    height = 980

    @classmethod
    def from_function(
        cls,
        fun,
        x0,
        *,
        limits=((-4.0, 4.0), (-4.0, 4.0)),
        learning_rate=0.1,
        momentum=0.9,
        language="en",
    ):
        """Make the page of a function.

        Parameters
        ----------
        fun : callable
            ``fun(x) -> float`` for x of shape (2,), written with arithmetic and NumPy's
            functions and without conditions on x: the page follows what it does.
        x0 : array-like of shape (2,)
            Where the ball lies at first.
        limits : ((float, float), (float, float))
            Of the part that is drawn, for both variables.
        learning_rate : float, default=0.1
            Where its slider stands at first, between 0.001 and 10.
        momentum : float in [0, 1), default=0.9
            Where its slider stands at first.
        language : {"en", "zh"}, default="en"
            The language that the page starts in. A button changes it.

        Returns
        -------
        page : DescentPage

        Raises
        ------
        TypeError
            If fun does what a page cannot, such as deciding by the value of x.
        ValueError
            If x0, limits or a setting is out of its range.
        """
        start, limits = as_start(x0), checked_limits(limits)
        if start.shape != (2,):
            raise ValueError(f"x0={x0!r} must have two numbers: a page draws a plane.")
        check_settings(learning_rate, momentum)
        tape = trace(fun)
        check_tape(tape, fun, limits)
        data = {
            "tape": tape,
            "x": start.tolist(),
            "limits": limits.tolist(),
            "rate": float(learning_rate),
            "momentum": float(momentum),
        }
        return cls(assemble("descent.html", MODULES, data, language))


def checked_limits(limits):
    """limits as an array of shape (2, 2)."""
    values = np.asarray(limits)
    numbers = values.dtype.kind in "iuf" and values.shape == (2, 2)
    if not (numbers and np.isfinite(values).all() and (np.diff(values) > 0).all()):
        raise ValueError(
            f"limits={limits!r} must be ((low, high), (low, high)), one pair for "
            "each variable: finite numbers, the lower one first."
        )
    return values.astype(np.float64)


def check_settings(learning_rate, momentum):
    """Refuse what the sliders cannot show."""
    if not 1e-3 <= learning_rate <= 10:
        raise ValueError(
            f"learning_rate={learning_rate!r} must be between 0.001 and 10, where its "
            "slider ends. Scale the function for other rates."
        )
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum={momentum!r} must be in [0, 1).")
