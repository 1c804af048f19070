"""What `MLPClassifier` of scikit-learn 1.9.1 was seen to do, and we do not."""

import pickle

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from sklearn_gd.data import hold_out, training_data

from .test_known_bugs import finite, judge, new


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_batch_without_weight_changes_nothing(solver, digits):
    """ZeroDivisionError for a mini-batch of zero total weight."""
    X, y = digits
    weights = np.zeros(len(X))
    weights[:3] = 1.0
    model = new(solver=solver, batch_size=10).fit(X, y, sample_weight=weights)
    assert finite(model)
    before = pickle.dumps(model)
    model.partial_fit(X[5:], y[5:], sample_weight=weights[5:])
    assert (model.parameters_ == pickle.loads(before).parameters_).all()


def test_best_parameters_are_copies(digits):
    """under warm_start the best weights were those in training."""
    X, X_val, y, y_val = train_test_split(*digits, random_state=0)
    model = new(warm_start=True, max_iter=15, alpha=0.0)
    for rate in (0.1, 3.0):  # the second makes it worse before it gets better
        model.set_params(learning_rate=rate).fit(X, y, X_val=X_val, y_val=y_val)
        best = min(model.validation_loss_curve_)
        assert model.sample_costs(X_val, y_val).mean() == pytest.approx(best, rel=1e-6)


def test_patience_starts_afresh_in_a_warm_fit(digits):
    """the epochs without progress of earlier fits still counted."""
    X, y = digits
    model = new(warm_start=True, tol=0.9, n_iter_no_change=4, max_iter=50)
    n_iter = model.fit(X, y).n_iter_
    assert n_iter < 50
    # The first epoch is always progress, the next four may all be none.
    assert model.fit(X, y).n_iter_ >= 5


def test_the_hold_out_is_stratified_for_several_classes(rng):
    """one-hot rows of several classes were split at random."""
    X = rng.standard_normal((1000, 2))
    y = np.repeat(["a", "b", "c"], [900, 80, 20])
    data, _ = training_data(new(), X, y, None)
    train, held_out = hold_out(data, 0.1, rng)
    assert np.bincount(held_out.codes).tolist() == [90, 8, 2]
    assert np.bincount(train.codes).tolist() == [810, 72, 18]


def test_a_cost_of_nan_is_no_progress():
    """NaN > best is False, so training never stopped."""
    training = judge([1.0, *[np.nan] * 20], patience=5)
    assert training.stop_reason == "converged"
    assert len(training.epochs) == 6


@pytest.mark.parametrize("patience", [1, 3, 10])
def test_patience_is_the_number_of_epochs_without_progress(patience):
    """it took one more than n_iter_no_change."""
    training = judge([1.0] * 50, patience=patience)
    assert len(training.epochs) == 1 + patience


def test_a_seed_is_used_once(digits):
    """every partial_fit shuffled with the same int seed."""
    X, y = digits
    model = new(batch_size=50)
    model.partial_fit(X, y, classes=range(10))
    states = []
    for _ in range(3):
        states.append(str(model._model.state.rng_state))
        model.partial_fit(X, y)
    assert len(set(states)) == 3
    whole = new(batch_size=50, max_iter=4).fit(X, y)
    np.testing.assert_array_equal(model.parameters_, whole.parameters_)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("first, then", [("f4", "f8"), ("f8", "f4"), ("f4", "i8")])
def test_dtype_is_that_of_the_first_call_for_ever(first, then, solver, digits):
    """float64 chunks turned the solver's state into float64."""
    X, y = digits
    model = new(solver=solver).fit(X.astype(first), y)
    model.partial_fit(X.astype(then), y)
    state = model._model.state
    assert {v.dtype for v in (state.theta, *state.vectors)} == {np.dtype(first)}


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_layer_sizes": (3, 3)},
        {"activation": "tanh"},
        {"dropout": 0.5},
        {"loss": "squared_error"},
        {"output_activation": "logistic"},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_changed_layers_are_refused_with_a_sentence(method, change, digits):
    """shapes that do not match, or an AttributeError, deep inside."""
    model = new(warm_start=True).fit(*digits).set_params(**change)
    before = model.parameters_
    with pytest.raises(ValueError, match=r"not those of the fitted model.*afresh"):
        getattr(model, method)(*digits)
    np.testing.assert_array_equal(model.parameters_, before)


def test_early_stopping_can_be_switched_under_warm_start(digits):
    """AttributeError on what the first fit had not made."""
    model = new(warm_start=True).fit(*digits)
    model.set_params(early_stopping=True).fit(*digits)
    assert len(model.validation_scores_) == model.n_iter_
    model.set_params(early_stopping=False).fit(*digits)
    assert model.validation_scores_ is None


def test_solver_can_be_switched_under_warm_start(digits):
    """the new solver got the state of the old one."""
    model = new(warm_start=True).fit(*digits)
    for solver in ("adam", "lbfgs", "sgd"):
        assert finite(model.set_params(solver=solver).fit(*digits))


def test_a_stored_model_is_about_as_large_as_its_parameters(digits):
    """the pickle is four times the weights."""
    model = new(hidden_layer_sizes=(300,)).fit(*digits)
    n_bytes = model.parameters_.nbytes
    assert len(pickle.dumps(model)) < 3.2 * n_bytes  # velocity and average
    assert len(pickle.dumps(model.trim_for_prediction())) < 1.1 * n_bytes


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("output_activation", ["auto", "logistic"])
def test_log_probabilities_are_finite(output_activation, n_classes, rng):
    """log of a probability that had been rounded to 0."""
    X = rng.standard_normal((60, 3))
    model = new(output_activation=output_activation)
    model.fit(X, np.arange(60) % n_classes)
    log_p = model.predict_log_proba(X * 1e5)
    assert np.isfinite(log_p).all()
    assert log_p.min() < -1000
