"""A picture of paired differences: one point for each table and classifier."""

from __future__ import annotations

import numpy as np


def draw(pairs, base, path):
    """Saves the differences in accuracy from a base, sorted, with two standard errors.

    Parameters
    ----------
    pairs : dict of classifier to dict of table to (points, standard error)
    base : str, the classifier that all are compared with
    path : path of the picture
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tables = max((len(found) for found in pairs.values()), default=1)
    size = 1 + 4 * max(1, len(pairs)), 1.5 + 0.2 * tables
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, max(1, len(pairs)), squeeze=False)[0]
    for ax, (name, found) in zip(axes, pairs.items(), strict=False):
        panel(ax, name, found)
    label = f"points of accuracy less {base}, ± 2 errors"
    figure.supxlabel(label, fontsize=9)
    figure.savefig(path, dpi=100)


def panel(ax, name, found):
    """Draws the tables of one classifier, the worst below."""
    names = sorted(found, key=lambda table: found[table][0])
    points, errors = np.array([found[table] for table in names]).T
    where = np.arange(len(names))
    ax.axvline(0, color="0.7", linewidth=1)
    ax.errorbar(points, where, xerr=2 * errors, fmt="o", markersize=4, linewidth=1)
    ax.axvline(points.mean(), color="C1", linewidth=1)
    ax.set_yticks(where, names, fontsize=7)
    ax.set_title(f"{name}: {points.mean():+.2f}", fontsize=10)
