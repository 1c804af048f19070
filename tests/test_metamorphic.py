"""Metamorphic tests: a change of the data with a known effect on the result."""

import numpy as np
import pytest

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from sklearn_gd import GradientDescentMLPClassifier  # noqa: E402
from sklearn_gd.core.losses import LOSSES  # noqa: E402

from .test_generated import generated, quietly  # noqa: E402


def problem(seed, kind):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((25, 4))
    return X, np.array(["a", "b", "c"])[rng.integers(0, kind, 25)], rng


def full_batch(solver, loss, activation):
    return GradientDescentMLPClassifier(
        (5, 4),
        activation,
        loss=loss,
        solver=solver,
        batch_size="full",
        max_iter=8,
        tol=None,
        random_state=0,
    )


seeds = st.integers(0, 2**32 - 1)
networks = st.builds(
    full_batch,
    st.sampled_from(["sgd", "adam"]),
    st.sampled_from(sorted(LOSSES)),
    st.sampled_from(["tanh", "silu", "logistic"]),
)


def started(model, X, y, change=lambda W: W):
    """The model before its first step, with its first weight matrix changed."""
    rate = model.learning_rate
    quietly(model.set_params(learning_rate=0.0, max_iter=1, warm_start=True).fit, X, y)
    parameters, W1 = model.parameters_, model.coefs_[0]
    parameters[: W1.size] = change(W1).ravel()
    model.parameters_ = parameters
    return model.set_params(learning_rate=rate, max_iter=8)


def fits_alike(ours, theirs, atol=1e-7):
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=atol)


@generated(0.25)
@given(networks, seeds, st.integers(2, 3))
def test_the_order_of_features_does_not_matter(model, seed, n_classes):
    X, y, rng = problem(seed, n_classes)
    order = rng.permutation(4)
    other = GradientDescentMLPClassifier(**model.get_params())
    quietly(started(model, X, y).fit, X, y)
    changed = X[:, order]
    first = first_weights(model, X, y)[order]
    quietly(started(other, changed, y, lambda W: first).fit, changed, y)
    fits_alike(other.predict_proba(changed), model.predict_proba(X))


def first_weights(model, X, y):
    twin = GradientDescentMLPClassifier(**model.get_params())
    twin.set_params(warm_start=False)
    return started(twin, X, y).coefs_[0].copy()


@generated(0.25)
@given(networks, seeds)
def test_the_names_of_labels_do_not_matter(model, seed):
    """Names in the same order; for another order outputs are permuted with them."""
    X, y, _ = problem(seed, 3)
    names = {"a": 10, "b": 20, "c": 30}
    other = GradientDescentMLPClassifier(**model.get_params())
    p = quietly(model.fit, X, y).predict_proba(X)
    renamed = quietly(other.fit, X, [names[label] for label in y])
    np.testing.assert_array_equal(renamed.predict_proba(X), p)
    other = GradientDescentMLPClassifier(**model.get_params())
    names = {"a": 3, "b": 1, "c": 2}
    permuted = [names[label] for label in y]
    (*hidden, output), (*biases, last) = model.coefs_, model.intercepts_
    start = (*hidden, output[:, [1, 2, 0]], *biases, last[[1, 2, 0]])
    other.set_params(init=np.concatenate([part.ravel() for part in start]))
    model.set_params(init=model.parameters_)
    quietly(model.fit, X, y), quietly(other.fit, X, permuted)
    fits_alike(other.predict_proba(X)[:, [2, 0, 1]], model.predict_proba(X))


@generated(0.25)
@given(networks, seeds, st.integers(2, 3))
def test_a_column_of_zeros_with_zero_weights_does_not_matter(model, seed, n_classes):
    X, y, _ = problem(seed, n_classes)
    wider = np.hstack([X, np.zeros((len(X), 1))])
    other = GradientDescentMLPClassifier(**model.get_params())
    started(model, X, y)
    started(other, wider, y)
    # After W1 with one more row, the same numbers.
    first, rest = np.split(model.parameters_, [model.coefs_[0].size])
    other.parameters_ = np.concatenate([first, np.zeros(5), rest])
    quietly(model.fit, X, y)
    quietly(other.fit, wider, y)
    fits_alike(other.predict_proba(wider), model.predict_proba(X))
    assert (other.coefs_[0][4] == 0).all()


@generated(0.25)
@given(networks, seeds, st.integers(2, 3))
def test_a_constant_column_is_a_second_bias(model, seed, n_classes):
    """With zero weights at the start it gets the gradient of the biases."""
    X, y, _ = problem(seed, n_classes)
    model.set_params(alpha=0.0, max_iter=1)
    wider = np.hstack([X, np.ones((len(X), 1))])
    first = first_weights(model, X, y)
    added = np.vstack([first, np.zeros((1, 5))])
    before = started(model, wider, y, lambda W: added)
    gradient = before.cost_gradient(wider, y)
    weights, biases = before._model.network.views(gradient)
    fits_alike(weights[0][4], biases[0], atol=1e-12)


@generated(0.25)
@given(networks, seeds, st.integers(2, 3), st.integers(2, 4))
def test_every_row_twice_does_not_matter(model, seed, n_classes, times):
    X, y, _ = problem(seed, n_classes)
    model.set_params(learning_rate=0.1)  # "auto" is larger for a larger batch
    other = GradientDescentMLPClassifier(**model.get_params())
    quietly(model.fit, X, y)
    quietly(other.fit, np.tile(X, (times, 1)), np.tile(y, times))
    fits_alike(other.parameters_, model.parameters_)
