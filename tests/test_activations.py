"""What the neurons of every layer answer."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.special import expit, softmax
from sklearn.exceptions import NotFittedError

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.objective import MAX_ROWS


def fitted(X, y, **settings):
    settings = {"hidden_layer_sizes": (5, 4), "activation": "tanh", **settings}
    return GradientDescentMLPClassifier(
        max_iter=3, tol=None, random_state=0, **settings
    ).fit(X, y)


@pytest.mark.parametrize("output, link", [("softmax", softmax), ("logistic", expit)])
def test_each_layer_is_the_function_of_the_one_before(digits, output, link):
    X, y = digits
    model = fitted(X, y, output_activation=output)
    first, second, last = model.activations(X)
    (W1, W2, W3), (b1, b2, b3) = model.coefs_, model.intercepts_
    np.testing.assert_allclose(first, np.tanh(X @ W1 + b1))
    np.testing.assert_allclose(second, np.tanh(first @ W2 + b2))
    z = second @ W3 + b3
    expected = softmax(z, axis=1) if link is softmax else link(z)
    np.testing.assert_allclose(last, expected)


def test_two_classes_have_one_output_neuron(cancer):
    X, y = cancer
    model = fitted(X, y)
    last = model.activations(X)[-1]
    assert last.shape == (len(X), model.n_outputs_) == (len(X), 1)
    np.testing.assert_allclose(last[:, 0], model.predict_proba(X)[:, 1])


def test_a_model_without_hidden_layers_has_outputs_only(wine):
    X, y = wine
    (last,) = fitted(X, y, hidden_layer_sizes=()).activations(X)
    np.testing.assert_allclose(last.sum(axis=1), 1)


def test_many_rows_go_block_by_block(wine):
    X, y = wine
    model, copies = fitted(X, y), 2 * MAX_ROWS // len(X) + 1
    many = model.activations(np.tile(X, (copies, 1)))
    for whole, once in zip(many, model.activations(X), strict=True):
        np.testing.assert_allclose(whole, np.tile(once, (copies, 1)), rtol=1e-12)


@pytest.mark.parametrize("form", [sp.csr_array, sp.csr_matrix, sp.csc_array, list])
def test_other_forms_of_data_give_the_same(wine, form):
    X, y = wine
    X = np.where(np.abs(X) < 1, 0, X)
    model = fitted(X, y)
    for found, wanted in zip(
        model.activations(form(X)), model.activations(X), strict=True
    ):
        assert type(found) is np.ndarray
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_rows_of_weights_that_wait_for_their_momentum_count(rng):
    """A stream of wide sparse rows leaves rows of W1 behind; they are caught up."""
    X = sp.csr_array(rng.random((60, 4000)) * (rng.random((60, 4000)) < 0.005))
    y = rng.integers(0, 3, 60)
    model = GradientDescentMLPClassifier(4, random_state=0)
    for start in range(0, 60, 10):
        rows = slice(start, start + 10)
        model.partial_fit(X[rows], y[rows], classes=range(3))
    found = model.activations(X)
    first = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
    np.testing.assert_allclose(found[0], first, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found[1], model.predict_proba(X), rtol=1e-9)


def test_dtype_is_that_of_the_parameters(digits):
    X, y = digits
    model = fitted(X.astype(np.float32), y)
    kinds = {
        a.dtype for rows in (X, X.astype(np.uint8)) for a in model.activations(rows)
    }
    assert kinds == {np.dtype(np.float32)}


def test_dropout_leaves_nobody_out_and_nothing_is_changed(digits):
    X, y = digits
    model = fitted(X, y, dropout=0.5)
    before = model.parameters_
    for one, two in zip(model.activations(X), model.activations(X), strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(model.parameters_, before)


def test_wrong_data_is_refused(wine):
    X, y = wine
    with pytest.raises(NotFittedError):
        GradientDescentMLPClassifier().activations(X)
    with pytest.raises(ValueError, match="features"):
        fitted(X, y).activations(X[:, :5])
