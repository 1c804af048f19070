"""Planes through the space of parameters: two directions, and places in between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_random_state


@dataclass(frozen=True)
class Plane:
    """All points origin + a·u + b·v.

    Parameters
    ----------
    origin : ndarray of shape (n_parameters,)
    directions : ndarray of shape (2, n_parameters), u and v
    explained_variance_ratio : ndarray of shape (2,) or None
        The share of a path's variance that lies along each direction.
    """

    origin: np.ndarray
    directions: np.ndarray
    explained_variance_ratio: np.ndarray | None = None

    def point(self, place):
        """The parameters at place (a, b)."""
        return self.origin + place @ self.directions

    def project(self, points):
        """The places on the plane nearest to points, shape (n_points, 2)."""
        return np.linalg.lstsq(self.directions.T, (points - self.origin).T, rcond=None)[
            0
        ].T


def plane_through(estimator, directions, path, random_state):
    """The plane through a network's parameters that was asked for.

    That of ``directions``; without them that of ``path``; without either a random one.
    """
    origin = estimator.parameters_.astype(float)
    if directions is not None:
        return given_plane(origin, directions)
    if path is not None:
        return path_plane(origin, path)
    return random_plane(estimator, check_random_state(random_state))


def given_plane(origin, directions):
    """The plane of two given directions.

    Raises
    ------
    ValueError
        If they are not two vectors of the parameters' length that span a plane.
    """
    directions = np.asarray(directions, dtype=float)
    if directions.shape != (2, len(origin)):
        raise ValueError(
            f"directions must be two vectors of {len(origin)} parameters, shape "
            f"(2, {len(origin)}), got shape {directions.shape}."
        )
    if np.linalg.matrix_rank(directions) < 2:
        raise ValueError(
            "directions do not span a plane: one is a multiple of the other, or zero."
        )
    return Plane(origin, directions)


def random_plane(estimator, rng):
    """The plane of two random filter-normalised directions (Li et al. 2018, section 4).

    The part of a direction that belongs to one neuron's weights gets the length of
    these weights; its part for biases is zero. So networks whose weights have different
    scales can be compared.
    """
    views = estimator._model.network.views
    origin = estimator.parameters_.astype(float)
    directions = rng.standard_normal((2, len(origin)))
    for direction in directions:
        weights, biases = views(direction)
        for D, W in zip(weights, estimator.coefs_, strict=True):
            D *= np.linalg.norm(W, axis=0) / np.linalg.norm(D, axis=0)
        for bias in biases:
            bias.fill(0.0)
    return Plane(origin, directions)


def path_plane(origin, path):
    """The plane in which most of a path lies, by principal component analysis.

    The directions have length 1, so that distances are those between parameters, and
    point to where the path ends.

    Raises
    ------
    ValueError
        If the path has fewer than 3 different points.
    """
    centred = path - path.mean(axis=0)
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    if len(lengths) < 2 or lengths[1] <= 1e-12 * lengths[0]:
        raise ValueError(
            f"a path of {len(path)} points does not span a plane: record at least 3 "
            "points that are not on a line, or give two directions."
        )
    directions = directions[:2]
    signs = np.where(directions @ (path[-1] - path[0]) < 0, -1.0, 1.0)
    shares = lengths**2 / np.sum(lengths**2)
    return Plane(origin, directions * signs[:, None], shares[:2])


def check_recorded(path, n_parameters):
    """A recorded path as an array of float64, shape (n_records, n_parameters).

    Raises
    ------
    ValueError
        If it has another shape.
    """
    path = np.asarray(path, dtype=float)
    if path.ndim != 2 or path.shape[1] != n_parameters:
        raise ValueError(
            f"path must have shape (n_records, {n_parameters}), one row of parameters "
            f"for each record, got {path.shape}: record it with record_path while this "
            "network is trained."
        )
    return path
