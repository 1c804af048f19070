"""The cost of a network on a plane through the space of its parameters."""

from __future__ import annotations

import copy

import numpy as np

from ...training.model import with_threads_for
from ..gradients import cost, data_to_look_at
from ..unwrap import look_through
from .animation import Animated, show_paths
from .drawing import Surface, draw, limits_around
from .levels import steps_1_2_5
from .planes import check_recorded, plane_through


class CostSurfaceDisplay(Animated):
    """The real cost of a network around its parameters, on a plane.

    A network has thousands of parameters and a picture two axes, so this shows a slice:
    the cost C(θ + a·u + b·v) for all places (a, b), where θ are the network's
    parameters and u and v two directions. It is recommended to use `from_estimator`.

    Parameters
    ----------
    x : ndarray of shape (n_columns,)
        Steps along the first direction.
    y : ndarray of shape (n_rows,)
        Steps along the second direction.
    costs : ndarray of shape (n_rows, n_columns)
        The cost on the grid.
    path : ndarray of shape (n_records, 2), default=None
        The path of training, projected on the plane.
    path_costs : ndarray of shape (n_records,), default=None
        The cost of each recorded set of parameters. These do not lie on the plane, so
        the surface below them may be higher or lower.
    explained_variance_ratio : ndarray of shape (2,), default=None
        The share of the path's variance along each axis, if the plane is the path's.

    Attributes
    ----------
    ax_ : matplotlib Axes, of three dimensions for ``kind="surface"``
    figure_ : matplotlib Figure
    contour_ : matplotlib QuadContourSet, the lines, or None for ``kind="surface"``
    surface_ : matplotlib Poly3DCollection, or None for ``kind="contour"``
    path_line_ : matplotlib Line2D, or None if there is no path

    References
    ----------
    H. Li, Z. Xu, G. Taylor, C. Studer, T. Goldstein (2018). Visualizing the Loss
    Landscape of Neural Nets. NeurIPS 31. Filter-normalised directions: section 4; the
    plane of a path: section 7.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.preprocessing import scale
    >>> from sklearn_gd import CostSurfaceDisplay, GradientDescentMLPClassifier
    >>> from sklearn_gd import record_path
    >>> X, y = load_wine(return_X_y=True)
    >>> X = scale(X)
    >>> clf = GradientDescentMLPClassifier(8, max_iter=20, tol=None, random_state=0)
    >>> with record_path(clf) as path:
    ...     clf = clf.fit(X, y)
    >>> display = CostSurfaceDisplay.from_estimator(
    ...     clf, X, y, path=path, grid_resolution=9
    ... )
    >>> display.costs.shape
    (9, 9)
    """

    def __init__(
        self,
        x,
        y,
        costs,
        *,
        path=None,
        path_costs=None,
        explained_variance_ratio=None,
    ):
        self.x, self.y, self.costs = x, y, costs
        self.path, self.path_costs = path, path_costs
        self.explained_variance_ratio = explained_variance_ratio

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        directions=None,
        path=None,
        sample_weight=None,
        limits=None,
        grid_resolution=51,
        random_state=None,
        ax=None,
        **kwargs,
    ):
        """Compute the cost of a network on a plane through its parameters and draw it.

        The plane is that of ``directions``; without them that of ``path``; without
        either that of two random filter-normalised directions.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier, or Pipeline or search
            The last step of a Pipeline must be the network; X goes through the
            steps before it. The network's parameters are the place (0, 0).
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
        directions : array-like of shape (2, n_parameters), default=None
            Two directions. The axes count steps of their length.
        path : array-like of shape (n_records, n_parameters), default=None
            Parameters during training, as `record_path` gives them. It is drawn on the
            plane; without ``directions`` the plane is that of its first two principal
            components.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row, 0 or more. Only the ratios matter.
        limits : ((x_low, x_high), (y_low, y_high)), default=None
            What to show. None leaves room around the path, or means -1 to 1.
        grid_resolution : int, default=51
            Points of the grid along each axis. The cost of all samples is computed at
            each point: 2,601 times by default.
        random_state : int, RandomState or None, default=None
            For the random directions.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : CostSurfaceDisplay

        Raises
        ------
        ValueError
            If directions or path do not fit the network or do not span a plane.
        """
        estimator, X, _ = look_through(estimator, X)
        if path is not None:
            path = check_recorded(path, estimator.n_parameters_)
        plane = plane_through(estimator, directions, path, random_state)
        places = None if path is None else plane.project(path)
        if limits is None:
            limits = ((-1, 1), (-1, 1)) if path is None else limits_around([places])
        across, up = (np.linspace(*limit, grid_resolution) for limit in limits)
        grid = (plane.point(np.array([a, b])) for b in up for a in across)
        data = data_to_look_at(estimator, X, y, sample_weight)
        display = cls(
            across,
            up,
            costs_at(grid, estimator, data).reshape(len(up), len(across)),
            path=places,
            path_costs=None if path is None else costs_at(path, estimator, data),
            explained_variance_ratio=plane.explained_variance_ratio,
        )
        return display.plot(ax, **kwargs)

    def plot(
        self, ax=None, *, kind="contour", levels=None, cmap="viridis", colorbar=True
    ):
        """Draw the cost, and the path; a ring is its start and a star its end.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, of three dimensions for a surface; a new figure is made if
            None.
        kind : {"contour", "surface"}, default="contour"
        levels : int or array-like, default=None
            Levels of the contours. None takes steps 1-2-5, so that each line is about
            half of the last, or equal ones where the costs are too much alike.
        cmap : str or matplotlib Colormap, default="viridis"
        colorbar : bool, default=True
            Whether contours have a colour bar.

        Returns
        -------
        display : CostSurfaceDisplay
            Itself.
        """
        paths, path_values = [], []
        if self.path is not None:
            paths, path_values = [self.path], [self.path_costs]
        surface = Surface(self.x, self.y, self.costs, paths, path_values)
        ax, drawn, self._paths = draw(
            ax,
            surface,
            kind,
            steps=steps_1_2_5,
            levels=levels,
            cmap=cmap,
            colorbar=colorbar,
        )
        is_flat = kind == "contour"
        self.contour_, self.surface_ = (drawn, None) if is_flat else (None, drawn)
        self.path_line_ = self._paths[0].line if self._paths else None
        ax.set(xlabel=self._label(0), ylabel=self._label(1))
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _n_moments(self):
        if self.path is None:
            raise ValueError(
                "nothing moves without a path: record it with record_path."
            )
        return len(self.path)

    def _show(self, moment):
        show_paths(self._paths, moment)

    def _label(self, axis):
        if self.explained_variance_ratio is None:
            return f"Steps along direction {axis + 1}"
        share = self.explained_variance_ratio[axis]
        return f"Component {axis + 1} ({share:.0%} of variance)"


def costs_at(points, estimator, data):
    """The cost of a network with each of these parameters; it is not changed itself."""
    probe = copy.deepcopy(estimator)

    def cost_at(parameters):
        probe.parameters_ = parameters
        return cost(probe, data)

    def run():
        return np.array([cost_at(parameters) for parameters in points])

    return with_threads_for(probe, probe._model, len(data), run)
