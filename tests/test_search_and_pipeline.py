"""Searches, pipelines, copies and files: the model that comes out is the one put in."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    learning_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier


def network(**settings):
    settings = {"max_iter": 8, "tol": None, "random_state": 0, **settings}
    return GradientDescentMLPClassifier(**settings)


GRID = {
    "network__batch_size": ["auto", "full", 16, np.int64(32), 10_000],
    "network__learning_rate": ["auto", 0.05, np.float32(0.1)],
    "network__hidden_layer_sizes": [
        5,
        np.int64(6),
        (),
        (7,),
        (4, 4),
        [5, 5],
        np.array([6, 3]),
    ],
}


def test_grid_search_in_two_processes(wine):
    pipeline = Pipeline([("scale", StandardScaler()), ("network", network(max_iter=3))])
    search = GridSearchCV(pipeline, GRID, cv=2, n_jobs=2, error_score="raise")
    search.fit(*wine)
    scores = search.cv_results_["mean_test_score"]
    assert len(scores) == 5 * 3 * 7
    assert np.isfinite(scores).all()
    alone = clone(pipeline).set_params(**search.best_params_).fit(*wine)
    np.testing.assert_array_equal(
        search.best_estimator_.predict_proba(wine[0]), alone.predict_proba(wine[0])
    )


def test_two_processes_give_the_scores_of_one(wine):
    grid = {"hidden_layer_sizes": [4, (4, 4)], "batch_size": [16, "full"]}
    one, two = (
        GridSearchCV(network(), grid, cv=2, n_jobs=n_jobs).fit(*wine)
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(
        one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"]
    )


def test_randomised_search_draws_from_distributions(wine):
    from scipy.stats import loguniform

    space = {"learning_rate": loguniform(1e-3, 1), "alpha": loguniform(1e-6, 1e-2)}
    search = RandomizedSearchCV(network(), space, n_iter=4, cv=2, random_state=0)
    assert search.fit(*wine).best_score_ > 0.8


@pytest.mark.parametrize(
    "sizes",
    [6, np.int32(6), (6,), [6], np.array([6]), np.array(6), np.array([6], np.uint8)],
    ids=repr,
)
def test_one_hidden_layer_in_any_form(sizes, wine):
    ours = clone(network(hidden_layer_sizes=sizes)).fit(*wine)
    theirs = network(hidden_layer_sizes=(6,)).fit(*wine)
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)


@pytest.mark.parametrize("sizes", [(), [], np.array([]), np.array([], dtype=int)])
def test_no_hidden_layer_in_any_form(sizes, wine):
    assert network(hidden_layer_sizes=sizes).fit(*wine).n_layers_ == 2


def test_fit_leaves_every_parameter_as_it_was_given(wine):
    sizes = np.array([6, 3])
    fitted = network(hidden_layer_sizes=sizes, activation=["tanh", "relu"])
    before = fitted.get_params()
    fitted.fit(*wine)
    assert all(fitted.get_params()[name] is value for name, value in before.items())
    assert fitted.get_params()["hidden_layer_sizes"] is sizes


def test_set_params_acts_on_the_next_fit(wine):
    fitted = network().fit(*wine)
    fitted.set_params(hidden_layer_sizes=(3, 3), activation="tanh").fit(*wine)
    assert [W.shape for W in fitted.coefs_] == [(13, 3), (3, 3), (3, 3)]


# Copies


def through_a_file(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


COPIES = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "oldest pickle": lambda model: pickle.loads(pickle.dumps(model, protocol=2)),
    "joblib": through_a_file,
    "deepcopy": copy.deepcopy,
}
each_copy = pytest.mark.parametrize("how", COPIES)


@each_copy
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"solver": "adam"},
        {"dropout": 0.3, "learning_rate_schedule": "cosine"},
        {"momentum": 0.0, "loss": "log_loss", "class_weight": {0: 2.0}},
        {"learning_rate": 1e4, "activation": "identity", "loss": "log_loss"},
    ],
    ids=str,
)
@pytest.mark.parametrize("start", ["fit", "partial_fit"])
def test_a_copy_predicts_and_goes_on_as_the_original(how, settings, start, wine):
    X, y = wine
    original = network(batch_size=32, **settings)
    if start == "fit":
        original.fit(X, y)
    else:
        original.partial_fit(X, y, classes=[0, 1, 2])
    copied = COPIES[how](original)
    np.testing.assert_array_equal(copied.predict_proba(X), original.predict_proba(X))
    for rows in (slice(0, 50), slice(50, 178), slice(3, 4)):
        original.partial_fit(X[rows], y[rows])
        copied.partial_fit(X[rows], y[rows])
        np.testing.assert_array_equal(copied.parameters_, original.parameters_)
    assert copied.learning_rate_ == original.learning_rate_
    assert copied.t_ == original.t_
    assert copied.loss_ == original.loss_


@each_copy
def test_a_copy_is_independent(how, wine):
    original = network().fit(*wine)
    before = original.parameters_
    copied = COPIES[how](original)
    copied.partial_fit(*wine)
    copied.parameters_ = np.zeros(copied.n_parameters_)
    np.testing.assert_array_equal(original.parameters_, before)


@each_copy
def test_views_of_a_copy_are_views(how, wine):
    """coefs_ shows the parameters, and cannot be written to: in a copy too."""
    copied = COPIES[how](network().fit(*wine))
    copied.parameters_ = np.arange(copied.n_parameters_, dtype=float)
    shown = [part.ravel() for part in (*copied.coefs_, *copied.intercepts_)]
    np.testing.assert_array_equal(np.concatenate(shown), copied.parameters_)
    for part in (*copied.coefs_, *copied.intercepts_):
        with pytest.raises(ValueError, match="read-only"):
            part[:] = 0.0


@each_copy
def test_a_copy_of_an_unfitted_network_is_unfitted(how):
    copied = COPIES[how](network(activation=["tanh"]))
    assert not hasattr(copied, "coefs_")
    assert copied.activation == ["tanh"]


def test_clone_forgets_what_was_learnt(wine):
    fitted = network(hidden_layer_sizes=np.array([5])).fit(*wine)
    fresh = clone(fitted)
    assert not hasattr(fresh, "coefs_")
    assert not hasattr(fresh, "classes_")
    np.testing.assert_array_equal(fresh.fit(*wine).parameters_, fitted.parameters_)


def test_a_shallow_copy_of_the_parameters_fits_the_same(wine):
    fitted = network(random_state=3).fit(*wine)
    again = GradientDescentMLPClassifier(**fitted.get_params()).fit(*wine)
    np.testing.assert_array_equal(again.parameters_, fitted.parameters_)


# Other parts of scikit-learn


@pytest.mark.parametrize(
    "meta",
    [
        lambda e: CalibratedClassifierCV(e, cv=2),
        lambda e: BaggingClassifier(e, n_estimators=2, random_state=0),
        lambda e: VotingClassifier([("a", e), ("b", e)], voting="soft"),
        lambda e: OneVsRestClassifier(e),
        lambda e: make_pipeline(StandardScaler(), e),
    ],
    ids=["calibrated", "bagging", "voting", "one-vs-rest", "pipeline"],
)
def test_works_inside_other_estimators(meta, wine):
    assert meta(network(max_iter=30)).fit(*wine).score(*wine) > 0.95


def test_works_with_inspection_and_curves(wine):
    fitted = network().fit(*wine)
    importance = permutation_importance(fitted, *wine, n_repeats=2, random_state=0)
    assert importance.importances_mean.max() > 0
    _, train, _ = learning_curve(network(), *wine, cv=2, train_sizes=[0.5, 1.0])
    assert train.shape == (2, 2)


def test_learning_curve_can_go_on_instead_of_starting_again(wine):
    learning_curve(
        network(),
        *wine,
        cv=2,
        train_sizes=[0.5, 1.0],
        exploit_incremental_learning=True,
    )


def test_cross_validation_in_two_processes(wine):
    scores = [cross_val_score(network(), *wine, cv=3, n_jobs=n) for n in (1, 2)]
    np.testing.assert_array_equal(*scores)
