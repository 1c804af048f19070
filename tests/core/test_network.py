"""The network: one parameter vector, its views, forward and dropout."""

import math

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd.core.activations import ACTIVATIONS, Identity, Logistic, Relu, Tanh
from sklearn_gd.core.network import Network, Propagation

PICTURE = Network((784, 16, 16, 10), (Logistic(), Logistic()))


def small(*activations, dropout=0.0, n_neurons=6):
    sizes = (5, *[n_neurons] * len(activations), 3)
    return Network(sizes, activations, dropout)


def propagate(network, theta, n_rows):
    return Propagation(network, theta, np.empty_like(theta), n_rows)


def test_the_network_of_the_picture_has_13002_parameters():
    assert PICTURE.n_parameters == 13_002
    assert PICTURE.n_weights == 12_960


def test_the_vector_holds_all_weights_then_all_biases():
    network = small(Tanh(), Relu())
    weights, biases = network.views(np.arange(float(network.n_parameters)))
    flat = np.concatenate([part.ravel() for part in (*weights, *biases)])
    np.testing.assert_array_equal(flat, np.arange(network.n_parameters))
    assert [W.shape for W in weights] == [(5, 6), (6, 6), (6, 3)]
    assert [b.shape for b in biases] == [(6,), (6,), (3,)]


def test_views_are_the_vector_itself():
    network = small(Tanh())
    theta = np.zeros(network.n_parameters)
    weights, biases = network.views(theta)
    weights[1][2, 1] = 7
    biases[0][3] = 8
    assert sorted(theta[theta != 0]) == [7, 8]
    assert all(np.shares_memory(view, theta) for view in (*weights, *biases))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_initial_weights_have_the_spread_of_glorot_and_he(name, rng):
    activation = ACTIVATIONS[name]
    network = Network((200, 100, 100, 4), (activation, activation))
    bias = np.array([1.0, 2, 3, 4])
    weights, biases = network.views(network.paired_start(rng, bias, float))
    gains = (activation.gain, activation.gain, 2.0)
    for W, gain in zip(weights, gains, strict=True):
        limit = gain * math.sqrt(6 / sum(W.shape))
        assert abs(W).max() <= limit
        assert W.std() == pytest.approx(limit / math.sqrt(3), rel=0.03)
        assert abs(W.mean()) < 0.02 * limit
    assert not np.concatenate(biases[:-1]).any()
    np.testing.assert_array_equal(biases[-1], bias)


@pytest.mark.parametrize("n_last", [1, 2, 7, 8])
def test_training_starts_from_a_constant_prediction(rng, n_last):
    """Whatever the scale of the inputs, no class is preferred for a wrong reason."""
    network = Network((5, 8, n_last, 3), (Relu(), Tanh()))
    theta = network.paired_start(rng, np.array([1.0, 2, 3]), np.float32)
    X = (rng.normal(size=(4, 5)) * 1e6).astype(np.float32)
    *_, hidden, raw = network.layers(theta, X)
    assert abs(hidden).max() > 0.5
    np.testing.assert_allclose(raw, np.tile([1, 2, 3], (4, 1)), rtol=1e-6)


def test_dropout_does_not_part_pairs_at_the_start(rng):
    network = small(Tanh(), dropout=0.5)
    theta = network.paired_start(rng, np.array([1.0, 2, 3]), float)
    passage = propagate(network, theta, 4)
    raw = passage.forward(rng.normal(size=(4, 5)), rng)
    np.testing.assert_allclose(raw, np.tile([1, 2, 3], (4, 1)))


def test_hidden_neurons_learn_from_the_first_step_on(rng):
    """With output weights of zero they would not."""
    network = small(Tanh())
    theta = network.paired_start(rng, np.zeros(3), float)
    (W1, _), _ = network.views(theta)
    X = rng.normal(size=(20, 5))
    for neuron in range(6):
        before = network.raw_prediction(theta, X)
        W1[0, neuron] += 0.01
        assert abs(network.raw_prediction(theta, X) - before).max() > 1e-4


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_forward_is_the_chain_of_layers(name, depth, rng):
    """a_l = f(a_{l-1} W_l + b_l), written down with ordinary arrays."""
    network = small(*[ACTIVATIONS[name]] * depth)
    theta = rng.normal(size=network.n_parameters) / 2
    X = rng.normal(size=(7, 5))
    weights, biases = network.views(theta)
    a = X
    for W, b, f in zip(weights[:-1], biases[:-1], network.activations, strict=True):
        z = a @ W + b
        a = np.empty_like(z)
        f.function(z.copy(), a)
    wanted = a @ weights[-1] + biases[-1]
    np.testing.assert_allclose(network.raw_prediction(theta, X), wanted, rtol=1e-10)
    ours = propagate(network, theta, 7).forward(X)
    np.testing.assert_allclose(ours, wanted, rtol=1e-10)


def test_layers_may_have_different_activations(rng):
    X = rng.normal(size=(4, 5))
    mixed = small(Tanh(), Identity())
    theta = rng.normal(size=mixed.n_parameters)
    weights, biases = mixed.views(theta)
    a = np.tanh(X @ weights[0] + biases[0]) @ weights[1] + biases[1]
    wanted = a @ weights[2] + biases[2]
    np.testing.assert_allclose(mixed.raw_prediction(theta, X), wanted, rtol=1e-10)


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csr_array])
def test_sparse_rows_give_what_dense_rows_give(kind, rng):
    network = small(Tanh())
    theta = rng.normal(size=network.n_parameters)
    X = rng.normal(size=(7, 5)) * (rng.random((7, 5)) < 0.4)
    dense = network.raw_prediction(theta, X)
    np.testing.assert_allclose(network.raw_prediction(theta, kind(X)), dense)
    passage = propagate(network, theta, 7)
    np.testing.assert_allclose(passage.forward(kind(X)), dense)


def test_prediction_leaves_its_input_alone(rng):
    network = small(ACTIVATIONS["silu"], ACTIVATIONS["gelu"])
    theta, X = rng.normal(size=network.n_parameters), rng.normal(size=(7, 5))
    before = theta.copy(), X.copy()
    network.raw_prediction(theta, X)
    np.testing.assert_array_equal(theta, before[0])
    np.testing.assert_array_equal(X, before[1])


def test_dropout_keeps_the_expected_activation(rng):
    """Inverted dropout: what is kept is scaled by 1 / (1 - dropout)."""
    network = small(Identity(), dropout=0.3)
    theta = rng.normal(size=network.n_parameters)
    x = rng.normal(size=(1, 5))
    n_draws = 20_000
    passage = propagate(network, theta, n_draws)
    mean = passage.forward(np.tile(x, (n_draws, 1)), rng).mean(axis=0)
    wanted = network.raw_prediction(theta, x)[0]
    spread = passage.raw.std(axis=0) / math.sqrt(n_draws)
    assert (abs(mean - wanted) < 5 * spread).all()


def test_dropout_drops_the_share_that_was_asked_for(rng):
    network = small(Logistic(), dropout=0.25, n_neurons=1000)
    passage = propagate(network, rng.normal(size=network.n_parameters), 100)
    passage.forward(rng.normal(size=(100, 5)), rng)
    assert np.mean(passage.layers[0].a == 0) == pytest.approx(0.25, abs=0.01)


def test_dropout_acts_in_training_alone(rng):
    network, theta = small(Tanh(), dropout=0.5), rng.normal(size=51 + 6)
    theta = theta[: network.n_parameters]
    X = rng.normal(size=(7, 5))
    ours = propagate(network, theta, 7).forward(X)
    np.testing.assert_allclose(ours, network.raw_prediction(theta, X), rtol=1e-12)


def test_input_and_output_are_never_dropped(rng):
    network = small(dropout=0.9)
    theta = rng.normal(size=network.n_parameters)
    X = rng.normal(size=(7, 5))
    ours = propagate(network, theta, 7).forward(X, rng)
    np.testing.assert_allclose(ours, network.raw_prediction(theta, X), rtol=1e-12)


def test_buffers_are_made_once(rng):
    network = small(ACTIVATIONS["elu"])
    passage = propagate(network, rng.normal(size=network.n_parameters), 7)
    first = passage.forward(rng.normal(size=(7, 5)))
    again = passage.forward(rng.normal(size=(7, 5)))
    assert first is again is passage.raw
