"""What several displays draw: a function over a plane, and paths across it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

# Above zero and below: of Okabe and Ito, which colour-blind people tell apart.
INCREASE, DECREASE = "#0072B2", "#D55E00"
# Colours of Okabe and Ito, which colour-blind people tell apart; all are seen on the
# blue to yellow of viridis.
PATH_COLORS = ("#D55E00", "#FFFFFF", "#CC79A7", "#000000", "#E69F00")


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


def spread_levels(values, n_levels):
    """Levels that divide the plane in parts of equal area, rounded to three digits.

    Equal steps of a function that rises steeply at the rim would show the rim only.
    """
    values = values[np.isfinite(values)]
    levels = np.quantile(values, np.linspace(0, 1, n_levels))
    inner = np.unique([float(f"{level:.3g}") for level in levels[1:-1]])
    inner = inner[(inner > levels[0]) & (inner < levels[-1])]
    if len(inner) == 0:  # a plain, or nearly
        return np.linspace(levels[0], levels[-1] + (levels[0] == levels[-1]), 3)
    return np.concatenate([levels[:1], inner, levels[-1:]])


def draw_contour(ax, surface, *, levels=None, cmap="viridis", label="Cost"):
    """Filled contours with a colour bar, and the paths on them.

    Returns
    -------
    contour : QuadContourSet
    lines : list of Line2D, one for each path
    """
    from matplotlib.colors import BoundaryNorm

    if levels is None:
        levels = spread_levels(surface.values, 16)
    values = np.ma.masked_invalid(surface.values)
    options = {}
    if np.ndim(levels) and np.size(levels) > 2:
        options["norm"] = BoundaryNorm(levels, 256)
    contour = ax.contourf(
        surface.x, surface.y, values, levels=levels, cmap=cmap, **options
    )
    bar = ax.figure.colorbar(contour, ax=ax, label=label, format="{x:.3g}")
    bar.minorticks_off()
    bar.set_ticks(contour.levels[:: max(1, len(contour.levels) // 7)])
    lines = [
        draw_path(ax, points.T, color, name)
        for points, _, color, name in walks(surface)
    ]
    if any(surface.names):
        ax.legend(loc="best", framealpha=1.0, facecolor="0.85")
    ax.set(xlim=surface.x[[0, -1]], ylim=surface.y[[0, -1]])
    return contour, lines


def draw_surface(ax, surface, *, levels=None, cmap="viridis", label="Cost"):
    """A surface over the plane in three dimensions, and the paths on it.

    Returns
    -------
    surface : Poly3DCollection
    lines : list of Line3D, one for each path
    """
    from matplotlib.colors import BoundaryNorm

    values = np.where(np.isfinite(surface.values), surface.values, np.nan)
    norm = None if levels is None or np.ndim(levels) == 0 else BoundaryNorm(levels, 256)
    drawn = ax.plot_surface(
        *np.meshgrid(surface.x, surface.y),
        values,
        cmap=cmap,
        norm=norm,
        alpha=0.75,
        rcount=60,
        ccount=60,
        linewidth=0,
    )
    # Matplotlib draws whole artists one behind another: lines must come last.
    ax.computed_zorder = False
    drawn.set_zorder(1)
    lines = [
        draw_path(ax, (*points.T, heights), color, name)
        for points, heights, color, name in walks(surface)
    ]
    if any(surface.names):
        ax.legend(loc="upper left", framealpha=1.0, facecolor="0.85")
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.get_major_locator().set_params(nbins=5)
        axis.labelpad = 8
    ax.set_zlabel(label)
    ax.set_box_aspect(None, zoom=0.85)  # else labels are cut off
    return drawn, lines


def walks(surface):
    """Points, values, colour and name of each path."""
    for i, points in enumerate(surface.paths):
        name = surface.names[i] if surface.names else None
        yield points, surface.path_values[i], PATH_COLORS[i % len(PATH_COLORS)], name


def draw_path(ax, coordinates, color, name):
    """A line with a ring where it starts and a star where it ends."""
    from matplotlib.patheffects import Normal, Stroke

    n_points = len(coordinates[0])
    (line,) = ax.plot(
        *coordinates,
        color=color,
        label=name,
        linewidth=1.6,
        marker="o",
        markersize=3 if n_points <= 100 else 0,
        zorder=4,
        path_effects=[Stroke(linewidth=3, foreground="0.25"), Normal()],
    )
    ends = {"o": [c[:1] for c in coordinates], "*": [c[-1:] for c in coordinates]}
    for marker, place in ends.items():
        ax.plot(
            *place,
            color=color,
            marker=marker,
            markersize=8 if marker == "o" else 14,
            markeredgecolor="0.25",
            zorder=5,
            label="_end",
        )
    return line


DRAW = {"contour": (draw_contour, None), "surface": (draw_surface, "3d")}


def draw(ax, surface, kind, **options):
    """Draws a surface in one of the ways of `DRAW`; returns axes, artist and lines.

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
