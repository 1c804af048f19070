"""The objective: its gradient, its weights, its blocks, and one step of PyTorch's."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd.core import objective as module
from sklearn_gd.core.activations import ACTIVATIONS
from sklearn_gd.core.losses import LINKS, LOSSES
from sklearn_gd.core.network import Network
from sklearn_gd.core.objective import Objective
from sklearn_gd.core.updates import GradientDescent

CASES = [(kind, name) for kind, links in LINKS.items() for name in links]
N_OUTPUTS = {"binary": 1, "multiclass": 3, "multilabel": 4}
N_ROWS, N_INPUTS = 7, 5


def table_of(kind, rng):
    """Wanted activations: one row a class, or one a sample."""
    if kind == "multilabel":
        return rng.integers(0, 2, (N_ROWS, 4)).astype(float)
    return np.array([[0.0], [1.0]]) if kind == "binary" else np.eye(3)


def problem(activation, loss, kind, link, depth=1, alpha=0.1, dropout=0.0, seed=0):
    """An objective, with rows and codes to ask it about."""
    rng = np.random.default_rng(seed)
    sizes = (N_INPUTS, *[4] * depth, N_OUTPUTS[kind])
    network = Network(sizes, (ACTIVATIONS[activation],) * depth, dropout)
    theta = rng.normal(size=network.n_parameters) * 0.7
    table = table_of(kind, rng)
    loss = dataclasses.replace(LOSSES[loss], link=LINKS[kind][link])
    X = rng.normal(size=(N_ROWS, N_INPUTS))
    codes = rng.integers(0, len(table), N_ROWS)
    return Objective(network, loss, alpha, theta, table, N_ROWS), X, codes


def central_differences(cost, theta, h=1e-6):
    """The slope of cost along every parameter; theta ends as it was."""
    slopes = np.empty_like(theta)
    for i, value in enumerate(theta.copy()):
        theta[i] = value + h
        above = cost()
        theta[i] = value - h
        slopes[i] = (above - cost()) / (2 * h)
        theta[i] = value
    return slopes


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("kind_of_X", [np.asarray, sp.csr_matrix], ids=["dense", "csr"])
@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize(("kind", "link"), CASES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_agrees_with_central_differences(
    activation, loss, kind, link, depth, kind_of_X, weighted
):
    objective, X, codes = problem(activation, loss, kind, link, depth)
    weights = np.linspace(0, 2, N_ROWS) if weighted else None
    X = kind_of_X(X)
    objective(X, codes, weights)
    ours = objective.grad.copy()
    theirs = central_differences(lambda: objective(X, codes, weights), objective.theta)
    assert abs(ours - theirs).max() <= 1e-6 * abs(theirs).max()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_through_dropped_neurons(activation):
    """With the same neurons dropped each time the cost is a smooth function again."""
    case = (activation, "log_loss", "multiclass", "softmax", 2)
    objective, X, codes = problem(*case, dropout=0.4)

    def cost():
        return objective(X, codes, None, np.random.default_rng(5))

    cost()
    ours = objective.grad.copy()
    theirs = central_differences(cost, objective.theta)
    assert abs(ours - theirs).max() <= 1e-6 * abs(theirs).max()


@pytest.fixture
def asked():
    return problem("tanh", "squared_error", "multiclass", "softmax")


def test_cost_is_the_mean_of_the_rows_plus_half_alpha_squares(asked):
    objective, X, codes = asked
    weights, _ = objective.network.views(objective.theta)
    penalty = 0.1 / 2 * sum(np.sum(W**2) for W in weights)
    wanted = objective.sample_costs(X, codes).mean() + penalty
    assert objective(X, codes) == pytest.approx(wanted)


def test_biases_are_not_penalised(asked):
    objective, *_ = asked
    before = objective.penalty()
    objective.theta[objective.network.n_weights :] += 100
    assert objective.penalty() == before


def test_a_weight_of_two_is_the_row_twice(asked):
    objective, X, codes = asked
    weights = np.array([2.0, 1, 1, 1, 0, 1, 1])
    rows = np.repeat(np.arange(N_ROWS), weights.astype(int))
    cost, gradient = objective(X, codes, weights), objective.grad.copy()
    assert objective(X[rows], codes[rows]) == pytest.approx(cost)
    np.testing.assert_allclose(objective.grad, gradient, rtol=1e-10)


def test_mini_batches_estimate_the_whole_without_bias(asked):
    """The mean over all batches is the cost and gradient of all rows, weighted."""
    objective, X, codes = asked
    weights = np.linspace(0, 2, N_ROWS)  # of mean 1, as fit scales them
    whole, gradient = objective(X, codes, weights), objective.grad.copy()
    costs, gradients = [], []
    for i in range(N_ROWS):
        row = slice(i, i + 1)
        costs.append(objective(X[row], codes[row], weights[row]))
        gradients.append(objective.grad.copy())
    assert np.mean(costs) == pytest.approx(whole)
    np.testing.assert_allclose(np.mean(gradients, axis=0), gradient, atol=1e-12)


def test_batches_of_changing_size_share_their_buffers(asked):
    objective, X, codes = asked
    fresh = [problem("tanh", "squared_error", "multiclass", "softmax") for _ in "123"]
    for rows, (other, *_) in zip((7, 3, 7), fresh, strict=True):
        wanted = other(X[:rows], codes[:rows])
        assert objective(X[:rows], codes[:rows]) == pytest.approx(wanted, rel=1e-12)
        np.testing.assert_allclose(objective.grad, other.grad, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_large_batch_goes_through_in_blocks(weighted, monkeypatch):
    case = ("elu", "log_loss", "multiclass", "softmax")
    objective, X, codes = problem(*case)
    weights = np.linspace(0, 2, N_ROWS) if weighted else None
    cost = objective(X, codes, weights)
    monkeypatch.setattr(module, "MAX_ROWS", 3)
    in_blocks, *_ = problem(*case)
    assert in_blocks.max_rows == 3
    assert in_blocks(X, codes, weights) == pytest.approx(cost)
    np.testing.assert_allclose(in_blocks.grad, objective.grad, rtol=1e-10)
    np.testing.assert_allclose(
        in_blocks.sample_costs(X, codes), objective.sample_costs(X, codes)
    )


def test_sample_costs_leave_the_gradient_alone(asked):
    objective, X, codes = asked
    objective(X, codes)
    before = objective.grad.copy()
    objective.sample_costs(X, codes)
    np.testing.assert_array_equal(objective.grad, before)


def test_integers_are_converted_batch_by_batch(asked):
    objective, X, codes = asked
    pixels = (abs(X) * 100).astype(np.uint8)
    cost, gradient = objective(pixels.astype(float), codes), objective.grad.copy()
    assert objective(pixels, codes) == cost
    np.testing.assert_array_equal(objective.grad, gradient)


def test_nothing_that_is_given_is_written_to(asked):
    objective, X, codes = asked
    weights = np.ones(N_ROWS)
    given = X, codes, weights, objective.table, objective.theta
    for array in given:
        array.flags.writeable = False
    objective(X, codes, weights)


# One step of plain gradient descent, beside an independent implementation.


def test_a_step_equals_that_of_the_equations_of_backpropagation(asked):
    """Logistic neurons, squared error: every index written out, nothing shared."""
    case = ("logistic", "squared_error", "multiclass", "logistic")
    objective, X, codes = problem(*case, alpha=0.01)
    theta = objective.theta.copy()
    (W1, W2), (b1, b2) = objective.network.views(theta.copy())
    sigma = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    a1 = sigma(np.einsum("ij,jk->ik", X, W1) + b1)
    a2 = sigma(np.einsum("ij,jk->ik", a1, W2) + b2)
    d2 = 2 * (a2 - np.eye(3)[codes]) * a2 * (1 - a2) / N_ROWS
    d1 = np.einsum("ik,jk->ij", d2, W2) * a1 * (1 - a1)
    wanted = np.concatenate(
        [
            (W1 - 0.5 * (np.einsum("ij,ik->jk", X, d1) + 0.01 * W1)).ravel(),
            (W2 - 0.5 * (np.einsum("ij,ik->jk", a1, d2) + 0.01 * W2)).ravel(),
            b1 - 0.5 * d1.sum(axis=0),
            b2 - 0.5 * d2.sum(axis=0),
        ]
    )
    np.testing.assert_allclose(one_step(objective, X, codes), wanted, rtol=1e-10)


def one_step(objective, X, codes, learning_rate=0.5):
    objective(X, codes)
    rule = GradientDescent(momentum=0.0)
    rule.step(objective.theta, objective.grad, learning_rate, [], 1)
    return objective.theta


@pytest.mark.parametrize("depth", range(4))
@pytest.mark.parametrize(("kind", "link"), CASES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
def test_a_step_equals_that_of_pytorch(activation, loss, kind, link, depth):
    torch = pytest.importorskip("torch", reason="compares with PyTorch")
    objective, X, codes = problem(activation, loss, kind, link, depth)
    weights, biases = objective.network.views(objective.theta)
    layers = [
        (
            torch.tensor(W.copy(), requires_grad=True),
            torch.tensor(b, requires_grad=True),
        )
        for W, b in zip(weights, [b.copy() for b in biases], strict=True)
    ]
    f = torch.sigmoid if activation == "logistic" else getattr(torch, activation)
    a = torch.tensor(X)
    for W, b in layers[:-1]:
        a = f(a @ W + b)
    raw = a @ layers[-1][0] + layers[-1][1]
    targets = torch.tensor(objective.table[codes])
    cost = torch_cost(torch, loss, kind, link, raw, targets)
    cost = cost + 0.1 / 2 * sum((W**2).sum() for W, _ in layers)
    cost.backward()
    tensors = [W for W, _ in layers] + [b for _, b in layers]
    torch.optim.SGD(tensors, lr=0.5).step()
    theirs = np.concatenate([t.detach().numpy().ravel() for t in tensors])
    ours = one_step(objective, X, codes)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)


def torch_cost(torch, loss, kind, link, raw, targets):
    """The mean over the rows."""
    functional = torch.nn.functional
    if loss == "squared_error":
        p = torch.softmax(raw, 1) if link == "softmax" else torch.sigmoid(raw)
        return ((p - targets) ** 2).sum(1).mean() * (2 if kind == "binary" else 1)
    if link == "softmax":
        return functional.cross_entropy(raw, targets)
    bce = functional.binary_cross_entropy_with_logits(raw, targets, reduction="none")
    return bce.sum(1).mean()
