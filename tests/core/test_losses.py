"""Every loss with every link: closed forms, slopes, extremes, PyTorch."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from sklearn_gd.core.losses import LINKS, LOSSES, MODERATE

CASES = [(kind, name) for kind, links in LINKS.items() for name in links]
N_OUTPUTS = {"binary": 1, "multiclass": 3, "multilabel": 3}

each_link = pytest.mark.parametrize(("kind", "link"), CASES)
each_loss = pytest.mark.parametrize("loss", LOSSES)


def linked(loss, kind, link):
    return dataclasses.replace(LOSSES[loss], link=LINKS[kind][link])


def targets_of(kind, n_rows, rng):
    if kind == "multiclass":
        return np.eye(3)[rng.integers(0, 3, n_rows)]
    return rng.integers(0, 2, (n_rows, N_OUTPUTS[kind])).astype(float)


def evaluate(loss, raw, targets):
    """Costs and gradient in arrays of their own."""
    raw, targets = raw.copy(), targets.copy()
    costs, scratch = np.empty((2, len(raw)), dtype=raw.dtype)
    loss.evaluate(raw, targets, costs, scratch)
    return costs, raw


def activations(kind, link, raw):
    """The definition of the links, a second time."""
    if link == "softmax":
        exp = np.exp(raw)
        return exp / exp.sum(axis=1, keepdims=True)
    return 1 / (1 + np.exp(-raw))


@pytest.fixture
def raw_and_targets(kind, rng):
    raw = rng.normal(size=(30, N_OUTPUTS[kind])) * 2
    return raw, targets_of(kind, 30, rng)


@each_link
def test_squared_error_is_what_its_name_says(kind, link, raw_and_targets):
    raw, targets = raw_and_targets
    p = activations(kind, link, raw)
    wanted = np.sum((p - targets) ** 2, axis=1)
    if kind == "binary":  # two classes, two squares: p - t and (1 - p) - (1 - t)
        wanted += np.sum(((1 - p) - (1 - targets)) ** 2, axis=1)
    costs, _ = evaluate(linked("squared_error", kind, link), raw, targets)
    np.testing.assert_allclose(costs, wanted, rtol=1e-10)


@each_link
def test_log_loss_is_the_cross_entropy(kind, link, raw_and_targets):
    raw, targets = raw_and_targets
    p = activations(kind, link, raw)
    wanted = -np.sum(targets * np.log(p), axis=1)
    if link == "logistic":
        wanted -= np.sum((1 - targets) * np.log(1 - p), axis=1)
    costs, _ = evaluate(linked("log_loss", kind, link), raw, targets)
    np.testing.assert_allclose(costs, wanted, rtol=1e-10)


@each_loss
@each_link
def test_gradient_is_the_slope_of_the_cost(loss, kind, link, raw_and_targets):
    raw, targets = raw_and_targets
    loss, h = linked(loss, kind, link), 1e-6
    _, gradient = evaluate(loss, raw, targets)
    for k in range(raw.shape[1]):
        step = np.zeros_like(raw)
        step[:, k] = h
        rise = evaluate(loss, raw + step, targets)[0]
        rise -= evaluate(loss, raw - step, targets)[0]
        np.testing.assert_allclose(gradient[:, k], rise / (2 * h), atol=1e-8)


@each_loss
@each_link
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_raw_prediction_is_too_large(loss, kind, link, dtype, rng):
    sizes = np.array([-1e4, -50, 0, 50, 1e4], dtype=dtype)
    raw = rng.choice(sizes, (200, N_OUTPUTS[kind]))
    targets = targets_of(kind, 200, rng).astype(dtype)
    costs, gradient = evaluate(linked(loss, kind, link), raw, targets)
    assert costs.dtype == gradient.dtype == dtype
    assert np.isfinite(costs).all()
    assert np.isfinite(gradient).all()
    log_p = LINKS[kind][link].log_probabilities(raw)
    assert np.isfinite(log_p).all()


@each_loss
@pytest.mark.parametrize("largest", [0.1, 20, MODERATE - 1, MODERATE + 1, 1e3])
def test_softmax_is_exact_whatever_the_size_of_raw(loss, largest, rng):
    """Below MODERATE no maximum is subtracted: float32 must not notice."""
    raw = rng.uniform(-largest, largest, (300, 3)).astype(np.float32)
    targets = targets_of("multiclass", 300, rng)
    costs, gradient = evaluate(LOSSES[loss], raw, targets.astype(np.float32))
    log_p = log_softmax(raw.astype(np.float64), axis=1)
    p = np.exp(log_p)
    if loss == "squared_error":
        wanted = np.sum((p - targets) ** 2, axis=1)
        pulled = 2 * (p - targets)
        slopes = p * (pulled - np.sum(p * pulled, axis=1, keepdims=True))
    else:
        wanted, slopes = -np.sum(targets * log_p, axis=1), p - targets
    np.testing.assert_allclose(costs, wanted, rtol=2e-5, atol=1e-6)
    np.testing.assert_allclose(gradient, slopes, atol=1e-6)


@each_link
def test_probabilities_sum_to_one(kind, link, rng):
    raw = rng.normal(size=(50, N_OUTPUTS[kind])) * 10
    p = LINKS[kind][link].probabilities(raw)
    assert ((p >= 0) & (p <= 1)).all()
    if kind != "multilabel":
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)


@each_link
def test_the_decision_is_the_most_probable(kind, link, rng):
    raw = rng.normal(size=(50, N_OUTPUTS[kind]))
    link = LINKS[kind][link]
    p, decided = link.probabilities(raw), link.decide(raw)
    best = (p > 0.5).astype(int) if kind == "multilabel" else p.argmax(axis=1)
    np.testing.assert_array_equal(decided, best)


def test_independent_outputs_are_normalised_rows(rng):
    """output_activation="logistic" with several classes: p_k / Σ_j p_j."""
    raw = rng.normal(size=(20, 4))
    a = 1 / (1 + np.exp(-raw))
    ours = LINKS["multiclass"]["logistic"].probabilities(raw)
    np.testing.assert_allclose(ours, a / a.sum(axis=1, keepdims=True), rtol=1e-12)


@each_link
def test_raw_is_the_inverse_of_the_activation(kind, link, rng):
    link = LINKS[kind][link]
    raw = rng.normal(size=N_OUTPUTS[kind])
    a, scratch = raw[None].copy(), np.empty(1)
    link.activation(a, scratch)
    back = link.raw(a[0])
    back = back - back.mean() if link.name == "softmax" else back
    raw = raw - raw.mean() if link.name == "softmax" else raw
    np.testing.assert_allclose(back, raw, atol=1e-12)


@each_link
def test_training_starts_close_to_the_class_frequencies(kind, link):
    frequencies = np.array([0.7, 0.2, 0.1])[: N_OUTPUTS[kind]]
    link = LINKS[kind][link]
    a, scratch = link.start(frequencies)[None].copy(), np.empty(1)
    link.activation(a, scratch)
    neutral = 0.5 if kind != "multiclass" else 1 / 3
    np.testing.assert_allclose(a[0], 0.9 * frequencies + 0.1 * neutral, rtol=1e-12)


@each_link
def test_a_class_that_never_occurs_does_not_start_at_minus_infinity(kind, link):
    frequencies = np.array([1.0, 0.0, 0.0])[: N_OUTPUTS[kind]]
    assert np.isfinite(LINKS[kind][link].start(frequencies)).all()


@each_loss
def test_is_a_proper_scoring_rule_on_softmax(loss):
    """The expected cost is least where the prediction is the truth (Brier 1950)."""
    truth, loss = np.array([0.6, 0.3, 0.1]), linked(loss, "multiclass", "softmax")

    def expected(raw):
        costs, gradient = evaluate(loss, np.tile(raw, (3, 1)), np.eye(3))
        return truth @ costs, truth @ gradient

    found = minimize(expected, np.zeros(3), jac=True, tol=1e-12).x
    p = loss.link.probabilities(found[None])[0]
    np.testing.assert_allclose(p, truth, atol=1e-5)


@each_loss
@each_link
def test_equals_pytorch(loss, kind, link, raw_and_targets):
    torch = pytest.importorskip("torch", reason="compares with PyTorch")
    functional = torch.nn.functional
    raw, targets = raw_and_targets
    z, t = torch.tensor(raw, requires_grad=True), torch.tensor(targets)
    if loss == "squared_error":
        p = torch.softmax(z, 1) if link == "softmax" else torch.sigmoid(z)
        theirs = functional.mse_loss(p, t, reduction="none").sum(1)
        theirs = 2 * theirs if kind == "binary" else theirs
    elif link == "softmax":
        theirs = functional.cross_entropy(z, t, reduction="none")
    else:
        theirs = functional.binary_cross_entropy_with_logits(z, t, reduction="none")
        theirs = theirs.sum(1)
    theirs.sum().backward()
    costs, gradient = evaluate(linked(loss, kind, link), raw, targets)
    np.testing.assert_allclose(costs, theirs.detach().numpy(), rtol=1e-10)
    np.testing.assert_allclose(gradient, z.grad.numpy(), atol=1e-12)
