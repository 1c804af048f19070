"""Every update rule: closed forms, PyTorch, and what the contract promises."""

import dataclasses
import pickle

import numpy as np
import pytest

from sklearn_gd.core.updates import UPDATE_RULES, Adam, GradientDescent, UpdateRule

RULES = [
    GradientDescent(momentum=0.0),
    GradientDescent(momentum=0.9, nesterovs_momentum=False),
    GradientDescent(momentum=0.9, nesterovs_momentum=True),
    Adam(),
    Adam(beta_1=0.0, beta_2=0.5, epsilon=1e-3),
]
each = pytest.mark.parametrize("rule", RULES, ids=str)
every_registered = pytest.mark.parametrize("name", UPDATE_RULES)


def walk(rule, theta, gradients, learning_rate=0.1):
    """The parameters after each step."""
    theta = theta.copy()
    state = [np.zeros_like(theta) for _ in range(rule.n_vectors)]
    path = []
    for t, gradient in enumerate(gradients, start=1):
        rule.step(theta, gradient.copy(), learning_rate, state, t)
        path.append(theta.copy())
    return np.array(path)


@pytest.fixture
def gradients(rng):
    return rng.normal(size=(20, 7))


def test_gradient_descent_is_one_line(rng, gradients):
    theta = rng.normal(size=7)
    ours = walk(GradientDescent(momentum=0.0), theta, gradients)
    np.testing.assert_allclose(ours, theta - 0.1 * np.cumsum(gradients, axis=0))


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_the_sum_of_decayed_gradients(nesterov, rng, gradients):
    """v_t = Σ_s m^(t - s) g_s, from the definition instead of step by step."""
    m, theta = 0.8, rng.normal(size=7)
    rule = GradientDescent(momentum=m, nesterovs_momentum=nesterov)
    ours = walk(rule, theta, gradients)
    for t in range(len(gradients)):
        v = sum(m ** (t - s) * gradients[s] for s in range(t + 1))
        theta = theta - 0.1 * (gradients[t] + m * v if nesterov else v)
        np.testing.assert_allclose(ours[t], theta, rtol=1e-10)


def test_adam_is_algorithm_1(rng, gradients):
    rule, theta = Adam(beta_1=0.7, beta_2=0.9, epsilon=1e-4), rng.normal(size=7)
    ours = walk(rule, theta, gradients)
    m, v = np.zeros(7), np.zeros(7)
    for t, g in enumerate(gradients, start=1):
        m = 0.7 * m + 0.3 * g
        v = 0.9 * v + 0.1 * g**2
        m_hat, v_hat = m / (1 - 0.7**t), v / (1 - 0.9**t)
        theta = theta - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-4)
        np.testing.assert_allclose(ours[t - 1], theta, rtol=1e-10)


def test_first_step_of_adam_has_the_length_of_the_learning_rate(rng):
    """The size of the gradient does not matter, only its sign."""
    gradient = rng.normal(size=5) * 10.0 ** np.arange(-2, 3)
    step = walk(Adam(), np.zeros(5), [gradient], learning_rate=0.01)[0]
    np.testing.assert_allclose(step, -0.01 * np.sign(gradient), rtol=1e-5)


@each
def test_a_rate_of_zero_moves_nothing(rule, rng, gradients):
    theta = rng.normal(size=7)
    path = walk(rule, theta, gradients, learning_rate=0.0)
    np.testing.assert_array_equal(path, np.tile(theta, (20, 1)))


@each
def test_a_gradient_of_zero_moves_nothing(rule, rng):
    theta = rng.normal(size=7)
    path = walk(rule, theta, np.zeros((5, 7)))
    np.testing.assert_array_equal(path, np.tile(theta, (5, 1)))


@each
def test_walks_down_into_the_valley(rule):
    """On C(θ) = |θ|² / 2 the gradient is θ itself."""
    theta = np.array([3.0, -2.0])
    state = [np.zeros_like(theta) for _ in range(rule.n_vectors)]
    for t in range(1, 3000):
        rule.step(theta, theta.copy(), 0.1 / t**0.5, state, t)
    assert np.linalg.norm(theta) < 0.02


@each
def test_dtype_stays_float32(rule, rng):
    theta = rng.normal(size=7).astype(np.float32)
    state = [np.zeros_like(theta) for _ in range(rule.n_vectors)]
    for t in range(1, 5):
        rule.step(theta, rng.normal(size=7).astype(np.float32), 0.1, state, t)
    assert {array.dtype for array in (theta, *state)} == {np.dtype(np.float32)}
    assert np.isfinite(theta).all()


@each
def test_works_on_the_arrays_it_is_given(rule, rng):
    theta, gradient = rng.normal(size=(2, 7))
    state = [np.zeros_like(theta) for _ in range(rule.n_vectors)]
    given, before = [theta, *state], theta.copy()
    rule.step(theta, gradient, 0.1, state, 1)
    assert all(a is b for a, b in zip(given, [theta, *state], strict=True))
    assert (theta != before).all()


def test_second_moment_of_adam_never_turns_negative():
    """A huge gradient followed by tiny ones: rounding must not reach the root."""
    rule = Adam()
    theta, state = np.zeros(3, np.float32), [np.zeros(3, np.float32) for _ in "mv"]
    rule.step(theta, np.full(3, 1e15, np.float32), 0.1, state, 1)
    for t in range(2, 200):
        rule.step(theta, np.full(3, 1e-15, np.float32), 0.1, state, t)
        assert (state[1] >= 0).all()
    assert np.isfinite(theta).all()


@every_registered
def test_is_a_frozen_value_with_a_rate_of_its_own(name):
    rule = UPDATE_RULES[name]()
    assert isinstance(rule, UpdateRule)
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert rule.learning_rate > 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule.learning_rate = 1.0


@each
def test_equals_pytorch(rule, rng, gradients):
    torch = pytest.importorskip("torch", reason="compares with PyTorch")
    start = rng.normal(size=7)
    theta = torch.tensor(start, requires_grad=True)
    if isinstance(rule, Adam):
        betas = (rule.beta_1, rule.beta_2)
        theirs = torch.optim.Adam([theta], lr=0.1, betas=betas, eps=rule.epsilon)
    else:
        nesterov = rule.nesterovs_momentum and rule.momentum > 0
        theirs = torch.optim.SGD(
            [theta], lr=0.1, momentum=rule.momentum, nesterov=nesterov
        )
    for ours, gradient in zip(walk(rule, start, gradients), gradients, strict=True):
        theta.grad = torch.tensor(gradient)
        theirs.step()
        np.testing.assert_allclose(ours, theta.detach().numpy(), rtol=1e-9)
