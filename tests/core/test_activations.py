"""Every activation of the registry, against closed forms, slopes and PyTorch."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
from scipy.special import erf

from sklearn_gd.core.activations import ACTIVATIONS, Activation, LeakyRelu

# Written down a second time, from the definitions and without any trick.
CLOSED_FORMS = {
    "identity": lambda z: z,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": lambda z: (np.exp(2 * z) - 1) / (np.exp(2 * z) + 1),
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "gelu": lambda z: z * (1 + erf(z / math.sqrt(2))) / 2,
}
Z = np.linspace(-4, 4, 80).reshape(20, 4)  # no zero among them

each = pytest.mark.parametrize("name", ACTIVATIONS)


def apply(activation, z):
    """f(z) and the array that stands for z, as the network calls it."""
    z = z.copy()
    a = np.empty_like(z) if activation.keeps_input else z
    activation.function(z, a)
    return a, z


def slope(activation, z):
    """f'(z), as the network asks for it."""
    a, z = apply(activation, z)
    d = np.ones_like(z)
    activation.derivative(z, a, d)
    return d


def test_all_eight_are_registered():
    assert set(ACTIVATIONS) == set(CLOSED_FORMS)


@each
def test_equals_its_closed_form(name):
    ours, _ = apply(ACTIVATIONS[name], Z)
    np.testing.assert_allclose(ours, CLOSED_FORMS[name](Z), rtol=1e-12, atol=1e-14)


@each
def test_derivative_is_the_slope_of_the_function(name):
    activation, h = ACTIVATIONS[name], 1e-6
    rise = apply(activation, Z + h)[0] - apply(activation, Z - h)[0]
    np.testing.assert_allclose(slope(activation, Z), rise / (2 * h), atol=1e-8)


@each
def test_derivative_multiplies_what_comes_from_above(name, rng):
    activation, d = ACTIVATIONS[name], rng.normal(size=Z.shape)
    expected = slope(activation, Z) * d
    a, z = apply(activation, Z)
    activation.derivative(z, a, d)
    np.testing.assert_allclose(d, expected, rtol=1e-12, atol=1e-14)


@each
def test_is_continuous(name):
    below, above = np.array([[-1e-9]]), np.array([[1e-9]])
    activation = ACTIVATIONS[name]
    gap = apply(activation, above)[0] - apply(activation, below)[0]
    assert abs(gap.item()) < 1e-8


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_is_finite_far_out_and_keeps_the_dtype(name, dtype):
    activation = ACTIVATIONS[name]
    z = np.array([[-1e4, -100.0, 0.0, 100.0, 1e4]], dtype=dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a, d = apply(activation, z)[0], slope(activation, z)
    assert a.dtype == d.dtype == dtype
    assert np.isfinite(a).all()
    assert np.isfinite(d).all()


@each
def test_gain_neither_blows_up_nor_shrinks_a_deep_network(name, rng):
    """Ten layers of initial weights keep signals within a factor of 30."""
    activation = ACTIVATIONS[name]
    a = rng.normal(size=(200, 64))
    for _ in range(10):
        limit = activation.gain * math.sqrt(6 / (64 + 64))
        a, _ = apply(activation, a @ rng.uniform(-limit, limit, (64, 64)))
    assert 1 / 30 < np.sqrt(np.mean(a**2)) < 30


@each
def test_is_a_value_that_compares_and_pickles(name):
    activation = ACTIVATIONS[name]
    assert pickle.loads(pickle.dumps(activation)) == activation
    assert hash(type(activation)()) == hash(activation)
    assert isinstance(activation, Activation)


def test_the_slope_of_leaky_relu_can_be_chosen():
    steep = dataclasses.replace(LeakyRelu(), slope=0.5)
    np.testing.assert_allclose(apply(steep, Z)[0], np.maximum(Z, Z / 2))
    np.testing.assert_allclose(slope(steep, Z), np.where(Z > 0, 1, 0.5))


@each
def test_equals_pytorch(name):
    torch = pytest.importorskip("torch", reason="compares with PyTorch")
    theirs = {
        "identity": lambda z: z * 1.0,
        "logistic": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": torch.nn.functional.leaky_relu,
        "elu": torch.nn.functional.elu,
        "silu": torch.nn.functional.silu,
        "gelu": torch.nn.functional.gelu,
    }[name]
    z = torch.tensor(Z, requires_grad=True)
    a = theirs(z)
    a.sum().backward()
    ours = ACTIVATIONS[name]
    np.testing.assert_allclose(apply(ours, Z)[0], a.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(slope(ours, Z), z.grad.numpy(), atol=1e-12)
