"""Lengths of the parts of a gradient, by layer and by feature."""

from __future__ import annotations

import numpy as np

# Entries of printed norms.
MAX_SHOWN = 6


class Norms(dict):
    """Lengths by name; what it prints is cut after the first few."""

    def __repr__(self):
        shown = [f"{name!r}: {self[name]:.4g}" for name in list(self)[:MAX_SHOWN]]
        n_more = len(self) - len(shown)
        return f"{{{', '.join(shown + [f'... {n_more:,} more'] * (n_more > 0))}}}"


def layer_norms(vector, shapes):
    """Length of each layer's part of a vector like ``parameters_``, list of float."""
    squares = np.zeros(len(shapes))
    sizes = [fan_in * fan_out for fan_in, fan_out in shapes]
    sizes += [fan_out for _, fan_out in shapes]
    for k, piece in enumerate(np.split(vector, np.cumsum(sizes)[:-1])):
        squares[k % len(shapes)] += np.sum(np.square(piece, dtype=np.float64))
    return np.sqrt(squares).tolist()


def feature_norms(vector, shapes):
    """Length of its part for the weights that leave each feature, (n_features,)."""
    n_features, n_neurons = shapes[0]
    weights = vector[: n_features * n_neurons]
    return np.linalg.norm(weights.reshape(n_features, n_neurons), axis=1)
