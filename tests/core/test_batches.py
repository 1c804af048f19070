"""Mini-batches: every row once an epoch, with its own code and weight."""

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd.core.batches import Batches, Selection

N_ROWS = 23


def rows_of(kind, dtype=np.float32):
    """Rows that tell their number, in a container of that kind."""
    X = np.repeat(np.arange(1, N_ROWS + 1, dtype=dtype)[:, None], 3, axis=1)
    return sp.csr_matrix(X) if kind == "csr" else X


def walk(batches, seed=0):
    """Row numbers of each batch, after a look at codes and weights."""
    found = []
    for X, codes, weights in batches.epoch(np.random.default_rng(seed)):
        X = X[:] if isinstance(X, Selection) else X
        X = X.toarray() if sp.issparse(X) else X
        numbers = X[:, 0].astype(int) - 1
        np.testing.assert_array_equal(codes, 10 * numbers)
        if weights is not None:
            np.testing.assert_array_equal(weights, 0.5 * numbers)
        found.append(numbers.copy())
    return found


def make(kind="dense", weighted=True, **how):
    numbers = how.get("rows", np.arange(N_ROWS))
    weights = 0.5 * numbers if weighted else None
    return Batches(rows_of(kind), 10 * numbers, weights, **how)


kinds = pytest.mark.parametrize("kind", ["dense", "csr"])


@kinds
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [1, 5, N_ROWS - 1, N_ROWS, 1000])
def test_every_row_comes_once_with_its_code_and_weight(
    kind, weighted, shuffle, batch_size
):
    batches = make(kind, weighted, batch_size=batch_size, shuffle=shuffle)
    found = walk(batches)
    assert sorted(np.concatenate(found)) == list(range(N_ROWS))
    sizes = [len(rows) for rows in found]
    assert all(size == min(batch_size, N_ROWS) for size in sizes[:-1])


@kinds
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("batch_size", [1, 5, 8, 1000])
def test_some_rows_of_a_larger_array(kind, shuffle, batch_size):
    rows = np.array([3, 4, 20, 0, 22, 7, 8, 9])
    batches = make(kind, rows=rows, batch_size=batch_size, shuffle=shuffle)
    found = np.concatenate(walk(batches))
    assert sorted(found) == sorted(rows)
    in_order = not shuffle or batch_size >= len(rows)
    assert (found.tolist() == rows.tolist()) == in_order


@kinds
def test_without_shuffling_rows_come_in_their_order(kind):
    found = walk(make(kind, batch_size=5, shuffle=False))
    np.testing.assert_array_equal(np.concatenate(found), np.arange(N_ROWS))


@kinds
def test_the_order_is_that_of_the_generator_alone(kind):
    """No order is left over from the epoch before: the same state, the same order."""
    batches = make(kind, batch_size=5)
    first, other = walk(batches, seed=1), walk(batches, seed=2)
    again = walk(batches, seed=1)
    assert np.concatenate(first).tolist() == np.concatenate(again).tolist()
    assert np.concatenate(first).tolist() != np.concatenate(other).tolist()


def test_every_epoch_has_a_new_order():
    batches, rng = make(batch_size=5), np.random.default_rng(0)
    orders = [
        np.concatenate([codes.copy() for _, codes, _ in batches.epoch(rng)]).tolist()
        for _ in range(3)
    ]
    assert orders[0] != orders[1] != orders[2]


def test_a_single_batch_is_never_shuffled_nor_copied():
    batches = make(batch_size=N_ROWS)
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    ((X, _, _),) = batches.epoch(rng)
    assert np.shares_memory(X, batches.X)
    assert rng.bit_generator.state == state


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, bool, np.float16, np.float64])
def test_rows_keep_the_dtype_in_which_they_are_stored(dtype):
    X = rows_of("dense").astype(dtype)
    batches = Batches(X, np.arange(N_ROWS), batch_size=4)
    assert {rows.dtype for rows, *_ in batches.epoch(np.random.default_rng(0))} == {
        np.dtype(dtype)
    }


def test_dense_rows_are_gathered_into_one_buffer():
    batches = make(batch_size=5)
    owners = {
        id(X.base if X.base is not None else X)
        for X, *_ in batches.epoch(np.random.default_rng(0))
    }
    assert len(owners) == 1


def test_a_memory_map_is_read_and_never_written(tmp_path):
    np.save(tmp_path / "X.npy", rows_of("dense"))
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    batches = Batches(X, 10 * np.arange(N_ROWS), batch_size=5)
    assert sorted(np.concatenate(walk(batches))) == list(range(N_ROWS))
