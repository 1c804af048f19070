"""A part of a stream is looked at in one pass: finite numbers, lengths of rows."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator

from sklearn_gd.data.part import bounds_of_squares, check_part, sound_rows
from sklearn_gd.data.validation import check_X


class Seen(BaseEstimator):
    n_features_in_ = 4


def sample(dtype):
    X = np.random.default_rng(0).standard_normal((6, 4)) * 20
    X[2] = 0
    return X.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("make", [np.asarray, sp.csr_matrix, sp.csr_array])
def test_bounds_are_lengths_of_rows_squared(make, dtype):
    X = sample(dtype)
    squares = (X.astype(np.float64) ** 2).sum(axis=1)
    if make is not np.asarray:
        squares = squares[squares > 0]  # an empty row tells nothing
    found = bounds_of_squares(make(X))
    np.testing.assert_allclose(found, (squares.min(), squares.max()), rtol=1e-6)


@pytest.mark.parametrize("make", [np.asarray, sp.csr_matrix])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(make, bad):
    X = sample(np.float32)
    X[4, 1] = bad
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        check_part(Seen(), make(X))


@pytest.mark.parametrize("make", [np.asarray, sp.csr_matrix])
def test_finite_rows_whose_squares_are_not_are_left_out_alone(make):
    X = sample(np.float32)
    X[4, 1] = 1e30
    given = make(X)
    checked, bounds = check_part(Seen(), given)
    assert checked is given
    sound = sound_rows(checked, bounds, np.dtype(np.float32), 1.0)
    assert sound.tolist() == [True, True, True, True, False, True]


@pytest.mark.parametrize(
    "X",
    [np.zeros((0, 4)), sp.csr_matrix((3, 4)), np.zeros((3, 4)), np.eye(4, dtype="?")],
)
def test_where_there_is_no_length_all_rows_are_sound(X):
    bounds = bounds_of_squares(X)
    assert sound_rows(X, bounds, np.dtype(np.float64), 1.0) is None


def test_both_ways_in_return_the_same():
    X = sample(np.float64)
    assert check_part(Seen(), X)[0] is check_X(Seen(), X) is X
