"""What "auto" comes to."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from sklearn_gd import GradientDescentMLPClassifier


def network(**params):
    params = {"max_iter": 3, "tol": None, "random_state": 0, **params}
    return GradientDescentMLPClassifier(4, **params)


def rows(n):
    X = np.random.default_rng(0).normal(size=(n, 3))
    return X, (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize(
    ("n", "alpha"), [(50, 0.003), (1000, 0.002), (4000, 0.0005), (20_000, 0.0003)]
)
def test_alpha_is_two_rows_worth_within_bounds(n, alpha):
    X, y = rows(n)
    assert network().fit(X, y).alpha_ == alpha
    assert network().partial_fit(X, y, classes=[0, 1]).alpha_ == alpha
    assert network(solver="lbfgs").fit(X, y).alpha_ == alpha


def test_a_number_is_taken_as_it_is():
    X, y = rows(50)
    model = network(alpha=0.25).fit(X, y)
    assert model.alpha_ == 0.25
    assert model.set_params(alpha=0.0).alpha_ == 0.0


def test_integer_weights_count_like_repeated_rows():
    X, y = rows(2000)
    weights = np.repeat([1, 3, 0, 2], 500)
    weighted = network().fit(X, y, sample_weight=7.0 * weights)
    repeated = network().fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    assert weighted.alpha_ == repeated.alpha_ == 2 / 3000


def test_a_stream_trusts_its_rows_the_more_the_more_it_has_seen():
    X, y = rows(10_000)
    model = network(batch_size=1000)
    alphas = []
    for start in [*range(0, 10_000, 500)] * 10:
        part = slice(start, start + 500)
        model.partial_fit(X[part], y[part], classes=[0, 1])
        alphas.append(model.alpha_)
    assert alphas[0] == 0.003
    assert alphas == sorted(alphas, reverse=True)
    assert alphas[-1] == 200 / model.t_


def test_the_cost_and_its_gradient_are_those_of_the_alpha_in_use():
    X, y = load_digits(return_X_y=True)
    model = network().fit(X, y)
    cost, gradient = model.cost(X, y), model.cost_gradient(X, y)
    model.set_params(alpha=model.alpha_)
    assert model.cost(X, y) == cost
    np.testing.assert_array_equal(model.cost_gradient(X, y), gradient)


def test_as_many_calls_as_epochs_with_everything_auto():
    X, y = load_digits(return_X_y=True)
    whole, parts = network().fit(X, y), network()
    for _ in range(3):
        parts.partial_fit(X, y, classes=range(10))
    np.testing.assert_array_equal(whole.parameters_, parts.parameters_)
