"""A grid over the plane of two features, and what a network makes of its points."""

from __future__ import annotations

import copy

import numpy as np


def grid_around(points, n):
    """The two axes of a grid with some room around points."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.15 * np.where(high > low, high - low, 1.0)
    return [np.linspace(a, b, n) for a, b in zip(low - room, high + room, strict=True)]


def same_kind(X, x, y):
    """All points of a grid, as a DataFrame where X is one."""
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    if hasattr(X, "columns"):
        return type(X)(dict(zip(X.columns, grid.T, strict=True)))
    return grid.astype(np.asarray(X).dtype) if is_float(X) else grid


def is_float(X):
    """Whether X is of a floating dtype, that of the grid then too."""
    return np.asarray(X).dtype.kind == "f"


def over_grid(network, grid, axes):
    """Activations of the hidden neurons, and the classes' probabilities, on a grid."""
    shape = len(axes[1]), len(axes[0])
    hidden = network.activations(grid)[:-1]
    layers = [a.T.reshape(-1, *shape) for a in hidden]
    return layers, network.predict_proba(grid).reshape(*shape, -1)


def history(network, path, grid, axes):
    """The same for each of recorded parameters; the network is not changed."""
    other, found = copy.copy(network), []
    for parameters in path:
        other.parameters_ = parameters
        found.append(over_grid(other, grid, axes))
    return found
