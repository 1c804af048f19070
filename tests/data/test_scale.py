"""The factor for all of X: the lengths of rows, whatever their units."""

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.data.rows import encode
from sklearn_gd.data.scale import input_scale
from sklearn_gd.data.targets import Labels


def data_of(X, weights=None):
    y = np.arange(X.shape[0]) % 2
    return encode(X, y, weights, Labels.learn(y), np.dtype(float))


@pytest.fixture
def X():
    X = np.random.default_rng(0).normal(size=(300, 20))
    return np.where(X > 0.5, X, 0.0)


def test_rows_get_the_length_of_standardised_ones(X):
    for n_features in (20, 8):
        part = X[:, :n_features]
        length = np.mean(np.sum(part**2, axis=1)[part.any(axis=1)])
        expected = np.sqrt(n_features / length)
        assert input_scale(data_of(part)) == pytest.approx(expected)
    wide = np.random.default_rng(0).normal(size=(50, 1000))
    assert input_scale(data_of(wide)) == pytest.approx(np.sqrt(0.1), rel=0.02)


@pytest.mark.parametrize("power", [-900, -30, 30, 900])
def test_a_power_of_two_is_taken_out_bit_for_bit(X, power):
    factor = input_scale(data_of(np.ldexp(X, power)))
    assert factor == np.ldexp(input_scale(data_of(X)), -power)


def test_sparse_rows_have_the_factor_of_dense_ones(X):
    X[7] = 0.0
    sparse = input_scale(data_of(sp.csr_array(X)))
    assert sparse == pytest.approx(input_scale(data_of(X)), rel=1e-14)


@pytest.mark.parametrize("glitch", [1e5, 1e300, 1.7e308])
def test_a_broken_row_does_not_blind_the_network_for_others(X, glitch):
    clean = input_scale(data_of(X))
    X[3, 5] = glitch
    assert 0.8 * clean < input_scale(data_of(X)) <= clean


def test_rows_count_with_their_weights(X):
    X[:100] *= 5
    weights = np.repeat([0.0, 2.0, 1.0], 100)
    repeated = np.concatenate([np.repeat(X[100:200], 2, axis=0), X[200:]])
    expected = input_scale(data_of(repeated))
    assert input_scale(data_of(X, weights)) == pytest.approx(expected)


def test_nothing_to_see_is_left_as_it_is():
    assert input_scale(data_of(np.zeros((4, 3)))) == 1.0
    assert input_scale(data_of(sp.csr_array((4, 3)))) == 1.0


@pytest.mark.parametrize(
    ("dtype", "size"),
    [(np.float32, 1e-37), (np.float32, 1e-44), (np.float64, 1e-308), (np.float64, 0)],
)
def test_what_is_shown_of_weights_is_finite_for_the_smallest_rows(rng, dtype, size):
    X = rng.standard_normal((50, 4)) * max(size, 5e-324)
    y = np.arange(50) % 2
    model = GradientDescentMLPClassifier(5, max_iter=5, tol=None, random_state=0)
    model.fit(X.astype(dtype), y)
    assert np.isfinite(model.parameters_).all()
    assert np.isfinite(model.predict_proba(X.astype(dtype))).all()
