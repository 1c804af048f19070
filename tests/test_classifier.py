"""The estimator: what its attributes mean, and that it does what it is for."""

import inspect
import re
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.activations import ACTIVATIONS
from sklearn_gd.core.losses import LOSSES
from sklearn_gd.core.schedules import SCHEDULES
from sklearn_gd.core.updates import UPDATE_RULES, GradientDescent


def network(**settings):
    settings = {"tol": None, "max_iter": 10, "random_state": 0, **settings}
    return GradientDescentMLPClassifier(**settings)


# It learns


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("loss", LOSSES)
def test_reads_handwritten_digits(loss, solver, digits):
    X, X_test, y, y_test = train_test_split(*digits, random_state=0)
    fitted = network(loss=loss, solver=solver, max_iter=60).fit(X, y)
    assert fitted.score(X_test, y_test) > 0.94


def test_the_literal_picture(digits):
    """Logistic neurons throughout, squared error, no momentum, 16 + 16 neurons."""
    X, X_test, y, y_test = train_test_split(*digits, random_state=0)
    fitted = network(
        hidden_layer_sizes=(16, 16),
        activation="logistic",
        output_activation="logistic",
        momentum=0.0,
        learning_rate=1.0,
        batch_size=10,
        max_iter=60,
    ).fit(X, y)
    assert fitted.n_parameters_ == 64 * 16 + 16 * 16 + 16 * 10 + 16 + 16 + 10
    assert fitted.score(X_test, y_test) > 0.93


def test_no_hidden_layer_is_logistic_regression(cancer, wine):
    """Same penalty: LogisticRegression has C = 1 / (n alpha) for a sum of costs."""
    for X, y in (cancer, wine):
        alpha = 0.01
        ours = network(
            hidden_layer_sizes=(),
            loss="log_loss",
            solver="lbfgs",
            alpha=alpha,
            max_iter=10_000,
            tol=1e-8,
        ).fit(X, y)
        theirs = LogisticRegression(C=1 / (len(y) * alpha), tol=1e-10, max_iter=10_000)
        theirs.fit(X, y)
        W, b = ours.coefs_[0].T, ours.intercepts_[0]
        np.testing.assert_allclose(W, theirs.coef_, atol=1e-4)
        # Softmax leaves a constant open, which nothing penalises.
        b, their_b = (v - v.mean() * (len(v) > 1) for v in (b, theirs.intercept_))
        np.testing.assert_allclose(b, their_b, atol=1e-4)
        np.testing.assert_allclose(
            ours.predict_proba(X), theirs.predict_proba(X), atol=1e-4
        )


def test_weighted_rows_are_logistic_regression_too(cancer, rng):
    X, y = cancer
    weights = rng.random(len(y))
    settings = {"loss": "log_loss", "solver": "lbfgs", "max_iter": 10_000, "tol": 1e-8}
    settings |= {"hidden_layer_sizes": (), "learning_rate": 1.0, "alpha": 0.01}
    ours = network(**settings).fit(X, y, weights)
    theirs = LogisticRegression(
        C=1 / (weights.sum() * 0.01), tol=1e-10, max_iter=10_000
    )
    theirs.fit(X, y, weights)
    np.testing.assert_allclose(ours.coefs_[0].T, theirs.coef_, atol=1e-4)


def test_no_schedule_acts_on_lbfgs():
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    settings = {"solver": "lbfgs", "max_iter": 300, "tol": 0.05}
    constant = network(**settings).fit(X, y)
    assert constant.n_iter_ < 300
    for schedule in SCHEDULES:
        fitted = network(learning_rate_schedule=schedule, **settings).fit(X, y)
        assert fitted.n_iter_ == constant.n_iter_, schedule
        np.testing.assert_array_equal(fitted.parameters_, constant.parameters_)


# Raw predictions, probabilities, decisions


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("output", ["auto", "logistic"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_of_extreme_raw_predictions(loss, n_classes, output, dtype, wine):
    X, y = wine
    X, y = X[y < n_classes].astype(dtype), y[y < n_classes]
    fitted = network(loss=loss, output_activation=output).fit(X, y)
    parameters = fitted.parameters_
    _, biases = fitted._model.network.views(parameters)
    biases[-1][:] = 0
    for _ in range(2):  # the last layer alone is stretched
        weights, _ = fitted._model.network.views(parameters)
        fitted.parameters_ = parameters
        weights[-1][:] *= 1e4 / abs(fitted.decision_function(X)).max()
    fitted.parameters_ = parameters
    raw = fitted.decision_function(X)
    assert abs(raw).max() == pytest.approx(1e4, rel=1e-3)
    log_p, p = fitted.predict_log_proba(X), fitted.predict_proba(X)
    assert np.isfinite(log_p).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.exp(log_p), p, atol=1e-6)
    # So far out several probabilities can be equal.
    predicted = fitted.predict(X)[:, None] == fitted.classes_
    np.testing.assert_array_equal(p[predicted], p.max(axis=1))


def test_prediction_in_blocks_is_prediction_at_once(wine):
    X, y = wine
    fitted = network().fit(X, y)
    many = np.tile(X, (30, 1))
    np.testing.assert_allclose(
        fitted.predict_proba(many), np.tile(fitted.predict_proba(X), (30, 1))
    )
    np.testing.assert_array_equal(fitted.predict(many), np.tile(fitted.predict(X), 30))


# Attributes


def test_attributes_of_a_fitted_network(wine):
    X, y = wine
    fitted = network(hidden_layer_sizes=(7, 5), max_iter=4).fit(X, y)
    assert [W.shape for W in fitted.coefs_] == [(13, 7), (7, 5), (5, 3)]
    assert [b.shape for b in fitted.intercepts_] == [(7,), (5,), (3,)]
    assert (
        fitted.n_parameters_ == 13 * 7 + 7 * 5 + 5 * 3 + 15 == fitted.parameters_.size
    )
    assert fitted.n_layers_ == 4
    assert fitted.n_outputs_ == 3
    assert fitted.n_features_in_ == 13
    assert fitted.n_iter_ == 4 == len(fitted.loss_curve_)
    assert fitted.t_ == 4 * 178
    assert fitted.loss_ == fitted.loss_curve_[-1]
    assert fitted.best_loss_ == min(fitted.loss_curve_)
    assert fitted.learning_rate_ == GradientDescent().rate_for(178)


def test_the_network_of_the_picture_has_13002_parameters(rng):
    X = rng.integers(0, 255, (20, 784), dtype=np.uint8)
    fitted = network(hidden_layer_sizes=(16, 16), max_iter=1).fit(X, np.arange(20) % 10)
    assert fitted.n_parameters_ == 13_002


def test_parameters_can_be_read_and_replaced(wine):
    X, y = wine
    fitted = network().fit(X, y)
    other = network(random_state=1).fit(X, y)
    copied = fitted.parameters_
    copied[:] = 0
    assert fitted.parameters_.any()
    fitted.parameters_ = other.parameters_
    np.testing.assert_array_equal(fitted.predict_proba(X), other.predict_proba(X))
    with pytest.raises(ValueError, match=r"shape \(1703,\), got \(5,\)"):
        fitted.parameters_ = np.ones(5)
    with pytest.raises(ValueError, match="NaN"):
        fitted.parameters_ = np.full(1703, np.nan)
    np.testing.assert_array_equal(fitted.parameters_, other.parameters_)


ATTRIBUTES = ["coefs_", "intercepts_", "parameters_", "n_parameters_", "t_", "classes_"]


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_an_unfitted_network_has_no_fitted_attributes(name):
    assert not hasattr(network(), name)


def test_learning_rate_tells_schedule_and_rule(wine):
    fitted = network(learning_rate=0.2, learning_rate_schedule="invscaling", max_iter=3)
    assert fitted.fit(*wine).learning_rate_ == pytest.approx(0.2 / 4**0.5)
    for solver, rule in UPDATE_RULES.items():
        fitted = network(solver=solver, batch_size=50).fit(*wine)
        assert fitted.learning_rate_ == rule().rate_for(50)
        assert rule().rate_for(200) == rule.learning_rate
        assert rule().rate_for(1) < rule().rate_for(8) < rule().rate_for(200)


# Randomness


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize(
    "settings",
    [{}, {"dropout": 0.3}, {"learning_rate_schedule": "cosine"}, {"batch_size": 7}],
    ids=str,
)
def test_fit_is_so_many_calls_of_partial_fit(settings, solver, wine):
    """Bit for bit: fit is "start afresh, then the same path"."""
    X, y = wine
    settings = {"solver": solver, "max_iter": 5, **settings}
    whole, parts = network(**settings).fit(X, y), network(**settings)
    for _ in range(5):
        parts.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_array_equal(whole.parameters_, parts.parameters_)
    assert whole.t_ == parts.t_
    assert parts.n_iter_ == 1
    assert parts.loss_ == whole.loss_


def test_the_same_seed_is_the_same_fit_and_another_is_not(wine):
    same = [network(random_state=seed).fit(*wine).parameters_ for seed in (3, 3, 4)]
    np.testing.assert_array_equal(same[0], same[1])
    assert (same[0] != same[2]).any()


def test_a_random_state_instance_is_advanced(wine):
    shared = np.random.RandomState(0)
    first, second = (network(random_state=shared).fit(*wine) for _ in "12")
    assert (first.parameters_ != second.parameters_).any()
    again = network(random_state=np.random.RandomState(0)).fit(*wine)
    np.testing.assert_array_equal(again.parameters_, first.parameters_)


def test_the_global_generator_is_never_touched(wine):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    for seed in (None, 0):
        network(random_state=seed, dropout=0.1, early_stopping=True).fit(*wine)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


@pytest.mark.parametrize("batch_size", [178, 10_000, "full"])
def test_full_batches_do_not_depend_on_how_they_are_asked_for(batch_size, wine):
    ours = network(batch_size=batch_size).fit(*wine)
    theirs = network(batch_size=178, shuffle=False).fit(*wine)
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)


# Going on


def test_warm_start_goes_on_from_the_parameters(wine):
    fitted = network(warm_start=True, max_iter=5).fit(*wine)
    before = fitted.parameters_
    fitted.set_params(learning_rate=0.0).fit(*wine)
    np.testing.assert_array_equal(fitted.parameters_, before)
    fitted.set_params(learning_rate="auto", max_iter=30).fit(*wine)
    assert fitted.n_iter_ == 30
    assert fitted.loss_ < 0.9 * fitted.loss_curve_[0]


def test_fit_without_warm_start_forgets(wine):
    fitted = network().fit(*wine)
    before = fitted.parameters_
    np.testing.assert_array_equal(fitted.fit(*wine).parameters_, before)


def test_partial_fit_after_fit_goes_on(wine):
    fitted = network(max_iter=3).fit(*wine)
    cost = fitted.loss_
    for _ in range(30):
        fitted.partial_fit(*wine)
    assert fitted.loss_ < cost
    assert fitted.t_ == 33 * 178


def test_partial_fit_with_one_row_at_a_time(wine):
    X, y = wine
    stream = network(learning_rate=0.01)
    for _ in range(3):
        for i in np.random.default_rng(0).permutation(len(y)):
            stream.partial_fit(X[i : i + 1], y[i : i + 1], classes=[0, 1, 2])
    assert stream.score(X, y) > 0.95


def test_tol_means_the_same_for_every_scale_of_the_cost(wine):
    """Relative: class weights of another scale stop at the same epoch."""
    X, y = wine
    runs = [
        network(tol=1e-2, n_iter_no_change=3, max_iter=300).fit(X, y, w).n_iter_
        for w in (np.ones(178), np.full(178, 64.0))
    ]
    assert runs[0] == runs[1] < 300


# Reliability


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("learning_rate", [1e-3, 10.0, 1e4, 1e10])
def test_never_nan_whatever_the_rate_and_the_scale(learning_rate, scale, solver):
    X, y = load_breast_cancer(return_X_y=True)
    fitted = network(learning_rate=learning_rate, solver=solver, max_iter=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted.fit(scale * X, y)
    assert np.isfinite(fitted.parameters_).all()
    assert np.isfinite(fitted.predict_proba(scale * X)).all()
    assert fitted.score(scale * X, y) >= 0.6


def test_divergence_is_told_once():
    X, y = load_iris(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="StandardScaler") as caught:
        network(learning_rate=1e6, activation="identity", loss="log_loss").fit(X, y)
    assert len(caught) == 1


def test_a_sound_fit_is_silent():
    X, y = load_iris(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network().fit(StandardScaler().fit_transform(X), y)


def test_verbose_prints_a_line_for_each_epoch(wine, capsys):
    network(verbose=1, max_iter=3).fit(*wine)
    printed = capsys.readouterr().out.strip().splitlines()
    assert len(printed) >= 3
    network(max_iter=3).fit(*wine)
    assert capsys.readouterr().out == ""


# The docstring


def described(section):
    """Names and types of a numpydoc section of the class docstring."""
    text = inspect.getdoc(GradientDescentMLPClassifier)
    rows = re.split(r"\n(\w[\w ]+)\n-{3,}\n", text)
    body = dict(zip(rows[1::2], rows[2::2], strict=True))[section]
    return dict(re.findall(r"^(\w+) : (.+)$", body, flags=re.MULTILINE))


def test_every_parameter_is_documented_with_its_default():
    signature = inspect.signature(GradientDescentMLPClassifier).parameters
    documented = described("Parameters")
    assert list(documented) == list(signature)
    for name, parameter in signature.items():
        default = documented[name].rpartition("default=")[2]
        assert eval(default) == parameter.default, name


def test_every_attribute_is_documented(wine):
    pandas = pytest.importorskip("pandas", reason="feature names need pandas")
    X, y = wine
    X = pandas.DataFrame(X, columns=[f"f{i}" for i in range(13)])
    fitted = network(max_iter=2).fit(X, y).partial_fit(X, y)
    public = {n for n in dir(fitted) if n.endswith("_") and not n.startswith("_")}
    assert public == set(described("Attributes"))


def test_the_documented_rates_are_those_of_the_rules():
    text = " ".join(inspect.getdoc(GradientDescentMLPClassifier).split())
    for name, rule in UPDATE_RULES.items():
        assert f"'{name}'" in text
        assert f"{rule.learning_rate} (b / 200)" in text or (
            f"{rule.learning_rate} √(b / 200)" in text
        )


def test_the_documented_gain_is_that_of_relu():
    text = " ".join(inspect.getdoc(GradientDescentMLPClassifier).split())
    assert f"gain is {ACTIVATIONS['relu'].gain} for 'relu'" in text
