"""Compiled functions get arrays that hold together, or are not called."""

import importlib.util
import sys

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd.core import compiled


def without_private_names():
    """The module as it is where SciPy has moved what it imports."""
    spec = importlib.util.find_spec(compiled.__name__)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "scipy.sparse._sparsetools", None)
        spec.loader.exec_module(module)
    assert module.csr_matvecs.__module__ == compiled.__name__  # its own
    return module


@pytest.fixture(params=["private", "public"])
def module(request):
    return compiled if request.param == "private" else without_private_names()


def sample(rng, dtype=np.float64, index_dtype=np.int32):
    X = rng.random((6, 9))
    X = sp.csr_array((X * (X < 0.3)).astype(dtype))
    X.indices, X.indptr = X.indices.astype(index_dtype), X.indptr.astype(index_dtype)
    return X


@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_are_those_of_dense_rows(module, rng, dtype, index_dtype):
    X = sample(rng, dtype, index_dtype)
    rows = module.CsrRows.of(X, X.dtype)
    W, d = rng.random((9, 4)).astype(dtype), rng.random((6, 4)).astype(dtype)
    out, grad = np.full((6, 4), np.nan, dtype), np.full((9, 4), np.nan, dtype)
    rows.times(W, out)
    rows.transposed_times(d, grad)
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(out, X.toarray() @ W, rtol=tolerance)
    np.testing.assert_allclose(grad, X.toarray().T @ d, rtol=tolerance)


def test_takes_pointers_of_two_types_and_arrays_with_gaps(module, rng):
    X = sample(rng)
    want = X.toarray()
    X.indices = X.indices.astype(np.int64)
    X.data = np.repeat(X.data, 2)[::2]
    out = np.empty((6, 9))
    module.CsrRows.of(X, X.dtype).times(np.eye(9), out)
    np.testing.assert_array_equal(out, want)


def test_some_rows_and_another_dtype(module, rng):
    X = sample(rng)
    X.data = np.arange(1, len(X.data) + 1)
    rows = module.CsrRows.of(X, np.float64)
    assert module.CsrRows.of(rows, np.float64) is rows
    for some in (slice(0, 2), slice(2, 5), slice(4, 99), slice(3, 3)):
        want = X[some].toarray()
        part = module.CsrRows.of(rows[some], np.float32)
        out = np.empty(want.shape, np.float32)
        part.times(np.eye(9, dtype=np.float32), out)
        np.testing.assert_array_equal(out, want)


def test_sums_are_those_of_numpy_bit_for_bit(module, rng):
    x, out = rng.random((2, 50)).astype(np.float32)
    want = out + np.float32(-0.3) * x
    module.adder(x, out)(-0.3)
    np.testing.assert_array_equal(out, want)
    factors = rng.random((2, 3, 5))
    parts, out = list(rng.random((3, 5, 4))), list(rng.random((2, 5, 4)))
    module.combine_rows(factors, parts, out)
    for row, target in zip(factors, out, strict=True):
        first, second, third = (f[:, None] * p for f, p in zip(row, parts, strict=True))
        np.testing.assert_array_equal(target, first + second + third)


def wrong_arrays():
    yield "too few rows", lambda W: W[:-1].copy()
    yield "other dtype", lambda W: W.astype(np.float32)
    yield "columns", np.asfortranarray
    yield "a gap", lambda W: np.repeat(W, 2, axis=1)[:, ::2]


@pytest.mark.parametrize("case", list(wrong_arrays()), ids=lambda case: case[0])
@pytest.mark.parametrize("place", ["factor", "out"])
def test_arrays_that_do_not_fit_are_refused(module, rng, place, case):
    damage = case[1]
    rows = module.CsrRows.of(sample(rng), np.float64)
    W, out = rng.random((9, 4)), np.zeros((6, 4))
    d, grad = rng.random((6, 4)), np.zeros((9, 4))
    first, second = {"factor": (W, d), "out": (out, grad)}[place]
    swapped = {id(first): damage(first), id(second): damage(second)}
    W, out, d, grad = (swapped.get(id(array), array) for array in (W, out, d, grad))
    before = out.copy(), grad.copy()
    with pytest.raises(ValueError, match="needs a contiguous array of shape"):
        rows.times(W, out)
    with pytest.raises(ValueError, match="needs a contiguous array of shape"):
        rows.transposed_times(d, grad)
    np.testing.assert_array_equal(out, before[0])
    np.testing.assert_array_equal(grad, before[1])


def test_sums_of_arrays_that_do_not_fit_are_refused(module, rng):
    with pytest.raises(ValueError, match="contiguous"):
        module.adder(np.ones(4), np.ones(3))
    with pytest.raises(ValueError, match="contiguous"):
        module.adder(np.ones(8)[::2], np.ones(4))
    part, factors = np.ones((3, 2)), np.ones((1, 1, 3))
    for wrong in (
        (np.ones((1, 1, 2)), [part], [part.copy()]),
        (np.ones((1, 2, 3)), [part], [part.copy()]),
        (factors, [part[:2].copy()], [part.copy()]),
        (factors, [part], [part.astype(np.float32)]),
        (factors, [part], [np.ones((3, 4))[:, ::2]]),
    ):
        with pytest.raises(ValueError, match="contiguous"):
            module.combine_rows(*wrong)


@pytest.mark.parametrize("index", [9, 2**31 - 1, -1, -(2**31)])
@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
def test_an_index_outside_is_refused(module, rng, index_dtype, index):
    X = sample(rng, index_dtype=index_dtype)
    X.indices[3] = index
    with pytest.raises(ValueError, match=rf"indices goes from .*{index}.* 0 to 8"):
        module.CsrRows.of(X, X.dtype)
