"""A function of two variables, and the way that gradient descent takes over it."""

from __future__ import annotations

import numpy as np

from ...core.quiet import quiet
from .animation import Animated, show_paths
from .drawing import Surface, draw, evaluate_on_grid, limits_around
from .levels import equal_steps


class DescentPathDisplay(Animated):
    """A function of two variables with one or more paths of gradient descent.

    It is recommended to use `from_function` or `from_result`.

    Parameters
    ----------
    x : ndarray of shape (n_columns,)
        Grid of the first variable.
    y : ndarray of shape (n_rows,)
        Grid of the second variable.
    values : ndarray of shape (n_rows, n_columns)
        The function on the grid.
    paths : list of ndarrays of shape (n_points, 2), default=()
        The points that each descent has visited, the start first.
    path_values : list of ndarrays of shape (n_points,), default=()
        The function along each path.
    names : list of str, default=None
        Names of the paths, for the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes, of three dimensions for ``kind="surface"``
    figure_ : matplotlib Figure
    contour_ : matplotlib QuadContourSet, the lines, or None for ``kind="surface"``
    surface_ : matplotlib Poly3DCollection, or None for ``kind="contour"``
    path_lines_ : list of matplotlib Line2D, one for each path

    Examples
    --------
    >>> from sklearn_gd import DescentPathDisplay, gradient_descent
    >>> def bowl(x):
    ...     return x[0] ** 2 + 4 * x[1] ** 2
    >>> result = gradient_descent(bowl, [2.0, 1.0], learning_rate=0.05)
    >>> display = DescentPathDisplay.from_result(result, bowl)
    >>> len(display.path_lines_)
    1
    """

    def __init__(self, x, y, values, *, paths=(), path_values=(), names=None):
        self.x, self.y, self.values = x, y, values
        self.paths, self.path_values = list(paths), list(path_values)
        self.names = names

    @classmethod
    def from_function(
        cls,
        fun,
        paths=(),
        *,
        limits=None,
        grid_resolution=100,
        names=None,
        ax=None,
        **kwargs,
    ):
        """Draw a function of two variables, and paths if there are any.

        Parameters
        ----------
        fun : callable
            ``fun(x) -> float`` with x an ndarray of shape (2,).
        paths : list of array-likes of shape (n_points, 2), default=()
            Points visited, the start first.
        limits : ((x_low, x_high), (y_low, y_high)), default=None
            What to show; None leaves room around the paths.
        grid_resolution : int, default=100
            Points of the grid along each axis.
        names : list of str, default=None
            Names of the paths, for the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : DescentPathDisplay

        Raises
        ------
        ValueError
            If there is neither a path nor ``limits``, or a path is not made of points
            of the plane, or there is not one name for each path.
        """
        paths = [check_path(path) for path in paths]
        check_names(names, paths)
        if limits is None:
            if not paths:
                raise ValueError(
                    "limits is missing: without a path it must say what to show, "
                    "limits=((x_low, x_high), (y_low, y_high))."
                )
            limits = limits_around(paths)
        x, y = (np.linspace(*limit, grid_resolution) for limit in limits)
        fun = quiet(fun)
        values = evaluate_on_grid(fun, x, y)
        path_values = [np.array([float(fun(p)) for p in path]) for path in paths]
        display = cls(x, y, values, paths=paths, path_values=path_values, names=names)
        return display.plot(ax, **kwargs)

    @classmethod
    def from_result(cls, result, fun, **kwargs):
        """Draw where `gradient_descent` has walked.

        Parameters
        ----------
        result : OptimizeResult, or list of them
            What `gradient_descent` has returned, with its ``path``.
        fun : callable
            The function that was minimised, of two variables.
        **kwargs : dict
            Passed to `from_function`.

        Returns
        -------
        display : DescentPathDisplay
        """
        results = [result] if hasattr(result, "path") else list(result)
        return cls.from_function(fun, [each.path for each in results], **kwargs)

    def plot(
        self,
        ax=None,
        *,
        kind="contour",
        levels=None,
        cmap="viridis",
        label="f(x)",
        colorbar=True,
    ):
        """Draw the function and the paths; a ring is a start and a star an end.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, of three dimensions for a surface; a new figure is made if
            None.
        kind : {"contour", "surface"}, default="contour"
        levels : int or array-like, default=None
            Levels of the contours. None takes about a dozen at equal distances, so that
            the ground is steep where lines are close.
        cmap : str or matplotlib Colormap, default="viridis"
        label : str, default="f(x)"
            What the function is, for the colour bar or the third axis.
        colorbar : bool, default=True
            Whether contours have a colour bar.

        Returns
        -------
        display : DescentPathDisplay
            Itself.
        """
        surface = Surface(
            self.x, self.y, self.values, self.paths, self.path_values, self.names or []
        )
        ax, drawn, self._paths = draw(
            ax,
            surface,
            kind,
            steps=equal_steps,
            levels=levels,
            cmap=cmap,
            label=label,
            colorbar=colorbar,
        )
        self.path_lines_ = [path.line for path in self._paths]
        is_flat = kind == "contour"
        self.contour_, self.surface_ = (drawn, None) if is_flat else (None, drawn)
        ax.set(xlabel="$x_1$", ylabel="$x_2$")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _n_moments(self):
        if not self.paths:
            raise ValueError("nothing moves without a path: give paths, or a result.")
        return max(len(path) for path in self.paths)

    def _show(self, moment):
        show_paths(self._paths, moment)


def check_path(path):
    """A path as an array of points of the plane.

    Raises
    ------
    ValueError
        If it is not of shape (n_points, 2).
    """
    path = np.asarray(path, dtype=float)
    if path.ndim != 2 or path.shape[1] != 2 or len(path) == 0:
        raise ValueError(
            f"a path must have shape (n_points, 2), got {path.shape}: only a function "
            "of two variables can be drawn over a plane."
        )
    return path


def check_names(names, paths):
    """Refuse names that are not one for each path."""
    if names is not None and len(names) != len(paths):
        raise ValueError(
            f"names has {len(names)} entries for {len(paths)} paths: give one each."
        )
