"""A stream is a stream: what calls of partial_fit and fit start, keep and count."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from sklearn_gd import GradientDescentMLPClassifier


def new(**settings):
    usual = {"hidden_layer_sizes": 6, "batch_size": 16, "tol": None, "random_state": 0}
    return GradientDescentMLPClassifier(**{**usual, "learning_rate": 0.1, **settings})


def parts_of(X, y, rows):
    for start in range(0, len(y), rows):
        yield X[start : start + rows], y[start : start + rows]


def stream(model, X, y, rows=20, **weights):
    for part in parts_of(X, y, rows):
        model.partial_fit(*part, classes=[0, 1, 2], **weights)
    return model


def everything(model):
    """All that a stream goes on from, as bytes; the schedule's count included."""
    return pickle.dumps(model)


@pytest.fixture(params=["dense", "csr"])
def rows(request, wine):
    X, y = wine
    return (X, y) if request.param == "dense" else (sp.csr_array(X), y)


@pytest.fixture
def parts(rows):
    X, y = rows

    def take(start, stop):
        return X[start:stop], y[start:stop]

    return take


# The stream


def test_state_and_stored_size_are_constant_over_10000_calls(wine):
    X, y = wine
    model = new(hidden_layer_sizes=(3,))
    sizes = set()
    for i in range(10_000):
        model.partial_fit(X[i % 178 : i % 178 + 1], y[i % 178 : i % 178 + 1], [0, 1, 2])
        if i % 1000 == 999:
            arrays = model._model.state.stored
            sizes.add((len(vars(model)), sum(a.nbytes for a in arrays)))
        if i in (999, 4_999, 9_999):
            size = len(pickle.dumps(model))
            # Numbers of different length are written with a few bytes more or less.
            fresh = stream(new(hidden_layer_sizes=(3,)), X, y)
            assert abs(size - len(pickle.dumps(fresh))) < 200
    assert len(sizes) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 17, 178])
def test_any_chunk_size_works_without_a_warning(wine, size):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = stream(new(), *wine, rows=size)
    assert model.t_ == 178
    assert np.isfinite(model.parameters_).all()


def test_order_is_kept_without_shuffling(wine):
    X, y = wine
    whole, in_order, shuffled = (
        new(shuffle=shuffle).partial_fit(X, y, classes=[0, 1, 2])
        for shuffle in (False, False, True)
    )
    shuffled.parameters_ = whole.parameters_
    whole.partial_fit(X, y)
    stream(in_order, X, y, rows=16)
    np.testing.assert_array_equal(whole.parameters_, in_order.parameters_)
    shuffled.partial_fit(X, y)
    assert (shuffled.parameters_ != whole.parameters_).any()


def test_a_new_learning_rate_acts_at_once_and_keeps_momentum(wine):
    X, y = wine
    model = stream(new(learning_rate=0.1, alpha=0, average=False), X, y)
    before, velocity = model.parameters_, model._model.state.vectors[0].copy()
    model.set_params(learning_rate=0.02).partial_fit(X[:16], y[:16])
    step = model.parameters_ - before
    assert model.learning_rate_ == 0.02
    # θ moves by -η (g + m v'), v' = m v + g: by the old velocity without any gradient.
    after = model._model.state.vectors[0]
    gradient = after / 0.9 - velocity
    np.testing.assert_allclose(step, -0.02 * (gradient + after), atol=1e-12)


def test_learning_rate_zero_changes_nothing(parts):
    model = new(average=False).partial_fit(*parts(0, 100), classes=[0, 1, 2])
    before = model.parameters_
    model.set_params(learning_rate=0).partial_fit(*parts(100, 178))
    np.testing.assert_array_equal(model.parameters_, before)


@pytest.mark.parametrize("schedule", ["invscaling", "cosine"])
def test_schedules_go_on_over_calls(wine, schedule):
    whole = new(learning_rate_schedule=schedule, max_iter=5).fit(*wine)
    calls = new(learning_rate_schedule=schedule, max_iter=5)
    rates = []
    for _ in range(5):
        calls.partial_fit(*wine, classes=[0, 1, 2])
        rates.append(calls.learning_rate_)
    assert rates == sorted(rates, reverse=True) and rates[0] > rates[-1]
    assert rates[-1] == whole.learning_rate_


def test_a_batch_of_zero_weight_changes_nothing(parts):
    X, y = parts(0, 50)
    model = new(dropout=0.2).partial_fit(X, y, classes=[0, 1, 2])
    before = everything(model)
    model.partial_fit(X, y, sample_weight=np.zeros(50))
    assert everything(model) == before


def test_unknown_labels_are_named_and_change_nothing(parts):
    X, y = parts(0, 50)
    model = new().partial_fit(X, y, classes=[0, 1, 2])
    before = everything(model)
    with pytest.raises(ValueError, match=r"not among the classes: \[7\]"):
        model.partial_fit(X, np.where(y == 0, 7, y))
    assert everything(model) == before


GO_ON = """
import pickle, sys
model, X, y = pickle.load(sys.stdin.buffer)
model.partial_fit(X, y)
sys.stdout.buffer.write(pickle.dumps((model.parameters_, model.loss_, model.t_)))
"""


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_model_stored_in_mid_stream_goes_on_in_another_process(parts, solver):
    model = new(solver=solver, dropout=0.1)
    model.partial_fit(*parts(0, 100), classes=[0, 1, 2])
    stored = pickle.dumps((model, *parts(100, 178)))
    told = subprocess.run(
        [sys.executable, "-c", GO_ON], input=stored, capture_output=True, check=True
    )
    theirs, loss, t = pickle.loads(told.stdout)
    model.partial_fit(*parts(100, 178))
    np.testing.assert_array_equal(model.parameters_, theirs)
    assert (model.loss_, model.t_) == (loss, t)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_fit_equals_so_many_calls(rows, solver):
    X, y = rows
    whole = new(solver=solver, max_iter=4, dropout=0.1).fit(X, y)
    calls = new(solver=solver, max_iter=4, dropout=0.1)
    for _ in range(4):
        calls.partial_fit(X, y, classes=[0, 1, 2])
    # Bringing rows of CSR input up to date at other moments rounds differently.
    exact = 0 if isinstance(X, np.ndarray) else 1e-12
    np.testing.assert_allclose(whole.parameters_, calls.parameters_, 0, exact)


def test_running_loss_is_a_decayed_mean_of_the_losses(wine):
    model, losses = new(), []
    for part in parts_of(*wine, 20):
        model.partial_fit(*part, classes=[0, 1, 2])
        losses.append((model.loss_, len(part[1])))
    mean = losses[0][0]
    for loss, n_rows in losses:
        mean += (1 - np.exp(-n_rows / 1000)) * (loss - mean)
    assert model.running_loss_ == pytest.approx(mean)
    assert model.loss_ == losses[-1][0]


# The table of streaming.md, line by line


@pytest.fixture
def warm(wine):
    X, y = wine
    return new(warm_start=True, max_iter=3).fit(X, y)


def test_parameters_start_afresh_only_in_a_cold_fit(wine):
    X, y = wine
    model = new(max_iter=3).fit(X, y)
    first = model.parameters_
    np.testing.assert_array_equal(model.fit(X, y).parameters_, first)
    model.set_params(warm_start=True, learning_rate=0.0).fit(X, y)
    np.testing.assert_array_equal(model.parameters_, first)
    np.testing.assert_array_equal(model.partial_fit(X, y).parameters_, first)


def test_generator_starts_afresh_only_in_a_cold_fit(wine, warm):
    X, y = wine
    drawn = warm._model.state.rng_state
    assert new(max_iter=3).fit(X, y)._model.state.rng_state == drawn
    warm.fit(X, y)
    assert warm._model.state.rng_state != drawn
    again = new(max_iter=6).fit(X, y)
    assert warm._model.state.rng_state == (again._model.state.rng_state)


def test_momentum_starts_from_zero_in_every_fit_and_goes_on_in_partial_fit(wine, warm):
    X, y = wine
    n_batches = -(-178 // 16)
    assert warm.fit(X, y)._model.state.rule_steps == 3 * n_batches
    assert warm.partial_fit(X, y)._model.state.rule_steps == 4 * n_batches


def test_schedule_starts_over_in_every_fit_and_goes_on_in_partial_fit(wine):
    X, y = wine
    model = new(warm_start=True, learning_rate_schedule="invscaling", max_iter=3)
    assert model.fit(X, y).learning_rate_ == pytest.approx(0.1 / 2)
    assert model.fit(X, y).learning_rate_ == pytest.approx(0.1 / 2)
    assert model.partial_fit(X, y).learning_rate_ == pytest.approx(0.1 / 5**0.5)


def test_max_iter_bounds_a_fit_and_is_the_length_of_a_schedule(wine, warm):
    X, y = wine
    assert warm.fit(X, y).n_iter_ == 3
    model = new(learning_rate_schedule="cosine", max_iter=2)
    for _ in range(4):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert model.learning_rate_ == pytest.approx(0.1 * 0.01)


def test_counts(wine, warm):
    X, y = wine
    assert (warm.n_iter_, warm.t_, len(warm.loss_curve_)) == (3, 3 * 178, 3)
    warm.fit(X, y)
    assert (warm.n_iter_, warm.t_, len(warm.loss_curve_)) == (3, 6 * 178, 3)
    warm.partial_fit(X[:20], y[:20])
    assert (warm.n_iter_, warm.t_, len(warm.loss_curve_)) == (1, 6 * 178 + 20, 1)
    warm.set_params(warm_start=False).fit(X, y)
    assert (warm.n_iter_, warm.t_, len(warm.loss_curve_)) == (3, 3 * 178, 3)


def test_halvings_are_forgotten_by_fit_and_by_a_new_learning_rate(wine):
    X, y = wine
    model = stream(new(loss="log_loss", warm_start=True, max_iter=1), X, y)
    with pytest.warns(match="left out"):
        model.partial_fit(X * 1e30, y)
    assert model.learning_rate_ == 0.1  # one broken part says nothing of the rate
    assert model.partial_fit(X * 1e30, y).learning_rate_ == 0.05
    assert model.partial_fit(X, y).learning_rate_ == 0.05
    assert model.set_params(learning_rate=0.08).partial_fit(X, y).learning_rate_ == 0.08
    assert model.partial_fit(X * 1e30, y).learning_rate_ == 0.04
    assert model.fit(X, y).learning_rate_ == 0.08


def test_weights_are_relative_in_fit_and_absolute_in_partial_fit(wine):
    X, y = wine
    three = np.full(178, 3.0)
    one = new(max_iter=2).fit(X, y).parameters_
    np.testing.assert_allclose(
        new(max_iter=2).fit(X, y, sample_weight=three).parameters_, one, atol=1e-12
    )
    first = stream(new(), X, y, rows=178).parameters_
    heavy = stream(new(), X, y, rows=178, sample_weight=three).parameters_
    assert abs(first - heavy).max() > 1e-3


def test_classes_are_learned_by_fit_and_held_to_afterwards(wine, warm):
    X, y = wine
    for call in (warm.fit, warm.partial_fit):
        with pytest.raises(ValueError, match="not among the classes"):
            call(X, y + 1)
    warm.set_params(warm_start=False).fit(X, y + 1)
    assert warm.classes_.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="not those of the model"):
        warm.partial_fit(X, y + 1, classes=[0, 1, 2])


def test_tol_and_early_stopping_act_in_fit_only(wine):
    X, y = wine
    model = new(tol=0.5, n_iter_no_change=1, early_stopping=True, max_iter=50)
    assert model.fit(X, y).n_iter_ < 50
    assert model.partial_fit(X, y).t_ > 0
    assert model.validation_scores_ is None


# Classes to come


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("output_activation", ["softmax", "logistic"])
def test_a_class_that_has_not_come_yet(wine, loss, output_activation):
    X, y = wine
    seen = y != 2
    model = new(loss=loss, output_activation=output_activation)
    for _ in range(30):
        model.partial_fit(X[seen], y[seen], classes=[0, 1, 2])
        assert np.isfinite(model.loss_)
    p = model.predict_proba(X)
    assert np.isfinite(model.predict_log_proba(X)).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert p[seen, 2].mean() < 0.05
    for _ in range(30):
        model.partial_fit(X, y)
    assert model.score(X, y) > 0.9


def test_a_first_part_with_one_of_two_classes(cancer):
    X, y = cancer
    model = new().partial_fit(X[y == 1][:5], np.ones(5), classes=[0, 1])
    assert np.isfinite(model.loss_)
    p = model.predict_proba(X)
    assert np.isfinite(p).all() and ((p > 0) & (p < 1)).all()


# Larger than memory


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float16", "float32", "float64"])
def test_memory_maps_give_the_same_model(digits, tmp_path, dtype):
    X, y = digits
    X = (X * 16).astype(dtype)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    settings = {"learning_rate": 0.01, "max_iter": 2}
    ours, theirs = new(**settings).fit(mapped, y), new(**settings).fit(X, y)
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)
    ours.partial_fit(mapped[:50], y[:50])
    theirs.partial_fit(X[:50], y[:50])
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)


def test_a_new_rate_that_is_too_large_is_halved_from_itself():
    """The second bad part halves it, and reading the rate changes nothing."""
    X, y = load_digits(return_X_y=True)
    model = GradientDescentMLPClassifier(random_state=0, average=False)
    model.partial_fit(X / 16, y, classes=np.unique(y))
    model.set_params(learning_rate=1e6)
    assert model.learning_rate_ == 1e6
    with pytest.warns(ConvergenceWarning, match="left out"):
        model.partial_fit(X / 16, y)
    assert model.learning_rate_ == 1e6
    assert model.partial_fit(X / 16, y).learning_rate_ == 0.5e6
