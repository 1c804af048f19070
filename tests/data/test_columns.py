"""Columns out of scale are named, and nothing is said where a scaler brings nothing."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.data.columns import out_of_scale, sizes_and_spreads


@pytest.mark.parametrize(
    ("load", "columns"),
    [(load_wine, "column 12, column 4 "), (load_breast_cancer, "column 23, column 3,")],
)
def test_the_largest_columns_are_named(load, columns):
    assert columns in out_of_scale(load().data)


@pytest.mark.parametrize("load", [load_digits, load_iris])
@pytest.mark.parametrize("factor", [1e-200, 1.0, 1e200])
def test_nothing_is_said_where_a_scaler_brings_nothing(load, factor):
    assert out_of_scale(factor * load().data) == ""


def test_columns_far_from_zero_are_told_by_their_distance():
    X = 1000 + np.random.default_rng(0).normal(size=(5000, 4))
    assert "in a typical one 998 times" in out_of_scale(X)


def test_constant_columns_and_sparse_rows_say_nothing():
    X = np.random.default_rng(0).normal(size=(50, 4))
    X[:, 2] = 1e9
    assert out_of_scale(X[:, [0, 1, 3]]) == out_of_scale(X) == ""
    assert out_of_scale(sp.csr_array(X)) == out_of_scale(np.ones((5, 2))) == ""


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_sizes_and_spreads_are_numpys(scale):
    X = np.random.default_rng(0).normal([0, 50], [1, 0.5], size=(1000, 2))
    sizes, spreads = sizes_and_spreads(scale * X, np.arange(len(X)))
    np.testing.assert_allclose(sizes / scale, np.sqrt((X**2).mean(axis=0)), rtol=1e-9)
    np.testing.assert_allclose(spreads / scale, X.std(axis=0), rtol=1e-9)


def test_fit_warns_with_the_names_of_the_frame():
    X, y = load_wine(return_X_y=True, as_frame=True)
    network = GradientDescentMLPClassifier(5, tol=None, max_iter=3, random_state=0)
    with pytest.warns(ConvergenceWarning, match="'proline', 'magnesium' with values"):
        network.fit(X, y)
    with warnings.catch_warnings(action="error"):
        network.fit((X - X.mean()) / X.std(), y)
