"""A look at the arrays of a sparse matrix, before any compiled code believes them.

SciPy looks at them once, when a matrix is made, and not at the indices. Whoever writes
to ``X.indices`` later, or reads a damaged file, has a matrix whose products read and
write outside of their arrays.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from ..core.compiled import fault_of_indices, fault_of_pointers


def check_sparse(X, name="X"):
    """Refuse a sparse X of two dimensions whose arrays do not describe a matrix.

    Raises
    ------
    ValueError
        If lengths disagree, indptr is not monotone, or an index lies outside.
    """
    find = FAULTS.get(X.format) if sp.issparse(X) and X.ndim == 2 else None
    fault = None if find is None else find(X)
    if fault is not None:
        raise ValueError(
            f"{name} is damaged, a {X.format.upper()} matrix of shape {X.shape}: "
            f"{fault}. Make it anew from its rows, columns and values, with "
            "scipy.sparse.coo_array((values, (rows, columns)), shape=shape)."
        )


def _csr(X):
    return _compressed(X, X.shape)


def _csc(X):
    return _compressed(X, X.shape[::-1])


def _compressed(X, shape):
    if X.data.ndim != 1:
        return f"data has shape {X.data.shape}"
    return fault_of_pointers(X.indptr, X.indices, X.data, shape)


def _bsr(X):
    height, width = X.data.shape[1:] if X.data.ndim == 3 else (0, 0)
    if not height or not width or X.shape[0] % height or X.shape[1] % width:
        return f"data has shape {X.data.shape}"
    blocks = X.shape[0] // height, X.shape[1] // width
    return fault_of_pointers(X.indptr, X.indices, X.data, blocks)


def _coo(X):
    if not X.row.shape == X.col.shape == X.data.shape or X.data.ndim != 1:
        shapes = X.row.shape, X.col.shape, X.data.shape
        return f"row, col and data have shapes {shapes}"
    if {X.row.dtype.kind, X.col.dtype.kind} - {"i", "u"}:
        return f"row is of {X.row.dtype} and col of {X.col.dtype}"
    rows = fault_of_indices("row", X.row, X.shape[0])
    return rows or fault_of_indices("col", X.col, X.shape[1])


def _lil(X):
    indices, values = [len(row) for row in X.rows], [len(row) for row in X.data]
    if indices != values or len(indices) != X.shape[0]:
        return "rows and data do not hold as many entries"
    columns = np.array([column for row in X.rows for column in row])
    if len(columns) and columns.dtype.kind not in "iu":
        return f"rows holds indices of {columns.dtype}"
    return fault_of_indices("rows", columns, X.shape[1]) if len(columns) else None


def _dia(X):
    if X.data.ndim != 2 or X.offsets.shape != X.data.shape[:1]:
        return f"offsets has shape {X.offsets.shape}, but data {X.data.shape}"
    return None


FAULTS = {"csr": _csr, "csc": _csc, "bsr": _bsr, "coo": _coo, "lil": _lil, "dia": _dia}
