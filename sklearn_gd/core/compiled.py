"""The one place that hands arrays to SciPy's compiled functions, after checks.

SciPy's own products check, then call these functions. They have no ``out``, though, and
asking for fresh memory at every step takes longer than the product itself. The
functions believe whatever they are told of sizes and indices, so it is checked here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

try:
    from scipy.sparse._sparsetools import csc_matvecs, csr_matvecs
except ImportError:  # a SciPy that has moved them: its public products do the same

    def csr_matvecs(
        n_rows: int, n_columns: int, fan_out: int, *arrays: NDArray[Any]
    ) -> None:
        """Adds X @ W to out, for the arrays of a CSR matrix X, and flat W and out."""
        *pointers, W, out = arrays
        X = sp.csr_array(tuple(reversed(pointers)), shape=(n_rows, n_columns))
        out += (X @ W.reshape(n_columns, fan_out)).ravel()

    def csc_matvecs(
        n_rows: int, n_columns: int, fan_out: int, *arrays: NDArray[Any]
    ) -> None:
        """The same for the arrays of a CSC matrix."""
        *pointers, W, out = arrays
        X = sp.csc_array(tuple(reversed(pointers)), shape=(n_rows, n_columns))
        out += (X @ W.reshape(n_columns, fan_out)).ravel()


Array = NDArray[np.floating]
# Row pointers of a matrix with one entry, and that entry's column.
ONE_ENTRY = np.array([0, 1], dtype=np.int64)
FIRST_COLUMN = ONE_ENTRY[:1]


class CsrRows:
    """Rows in CSR form whose arrays are checked once, for any number of products.

    Parameters
    ----------
    indptr, indices, data : ndarrays, as in SciPy
    shape : (n_rows, n_columns)

    Raises
    ------
    ValueError
        If the arrays do not describe a matrix of this shape.
    """

    __slots__ = ("arrays", "shape")

    def __init__(
        self,
        indptr: NDArray[Any],
        indices: NDArray[Any],
        data: NDArray[Any],
        shape: tuple[int, int],
    ):
        check_pointers(indptr, indices, data, shape)
        if indptr.dtype != indices.dtype or indices.dtype.kind != "i":
            indptr, indices = indptr.astype(np.int64), indices.astype(np.int64)
        arrays = indptr, indices, data
        self.arrays = tuple(np.ascontiguousarray(array) for array in arrays)
        self.shape = shape

    @classmethod
    def of(cls, X: Any, dtype: Any) -> CsrRows:
        """The rows of a CSR matrix, or these rows, with values of this dtype."""
        if isinstance(X, CsrRows) and X.arrays[2].dtype == dtype:
            return X
        indptr, indices, data = (
            X.arrays if isinstance(X, CsrRows) else (X.indptr, X.indices, X.data)
        )
        return cls(indptr, indices, data.astype(dtype, copy=False), X.shape)

    def __getitem__(self, rows: slice) -> CsrRows:
        """Some rows that follow one another."""
        start, stop, _ = rows.indices(self.shape[0])
        indptr, indices, data = self.arrays
        indptr = indptr[start : stop + 1]
        within = slice(indptr[0], indptr[-1])
        shape = len(indptr) - 1, self.shape[1]
        return CsrRows(indptr - indptr[0], indices[within], data[within], shape)

    def times(self, W: Array, out: Array) -> None:
        """Overwrites out with X @ W."""
        n_rows, n_columns = self.shape
        fan_out = W.shape[1]
        self._check(W, n_columns, out, n_rows)
        out.fill(0.0)
        vectors = W.reshape(-1), out.reshape(-1)
        csr_matvecs(n_rows, n_columns, fan_out, *self.arrays, *vectors)

    def transposed_times(self, d: Array, out: Array) -> None:
        """Overwrites out with Xᵀ @ d."""
        n_rows, n_columns = self.shape
        fan_out = d.shape[1]
        self._check(d, n_rows, out, n_columns)
        out.fill(0.0)
        vectors = d.reshape(-1), out.reshape(-1)
        # The arrays of X are those of its transpose in CSC.
        csc_matvecs(n_columns, n_rows, fan_out, *self.arrays, *vectors)

    def _check(self, factor: Array, length: int, out: Array, out_length: int) -> None:
        check_matrix(factor, (length, factor.shape[1]), self.arrays[2].dtype)
        check_matrix(out, (out_length, factor.shape[1]), self.arrays[2].dtype)


def adder(x: Array, out: Array) -> Callable[[float], None]:
    """A function of a factor that adds factor * x to out, vectors of one dtype.

    In one pass, where NumPy takes two and a third vector. The arrays are checked once.
    To SciPy, factor is a 1 x 1 matrix.
    """
    check_matrix(x, x.shape, out.dtype)
    check_matrix(out, x.shape, out.dtype)
    data, size = np.empty(1, dtype=x.dtype), x.size

    def add(factor: float) -> None:
        data[0] = factor
        csr_matvecs(1, 1, size, ONE_ENTRY, FIRST_COLUMN, data, x, out)

    return add


def combine_rows(factors: Array, parts: list[Array], out: list[Array]) -> None:
    """Overwrites out with sums of parts whose rows are scaled, each in one pass.

    ::

        out[i] = Σ_j factors[i, j, :, None] * parts[j]

    Parameters
    ----------
    factors : ndarray of shape (len(out), len(parts), n_rows)
    parts, out : lists of ndarrays of shape (n_rows, fan_out), of one dtype
    """
    n_rows, fan_out = shape = out[0].shape
    dtype = out[0].dtype
    for matrix in (*parts, *out):
        check_matrix(matrix, shape, dtype)
    check_matrix(factors, (len(out), len(parts), n_rows), factors.dtype)
    # To SciPy, factors are the diagonal of a matrix.
    places = np.arange(n_rows + 1, dtype=np.int32)
    diagonal = n_rows, n_rows, fan_out, places, places[:-1]
    for row, target in zip(factors.astype(dtype, copy=False), out, strict=True):
        terms = [term for term in zip(row, parts, strict=True) if term[0].any()]
        factor, part = terms[0] if terms else (row[0], parts[0])
        if (factor == 1.0).all():  # of adam, most of whose vectors stay as they are
            np.copyto(target, part)
        else:
            np.multiply(part, factor[:, None], out=target)
        for factor, part in terms[1:]:
            csr_matvecs(*diagonal, factor, part.reshape(-1), target.reshape(-1))


def check_matrix(array: Array, shape: tuple[int, ...], dtype: Any) -> None:
    """Refuses an array that compiled code would misread or write past the end of."""
    contiguous = isinstance(array, np.ndarray) and array.flags.c_contiguous
    if not (contiguous and array.shape == shape and array.dtype == dtype):
        raise ValueError(
            f"a product of sparse rows needs a contiguous array of shape {shape} and "
            f"dtype {dtype}, got {type(array).__name__} of shape {array.shape} and "
            f"dtype {array.dtype}"
        )


def check_pointers(
    indptr: NDArray[Any],
    indices: NDArray[Any],
    data: NDArray[Any],
    shape: tuple[int, int],
) -> None:
    """Refuses the arrays of a compressed matrix, by row, that does not hold together.

    Raises
    ------
    ValueError
        If lengths disagree, indptr is not monotone, or an index lies outside.
    """
    fault = fault_of_pointers(indptr, indices, data, shape)
    if fault is not None:
        raise ValueError(f"a sparse matrix of shape {shape} is damaged: {fault}")


def fault_of_pointers(
    indptr: NDArray[Any],
    indices: NDArray[Any],
    data: NDArray[Any],
    shape: tuple[int, int],
) -> str | None:
    """What is wrong with the arrays of a compressed matrix, None if nothing is."""
    if indptr.dtype.kind not in "iu" or indices.dtype.kind not in "iu":
        return f"indptr is of {indptr.dtype} and indices of {indices.dtype}"
    if indptr.shape != (shape[0] + 1,):
        return f"indptr has shape {indptr.shape} and should have ({shape[0] + 1},)"
    if indices.shape != data.shape[:1] or not data.ndim:
        return f"indices has shape {indices.shape}, but data {data.shape}"
    if indptr[0] != 0 or indptr[-1] != len(indices):
        return (
            f"indptr goes from {indptr[0]} to {indptr[-1]} and should go from 0 to "
            f"{len(indices)}, the number of its values"
        )
    if np.logical_or.reduce(indptr[1:] < indptr[:-1]):
        return "indptr is not in ascending order"
    return fault_of_indices("indices", indices, shape[1])


def fault_of_indices(name: str, indices: NDArray[Any], size: int) -> str | None:
    """What is wrong with indices that should be from 0 to size - 1."""
    # Negative numbers are large ones without a sign: one pass finds both.
    unsigned = indices.view(f"u{indices.dtype.itemsize}")
    if len(indices) == 0 or np.maximum.reduce(unsigned) < size:
        return None
    return (
        f"{name} goes from {indices.min()} to {indices.max()} and should stay within "
        f"0 to {size - 1}"
    )
