"""A path over a plane or a surface: a ring where it starts, a star where it is."""

from __future__ import annotations

import numpy as np

from ...core.quiet import quiet

# Colours of Okabe and Ito, which colour-blind people tell apart; all are seen on the
# blue to yellow of viridis.
PATH_COLORS = ("#D55E00", "#FFFFFF", "#CC79A7", "#000000", "#E69F00")
EDGE = "0.25"
# The style of what is hidden.
BEHIND = {"linewidth": 1.1, "linestyle": ":", "alpha": 0.8, "zorder": 4}
# A path with more points than this is a line without dots.
MOST_DOTS = 100
# Samples of a step, and of the way to the eye; the share of the height of the box by
# which the surface must rise above that way to hide it.
PER_STEP, TO_EYE, ABOVE = 8, 80, 0.012


class DrawnPath:
    """A path on axes, which can be shown up to any of its points.

    Parameters
    ----------
    ax : matplotlib Axes
    coordinates : sequence of ndarrays of shape (n_points,), two or three
    color : str
    name : str or None, for the legend
    relief : Relief or None
        The surface under a path of three coordinates. Between its points the path
        follows the surface, and its parts behind a hill are dotted.

    Attributes
    ----------
    line : matplotlib Line2D or Line3D through the points
    """

    def __init__(self, ax, coordinates, color, name, relief=None):
        self.coordinates, self.front = coordinates, None
        dots = 3 if len(coordinates[0]) <= MOST_DOTS else 0
        style = outlined() if relief is None else BEHIND
        (self.line,) = ax.plot(
            *coordinates, color=color, label=name, marker="o", markersize=dots, **style
        )
        if relief is not None:
            self.samples = relief.along(coordinates)
            (self.front,) = ax.plot(
                *self.samples, color=color, label="_front", **outlined()
            )
        ends = {"color": color, "markeredgecolor": EDGE, "label": "_end", "zorder": 6}
        ax.plot(*(c[:1] for c in coordinates), marker="o", markersize=8, **ends)
        last = (c[-1:] for c in coordinates)
        (self.star,) = ax.plot(*last, marker="*", markersize=14, **ends)

    def show(self, n_points):
        """Shows the first so many points, with the star at the last of them."""
        set_points(self.line, [c[:n_points] for c in self.coordinates])
        set_points(self.star, [c[n_points - 1 : n_points] for c in self.coordinates])
        if self.front is not None:
            n_samples = (n_points - 1) * PER_STEP + 1
            set_points(self.front, [s[:n_samples] for s in self.samples])


def outlined():
    """The style of a path that is seen, with a dark outline."""
    from matplotlib.patheffects import Normal, Stroke

    effects = [Stroke(linewidth=3, foreground=EDGE), Normal()]
    return {"linewidth": 1.6, "path_effects": effects, "zorder": 5}


def set_points(line, coordinates):
    """Moves a line to other points, of two or three coordinates."""
    if len(coordinates) == 3:
        line.set_data_3d(*coordinates)
    else:
        line.set_data(*coordinates)


class Relief:
    """A surface as it is seen: where a path runs on it, and what it hides.

    Parameters
    ----------
    ax : matplotlib Axes of three dimensions, seen without perspective
    x, y : ndarrays, the grid
    values : ndarray of shape (len(y), len(x))
    """

    def __init__(self, ax, x, y, values):
        from scipy.interpolate import RegularGridInterpolator

        self.height = RegularGridInterpolator(
            (x, y), values.T, bounds_error=False, fill_value=np.nan
        )
        extents = [
            np.ptp(limits()) for limits in (ax.get_xlim, ax.get_ylim, ax.get_zlim)
        ]
        e, a = np.radians([ax.elev, ax.azim])
        eye = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
        # From units of the box, which is 4 × 4 × 3, to those of the axes.
        self.to_eye = eye * extents / np.array([4, 4, 3])
        self.tolerance = ABOVE * extents[2]

    def along(self, coordinates):
        """Samples along the steps of a path, NaN where a hill hides them."""
        n_points = len(coordinates[0])
        at = np.linspace(0, n_points - 1, (n_points - 1) * PER_STEP + 1)
        x, y, z = (np.interp(at, np.arange(n_points), c) for c in coordinates)
        ground = self.height(np.column_stack(coordinates[:2]))
        # As high above the ground as at the points, so that it does not cut hills.
        above = np.interp(at, np.arange(n_points), coordinates[2] - ground)
        z = np.where(np.isfinite(above), self.height(np.c_[x, y]) + above, z)
        points = np.column_stack([x, y, z])
        points[self.hidden(points)] = np.nan
        return points.T

    @quiet
    def hidden(self, points):
        """Whether the surface stands between each point and the eye."""
        found = np.zeros(len(points), dtype=bool)
        for t in np.linspace(0, 6, TO_EYE)[1:]:
            x, y, z = (points + t * self.to_eye).T
            found |= self.height(np.c_[x, y]) > z + self.tolerance
        return found
