"""The numbers of the page are ours: in a real browser, to 1e-6."""

import json

import numpy as np
import pytest
from scipy.special import expit

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.activations import ACTIVATIONS, LeakyRelu
from sklearn_gd.core.losses import LINKS, LOSSES
from sklearn_gd.inspection.pages import NetworkPage

RATE = 0.3
ASK = """rate => {
  const { network, theta, samples } = networkPage.learner;
  const passes = samples.map((sample) => network.sample(theta, sample));
  return JSON.stringify({
    hidden: passes.map((pass) => pass.a.slice(1, -1).map((a) => Array.from(a))),
    outputs: passes.map((pass) => Array.from(pass.p)),
    sampleCosts: passes.map((pass) => pass.cost),
    cost: network.cost(theta, samples),
    gradient: Array.from(network.gradient(theta, samples)),
    one: Array.from(network.gradient(theta, samples.slice(0, 1))),
    stepped: Array.from(network.step(theta, samples, rate)),
  });
}"""


def data(kind, rng):
    """X of few rows, some of them zero in places, and y of that kind."""
    X = rng.normal(size=(12, 5)) * rng.integers(0, 2, (12, 5))
    y = {
        "binary": np.arange(12) % 2,
        "multiclass": np.arange(12) % 3,
        "multilabel": rng.integers(0, 2, (12, 3)),
    }[kind]
    return X, y


def fitted(kind, link, loss, activation, scale=1.0):
    """A network with parameters that are far from any start."""
    rng = np.random.default_rng(0)
    X, y = data(kind, rng)
    model = GradientDescentMLPClassifier(
        (4, 3),
        activation,
        output_activation=link,
        loss=loss,
        alpha=0.01,
        max_iter=1,
        random_state=0,
        tol=None,
    ).fit(X, y)
    # What single precision holds, so that all that is left is arithmetic.
    values = scale * rng.normal(size=model.n_parameters_)
    model.parameters_ = values.astype(np.float32).astype(np.float64)
    return model, X, y


def hidden_activations(model, X):
    """Activations of the hidden layers, by matrix products and our own functions."""
    layers, a = [], X
    hidden = zip(model.coefs_, model.intercepts_, model.activation, strict=False)
    for W, b, activation in hidden:
        z = a @ W + b
        a = np.empty_like(z)
        part = ACTIVATIONS.get(activation, activation)
        part.function(z, a)
        layers.append(a)
    return layers


def output_activations(model, X):
    if model.out_activation_ == "softmax":
        return model.predict_proba(X)
    return expit(model.decision_function(X)).reshape(len(X), -1)


def assert_page_computes_the_same(page, model, X, y):
    theirs = json.loads(page.evaluate(ASK, RATE))
    before, gradient = model.parameters_, model.cost_gradient(X, y)
    ours = {
        "outputs": output_activations(model, X),
        "sampleCosts": model.sample_costs(X, y),
        "cost": model.cost(X, y),
        "gradient": gradient,
        "one": model.cost_gradient(X[:1], y[:1]),
        "stepped": before - RATE * gradient,
    }
    for number, layer in enumerate(hidden_activations(model, X)):
        theirs_here = [rows[number] for rows in theirs["hidden"]]
        np.testing.assert_allclose(theirs_here, layer, rtol=1e-6, atol=1e-6)
    for name, wanted in ours.items():
        np.testing.assert_allclose(
            theirs[name], wanted, rtol=1e-6, atol=1e-6, err_msg=name
        )
    return theirs


PAIRS = [(kind, link) for kind, links in LINKS.items() for link in links]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("kind", "link"), PAIRS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_page_computes_the_same(open_page, activation, kind, link, loss):
    model, X, y = fitted(kind, link, loss, [activation, activation])
    page = open_page(NetworkPage.from_estimator(model, X, y))
    assert_page_computes_the_same(page, model, X, y)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("kind", "link"), PAIRS)
def test_large_parameters_do_not_break_the_numbers(open_page, kind, link, loss):
    activations = ["leaky_relu", "gelu"]
    model, X, y = fitted(kind, link, loss, activations, scale=30.0)
    page = open_page(NetworkPage.from_estimator(model, X, y))
    theirs = assert_page_computes_the_same(page, model, X, y)
    assert np.isfinite(theirs["cost"])


def test_settings_of_an_activation_are_taken_along(open_page):
    activations = [LeakyRelu(slope=0.3), "tanh"]
    model, X, y = fitted("multiclass", "softmax", "log_loss", activations)
    page = open_page(NetworkPage.from_estimator(model, X, y))
    assert_page_computes_the_same(page, model, X, y)


def test_many_different_values_come_in_single_precision(open_page):
    model, X, y = fitted("multiclass", "softmax", "squared_error", ["tanh", "elu"])
    X, y = np.random.default_rng(1).normal(size=(90, 5)), np.arange(90) % 3
    page = open_page(NetworkPage.from_estimator(model, X, y))
    assert_page_computes_the_same(page, model, X, y)


def test_a_network_of_single_precision_is_ours_up_to_its_own_rounding(open_page):
    rng = np.random.default_rng(0)
    X, y = data("multiclass", rng)
    X = X.astype(np.float32)
    model = GradientDescentMLPClassifier((4,), max_iter=20, tol=None, random_state=0)
    model = model.fit(X, y)
    page = open_page(NetworkPage.from_estimator(model, X, y))
    theirs = json.loads(page.evaluate(ASK, RATE))
    gradient = model.cost_gradient(X, y)
    np.testing.assert_allclose(theirs["gradient"], gradient, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("hidden", [(), (6,), (7, 6, 5)])
def test_any_number_of_layers(open_page, hidden):
    rng = np.random.default_rng(0)
    X, y = data("multiclass", rng)
    model = GradientDescentMLPClassifier(hidden, ["tanh"] * len(hidden), max_iter=1)
    model = model.fit(X, y)
    values = rng.normal(size=model.n_parameters_).astype(np.float32)
    model.parameters_ = values.astype(np.float64)
    page = open_page(NetworkPage.from_estimator(model, X, y))
    assert_page_computes_the_same(page, model, X, y)
