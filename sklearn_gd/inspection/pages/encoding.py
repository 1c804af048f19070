"""Numbers on their way into a page: as text, as short as exactness allows."""

from __future__ import annotations

import base64

import numpy as np

# Values that one byte can point at.
PALETTE = 256


def text_of(array):
    """The bytes of an array as text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


def vector(values):
    """Parameters in single precision, the least significant byte first."""
    return text_of(np.asarray(values, dtype="<f4"))


def matrix(values):
    """Rows of numbers: one byte each if few values occur, else single precision.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)

    Returns
    -------
    encoded : dict
        ``n_columns``, ``text``, and ``palette``: the values that the bytes point at,
        exact, or None.
    """
    palette, codes = np.unique(values, return_inverse=True)
    few = len(palette) <= PALETTE
    codes = codes.reshape(values.shape).astype(np.uint8) if few else None
    return {
        "n_columns": values.shape[1],
        "palette": palette.tolist() if few else None,
        "text": text_of(codes) if few else vector(values),
    }
