"""Bugs that people have reported of `MLPClassifier`, each a named test.

Numbers are those of scikit-learn's issues and pull requests.
"""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.parts.guard import Guard
from sklearn_gd.core.parts.stopping import Plateau, Stopping
from sklearn_gd.core.schedules import SCHEDULES
from sklearn_gd.core.state import TrainingState
from sklearn_gd.core.training import Training
from sklearn_gd.core.updates import GradientDescent


def new(**settings):
    settings = {"hidden_layer_sizes": (10,), "max_iter": 5, "tol": None, **settings}
    return GradientDescentMLPClassifier(random_state=0, **settings)


def finite(model):
    return np.isfinite(model.parameters_).all()


def judge(costs, schedule="constant", patience=5):
    """A training that has been told the costs of its epochs, until it stalled."""
    state = TrainingState(np.zeros(3), [], np.random.default_rng(0).bit_generator.state)
    stopping = Stopping(Plateau(1e-4, patience), Guard(10.0, 0.0, np.zeros(1)))
    training = Training(
        objective=SimpleNamespace(network=SimpleNamespace(dropout=0)),
        batches=SimpleNamespace(shuffle=False),
        solver=GradientDescent(),
        schedule=SCHEDULES[schedule],
        state=state,
        learning_rate=1.0,
        parts=[stopping],
    )
    for cost in costs:
        if not training.stop_reason:
            training.finish_epoch(cost)
    return training


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_cost_and_gradient_are_of_the_same_function(loss, n_classes, rng):
    """#8349: with k outputs the gradient was k times that of the squared error."""
    X = rng.standard_normal((40, 4))
    y = np.arange(40) % n_classes
    model = new(loss=loss, activation="tanh", alpha=0.01).fit(X, y)
    gradient, theta = model.cost_gradient(X, y), model.parameters_
    for i in rng.choice(len(theta), 12, replace=False):
        costs = []
        for step in (1e-6, -1e-6):
            nudged = theta.copy()
            nudged[i] += step
            model.parameters_ = nudged
            costs.append(model.cost(X, y))
        assert (costs[0] - costs[1]) / 2e-6 == pytest.approx(gradient[i], abs=1e-8)


def test_what_early_stopping_watches_is_the_cost(digits):
    """#24411: the score was watched where the user thought it was the loss."""
    X, X_val, y, y_val = train_test_split(*digits, random_state=0)
    model = new(max_iter=30, alpha=0.0).fit(X, y, X_val=X_val, y_val=y_val)
    best = min(model.validation_loss_curve_)
    assert model.sample_costs(X_val, y_val).mean() == pytest.approx(best, rel=1e-6)
    assert len(model.validation_scores_) == len(model.validation_loss_curve_) == 30


def test_a_stream_may_lack_classes_under_warm_start(digits):
    """#11758: partial_fit with warm_start wanted every class in every chunk."""
    X, y = digits
    model = new(warm_start=True).partial_fit(X[:50], y[:50], classes=range(10))
    one_class = y == 3
    model.partial_fit(X[one_class], y[one_class])
    np.testing.assert_array_equal(model.classes_, range(10))


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_new_learning_rate_acts_at_once_in_a_stream(solver, digits):
    """#8149: a rate set between fit and partial_fit was ignored."""
    X, y = digits
    model = new(solver=solver, max_iter=20, average=False).fit(X, y)
    before = model.parameters_
    model.set_params(learning_rate=1e-10).partial_fit(X[:10], y[:10])
    small = np.abs(model.parameters_ - before).max()
    assert 0 < small < 1e-7
    model.set_params(learning_rate=1e-3).partial_fit(X[:10], y[:10])
    assert np.abs(model.parameters_ - before).max() > 1e3 * small
    assert model.learning_rate_ == 1e-3


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_stream_does_not_make_the_model_larger(solver):
    """#19959: the stored model grew with every call of partial_fit."""
    model = new(solver=solver)
    sizes = []
    for _ in range(3):
        for _ in range(200):
            model.partial_fit(np.zeros((1, 6)), [0], classes=[0, 1])
        sizes.append(len(pickle.dumps(model)))
    assert max(sizes) - min(sizes) < 16  # digits of the counters


@pytest.mark.parametrize("n_rows", [10, 100, 1000])
def test_the_penalty_does_not_depend_on_the_number_of_rows(n_rows, digits):
    """#6780: alpha was divided by the number of rows, of a batch even."""
    X, y = digits
    model = new(learning_rate=0.1).fit(X, y)
    without = model.set_params(alpha=0.0).cost(X[:n_rows], y[:n_rows])
    with_penalty = model.set_params(alpha=0.5).cost(X[:n_rows], y[:n_rows])
    squares = sum((W**2).sum() for W in model.coefs_)
    assert with_penalty - without == pytest.approx(0.25 * squares)


@pytest.mark.parametrize("how", ["sample_weight", "class_weight"])
def test_weights_act_at_batch_size_1(how, rng):
    """#11723: weights were divided by their own sum in each batch."""
    X = rng.standard_normal((200, 2))
    y = rng.integers(0, 2, 200)
    shares = []
    for weight in (1.0, 9.0):
        model = new(batch_size=1, learning_rate=0.01, max_iter=20)
        if how == "class_weight":
            model.set_params(class_weight={1: weight}).fit(X, y)
        else:
            model.fit(X, y, sample_weight=np.where(y == 1, weight, 1.0))
        shares.append(model.predict_proba(X)[:, 1].mean())
    assert shares[0] < 0.65
    assert shares[1] > 0.8


def test_one_lucky_epoch_does_not_lower_the_rate_for_ever():
    """#15596: "adaptive" went on dividing while the cost was falling steadily."""
    falling = np.linspace(0.5, 0.3, 40)  # never as low as the lucky one
    training = judge([1.0, 0.1, *falling], schedule="adaptive")
    assert training.state.progress.drops == 1
    assert training.stop_reason == ""


def test_ctrl_c_is_not_swallowed(digits, monkeypatch):
    """#7596: the half-trained model was returned without a word."""
    step, calls = Training.step, []

    def interrupted(self, *args):
        calls.append(1)
        if len(calls) == 20:
            raise KeyboardInterrupt
        return step(self, *args)

    monkeypatch.setattr(Training, "step", interrupted)
    model = new()
    with pytest.raises(KeyboardInterrupt):
        model.fit(*digits)
    assert not hasattr(model, "coefs_")


def test_early_stopping_takes_labels_of_any_type(digits):
    """#33760: isnan was asked of strings."""
    X, y = digits
    for labels in (y.astype(str), np.array(list("abcdefghij"), dtype=object)[y]):
        model = new(early_stopping=True).fit(X, labels)
        assert set(model.predict(X)) <= set(labels)


def test_early_stopping_survives_an_explosion(digits):
    """#29504: predictions of NaN ended in an error about the user's data."""
    X, y = digits
    with pytest.warns(ConvergenceWarning):
        model = new(early_stopping=True, learning_rate=1e6).fit(X * 1e6, y)
    assert finite(model)
    assert np.isfinite(model.validation_loss_curve_).all()


def test_partial_fit_after_a_fit_with_early_stopping(digits):
    """#25693: AttributeError on NoneType."""
    X, y = digits
    model = new(early_stopping=True).fit(X, y)
    before = model.parameters_
    model.partial_fit(X, y)
    assert (model.parameters_ != before).any()
    assert model.validation_scores_ is None


def test_a_loaded_model_goes_on_learning(digits):
    """#19626: after loading, partial_fit updated arrays that nobody read."""
    X, y = digits
    model = new().fit(X, y)
    loaded = pickle.loads(pickle.dumps(model))
    for each in (model, loaded):
        each.partial_fit(X, y)
    np.testing.assert_array_equal(loaded.coefs_[0], model.coefs_[0])


def test_a_class_may_come_later_in_a_stream():
    """#6994: a class that only `classes` had announced crashed the next call."""
    model = new().partial_fit([[1], [2], [3]], ["a", "b", "c"], classes=list("abcd"))
    model.partial_fit([[4]], ["d"])
    assert model.predict_proba([[4]]).shape == (1, 4)


@pytest.mark.parametrize("shuffle", [True, False])
def test_shuffle_false_means_the_order_of_the_rows(shuffle, digits):
    """#12582: shuffle was not passed on."""
    X, y = digits
    ends = []
    for seed in (0, 1):
        model = new(shuffle=shuffle, batch_size=100, momentum=0)
        model.set_params(random_state=seed)
        model.partial_fit(X, y, classes=range(10))
        start = np.random.default_rng(0).standard_normal(model.n_parameters_)
        model.parameters_ = start
        ends.append(model.partial_fit(X, y).parameters_)
    assert (ends[0] == ends[1]).all() != shuffle


def test_warm_fits_run_all_their_epochs(digits):
    """#18269: under warm_start, later calls of fit stopped after one epoch."""
    model = new(warm_start=True, max_iter=3)
    for call in range(1, 4):
        model.fit(*digits)
        assert model.n_iter_ == len(model.loss_curve_) == 3
        assert model.t_ == call * 3 * len(digits[0])


def test_n_iter_is_of_the_last_call(digits):
    """#24764: under warm_start, n_iter_ exceeded max_iter."""
    model = new(warm_start=True, max_iter=4).fit(*digits)
    assert model.n_iter_ == 4
    assert model.set_params(max_iter=2).fit(*digits).n_iter_ == 2
    assert model.partial_fit(*digits).n_iter_ == 1
