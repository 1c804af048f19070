"""What several displays draw: a function over a plane, and paths across it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .levels import between
from .paths import PATH_COLORS, DrawnPath, Relief

# Above zero and below: of Okabe and Ito, which colour-blind people tell apart.
INCREASE, DECREASE = "#0072B2", "#D55E00"


@dataclass
class Surface:
    """Values of a function on a grid, and paths over it.

    Parameters
    ----------
    x : ndarray of shape (n_columns,)
    y : ndarray of shape (n_rows,)
    values : ndarray of shape (n_rows, n_columns)
    paths : list of ndarrays of shape (n_points, 2), not necessarily of one length
    path_values : list of ndarrays of shape (n_points,), the values along each path
    names : list of str or None, one for each path
    """

    x: np.ndarray
    y: np.ndarray
    values: np.ndarray
    paths: list = field(default_factory=list)
    path_values: list = field(default_factory=list)
    names: list = field(default_factory=list)


def new_axes(ax, projection=None, **figure):
    """The axes given, or those of a new figure.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If the axes given do not have the projection that is needed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "Displays need matplotlib: pip install 'sklearn_gd[plot]'"
        ) from error
    if ax is None:
        subplot_kw = {"projection": projection}
        figure = {"layout": "constrained", **figure}
        return plt.subplots(subplot_kw=subplot_kw, **figure)[1]
    if projection is not None and ax.name != projection:
        raise ValueError(
            f"kind='surface' needs axes with projection={projection!r}, got "
            f"{ax.name!r}: make them with plt.subplots(subplot_kw="
            f"dict(projection={projection!r})), or give none."
        )
    return ax


def draw_contour(
    ax, surface, *, steps, levels=None, cmap="viridis", label="Cost", colorbar=True
):
    """Filled contours with a colour bar, and the paths on them.

    Returns
    -------
    contour : QuadContourSet, the lines
    paths : list of DrawnPath
    """
    from matplotlib.colors import BoundaryNorm

    values, shades = np.ma.masked_invalid(surface.values), 1
    if levels is None:
        levels, name, shades = steps(surface.values)
        label = f"{label} ({name})"
    fill = {"levels": levels, "cmap": cmap}
    if np.ndim(levels) and np.size(levels) > 2:
        fill["levels"] = between(levels, shades)
        fill["norm"] = BoundaryNorm(fill["levels"], 256)
    filled = ax.contourf(surface.x, surface.y, values, **fill)
    levels = levels if np.ndim(levels) else filled.levels
    style = {"colors": "white", "linestyles": "solid", "linewidths": 0.7, "alpha": 0.7}
    contour = ax.contour(surface.x, surface.y, values, levels=levels, **style)
    if colorbar:
        bar = ax.figure.colorbar(filled, ax=ax, label=label, format="{x:.3g}")
        bar.minorticks_off()
        bar.add_lines(contour)
        bar.set_ticks(levels[:: 1 + len(levels) // 12])
    paths = [DrawnPath(ax, points.T, *style) for points, _, *style in walks(surface)]
    if any(surface.names):
        ax.legend(loc="best", framealpha=1.0, facecolor="0.85")
    ax.set(xlim=surface.x[[0, -1]], ylim=surface.y[[0, -1]])
    return contour, paths


def draw_surface(
    ax, surface, *, steps, levels=None, cmap="viridis", label="Cost", colorbar=True
):
    """A surface over the plane in three dimensions, and the paths on it.

    Returns
    -------
    surface : Poly3DCollection
    paths : list of DrawnPath
    """
    from matplotlib.colors import BoundaryNorm

    values = np.where(np.isfinite(surface.values), surface.values, np.nan)
    norm = None if levels is None or np.ndim(levels) == 0 else BoundaryNorm(levels, 256)
    drawn = ax.plot_surface(
        *np.meshgrid(surface.x, surface.y),
        values,
        cmap=cmap,
        norm=norm,
        alpha=0.85,
        rcount=60,
        ccount=60,
        linewidth=0,
    )
    # Matplotlib draws whole artists one behind another: lines must come last.
    ax.computed_zorder = False
    drawn.set_zorder(1)
    ax.set_proj_type("ortho")
    relief = Relief(ax, surface.x, surface.y, values)
    paths = [
        DrawnPath(ax, (*points.T, heights), *style, relief)
        for points, heights, *style in walks(surface)
    ]
    if any(surface.names):
        ax.legend(loc="upper left", framealpha=1.0, facecolor="0.85")
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.get_major_locator().set_params(nbins=5)
        axis.labelpad = 8
    ax.set_zlabel(label)
    ax.set_box_aspect(None, zoom=0.85)  # else labels are cut off
    return drawn, paths


def walks(surface):
    """Points, values, colour and name of each path."""
    for i, points in enumerate(surface.paths):
        name = surface.names[i] if surface.names else None
        yield points, surface.path_values[i], PATH_COLORS[i % len(PATH_COLORS)], name


DRAW = {"contour": (draw_contour, None), "surface": (draw_surface, "3d")}


def draw(ax, surface, kind, **options):
    """Draws a surface in one of the ways of `DRAW`; returns axes, artist and paths.

    Raises
    ------
    ValueError
        For an unknown kind.
    """
    if kind not in DRAW:
        raise ValueError(f"kind={kind!r} is unknown; choose one of {sorted(DRAW)}.")
    function, projection = DRAW[kind]
    ax = new_axes(ax, projection)
    return ax, *function(ax, surface, **options)


def evaluate_on_grid(function, x, y):
    """``function([x, y])`` at every point of a grid, shape (len(y), len(x))."""
    return np.array([[float(function(np.array([a, b]))) for a in x] for b in y])


def limits_around(paths, margin=0.25):
    """Limits ((x_low, x_high), (y_low, y_high)) with room around all the paths."""
    points = np.concatenate([path[np.isfinite(path).all(axis=1)] for path in paths])
    low, high = points.min(axis=0), points.max(axis=0)
    extent = high - low
    # A path along one axis gets a plane that is not a line.
    extent = np.maximum(extent, max(extent.max(), 1e-6) * 0.25)
    middle = (low + high) / 2
    half = extent * (0.5 + margin)
    return list(zip(middle - half, middle + half, strict=True))
