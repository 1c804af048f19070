"""Searches for settings: the recipes of the page on search, and what they rest on."""

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier


def classifier(**parameters):
    settings = {"hidden_layer_sizes": (8,), "max_iter": 20, "random_state": 0}
    return GradientDescentMLPClassifier(**(settings | parameters))


def pipeline(**parameters):
    return Pipeline([("scale", StandardScaler()), ("net", classifier(**parameters))])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search_ranks_by_cross_validation(wine, n_jobs):
    X, y = wine
    grid = {
        "net__learning_rate": [1e-6, 0.1],
        "net__loss": ["squared_error", "log_loss"],
    }
    search = GridSearchCV(pipeline(), grid, cv=3, n_jobs=n_jobs).fit(X, y)
    assert search.best_params_["net__learning_rate"] == 0.1
    for params, mean in zip(
        search.cv_results_["params"],
        search.cv_results_["mean_test_score"],
        strict=True,
    ):
        alone = cross_val_score(pipeline().set_params(**params), X, y, cv=3)
        assert mean == alone.mean()
    np.testing.assert_array_equal(
        search.predict(X),
        pipeline().set_params(**search.best_params_).fit(X, y).predict(X),
    )


def test_random_search_draws_widths_and_rates(wine):
    settings = {
        "net__hidden_layer_sizes": randint(4, 40),
        "net__learning_rate": loguniform(1e-2, 1.0),
        "net__alpha": loguniform(1e-6, 1e-2),
        "net__activation": ["relu", "tanh", "gelu"],
    }
    search = RandomizedSearchCV(
        pipeline(), settings, n_iter=6, cv=3, random_state=0
    ).fit(*wine)
    assert search.best_score_ > 0.9
    best = search.best_estimator_["net"]
    assert best.coefs_[0].shape[1] == search.best_params_["net__hidden_layer_sizes"]
    widths = {p["net__hidden_layer_sizes"] for p in search.cv_results_["params"]}
    assert len(widths) > 1


@pytest.mark.parametrize("kind", [HalvingGridSearchCV, HalvingRandomSearchCV])
def test_halving_spends_epochs(wine, kind):
    candidates = {"net__learning_rate": [1e-5, 1e-4, 0.03, 0.1]}
    more = {"n_candidates": 4} if kind is HalvingRandomSearchCV else {}
    search = kind(
        pipeline(tol=None),
        candidates,
        resource="net__max_iter",
        min_resources=5,
        max_resources=20,
        factor=2,
        cv=3,
        random_state=0,
        **more,
    ).fit(*wine)
    assert search.n_resources_ == [5, 10, 20]
    assert search.n_candidates_ == [4, 2, 1]
    assert search.best_params_["net__learning_rate"] >= 0.03
    assert search.best_estimator_["net"].n_iter_ == 20


def test_a_short_fit_is_the_beginning_of_a_long_one(wine):
    """What halving rests on: fewer epochs tell of more, with a constant rate."""
    short, long = (classifier(max_iter=n, tol=None).fit(*wine) for n in (5, 10))
    assert short.loss_curve_ == long.loss_curve_[:5]


@pytest.fixture
def optuna():
    optuna = pytest.importorskip("optuna", reason="needs optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def study_of(optuna):
    """Trials of known rates; after two of them a bad one is given up at once."""
    study = optuna.create_study(
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2),
        sampler=optuna.samplers.RandomSampler(seed=0),
    )
    for rate in (0.1, 0.2, 1e-6):
        study.enqueue_trial({"learning_rate": rate})
    return study


def states(study):
    return [trial.state.name for trial in study.trials]


def test_optuna_prunes_with_partial_fit(optuna, wine):
    X, X_val, y, y_val = train_test_split(*wine, random_state=0)

    def objective(trial):
        net = classifier(learning_rate=trial.suggest_float("learning_rate", 1e-6, 1))
        for epoch in range(15):
            net.partial_fit(X, y, classes=np.unique(y))
            trial.report(net.score(X_val, y_val), epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return net.score(X_val, y_val)

    study = study_of(optuna)
    study.optimize(objective, n_trials=3)
    assert states(study) == ["COMPLETE", "COMPLETE", "PRUNED"]
    assert study.best_params["learning_rate"] >= 0.1 and study.best_value > 0.9


class Prune:
    """Reports the validation score of each epoch, and stops a hopeless trial."""

    def __init__(self, trial):
        self.trial, self.pruned = trial, False

    def setup(self, estimator, context):
        """Nothing to do."""

    def teardown(self, estimator, context):
        """Nothing to do."""

    def on_fit_task_begin(self, estimator, context):
        """Nothing to do."""

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name != "epoch":
            return False
        self.trial.report(fitted_estimator.validation_scores_[-1], context.task_id)
        self.pruned = self.trial.should_prune()
        return self.pruned


def test_optuna_prunes_through_a_callback(optuna, wine):
    pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9 or newer")
    X, X_val, y, y_val = train_test_split(*wine, random_state=0)

    def objective(trial):
        rate = trial.suggest_float("learning_rate", 1e-6, 1)
        prune = Prune(trial)
        net = classifier(learning_rate=rate).set_callbacks(prune)
        net.fit(X, y, X_val=X_val, y_val=y_val)
        if prune.pruned:
            raise optuna.TrialPruned
        return net.best_validation_score_

    study = study_of(optuna)
    study.optimize(objective, n_trials=3)
    assert states(study) == ["COMPLETE", "COMPLETE", "PRUNED"]
    assert len(study.trials[2].intermediate_values) < 20
    assert study.best_value > 0.9
