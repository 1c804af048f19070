"""Validation: held out or given, watched, recorded, and the best given back."""

import numpy as np
import pytest
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier


def network(**settings):
    settings = {"tol": None, "max_iter": 15, "random_state": 0, **settings}
    return GradientDescentMLPClassifier(**settings)


@pytest.fixture
def split(wine):
    X, X_val, y, y_val = train_test_split(*wine, random_state=0, stratify=wine[1])
    return X, y, X_val, y_val


@pytest.fixture
def hard(rng):
    """Random labels: the validation cost rises while the training cost falls."""
    X, y = rng.normal(size=(120, 20)), rng.integers(0, 3, 120)
    return X[:80], y[:80], X[80:], y[80:]


def mean_cost(fitted, X, y):
    """Squared error over all classes, without L2."""
    wanted = y[:, None] == fitted.classes_
    return np.mean(np.sum((fitted.predict_proba(X) - wanted) ** 2, axis=1))


def test_a_given_set_is_watched_and_recorded(split):
    X, y, X_val, y_val = split
    fitted = network().fit(X, y, X_val=X_val, y_val=y_val)
    assert len(fitted.loss_curve_) == fitted.n_iter_ == 15
    assert len(fitted.validation_loss_curve_) == len(fitted.validation_scores_) == 15
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_the_best_parameters_are_given_back(solver, loss, hard):
    X, y, X_val, y_val = hard
    fitted = network(solver=solver, loss=loss, alpha=0.0)
    fitted.fit(X, y, X_val=X_val, y_val=y_val)
    curve = fitted.validation_loss_curve_
    best = int(np.argmin(curve))
    assert best < len(curve) - 1
    shorter = network(solver=solver, loss=loss, alpha=0.0, max_iter=best + 1)
    shorter.fit(X, y)
    np.testing.assert_array_equal(fitted.parameters_, shorter.parameters_)
    if loss == "squared_error":
        assert mean_cost(fitted, X_val, y_val) == pytest.approx(min(curve))
    score = fitted.score(X_val, y_val)
    assert score == pytest.approx(fitted.validation_scores_[best])


def test_the_best_parameters_are_given_back_after_a_warm_start(hard):
    """Also those of the second fit, when it makes nothing better."""
    X, y, X_val, y_val = hard
    given = {"X_val": X_val, "y_val": y_val}
    fitted = network(warm_start=True, loss="squared_error").fit(X, y, **given)
    for _ in range(2):
        fitted.fit(X, y, **given)
        best = min(fitted.validation_loss_curve_)
        assert mean_cost(fitted, X_val, y_val) == pytest.approx(best)


def test_the_best_parameters_are_copies(hard):
    X, y, X_val, y_val = hard
    fitted = network().fit(X, y, X_val=X_val, y_val=y_val)
    kept = fitted.parameters_
    fitted.partial_fit(X, y)
    assert not np.array_equal(kept, fitted.parameters_)
    assert fitted.coefs_[0].base is not None
    assert not np.shares_memory(fitted.coefs_[0], kept)


def test_stops_when_the_validation_cost_has_not_improved(hard):
    X, y, X_val, y_val = hard
    fitted = network(tol=1e-4, n_iter_no_change=4, max_iter=200)
    fitted.fit(X, y, X_val=X_val, y_val=y_val)
    curve = np.array(fitted.validation_loss_curve_)
    assert fitted.n_iter_ < 200
    assert fitted.n_iter_ == np.argmin(curve) + 1 + 4
    assert fitted.loss_curve_[-1] < fitted.loss_curve_[0]


def test_without_validation_there_are_no_curves(split):
    fitted = network().fit(*split[:2])
    assert fitted.validation_loss_curve_ is None
    assert fitted.validation_scores_ is None
    assert fitted.best_validation_score_ is None


def test_early_stopping_holds_rows_out(split, monkeypatch):
    from sklearn_gd.training import fitting

    seen = []
    hold_out = fitting.hold_out
    monkeypatch.setattr(
        fitting, "hold_out", lambda *a: seen.append(hold_out(*a)) or seen[-1]
    )
    X, y, *_ = split
    network(early_stopping=True, validation_fraction=0.2).fit(X, y)
    ((train, held_out),) = seen
    assert len(held_out) == round(0.2 * len(X))
    rows = np.vstack([train.X[train.rows], held_out.X])
    assert np.shares_memory(train.X, X)
    np.testing.assert_array_equal(np.sort(rows, axis=0), np.sort(X, axis=0))
    shares = np.bincount(held_out.codes) / len(held_out)
    np.testing.assert_allclose(shares, np.bincount(y) / len(y), atol=1 / len(held_out))


def test_early_stopping_leaves_a_given_set_alone(split):
    """With X_val nothing is held out: the same fit with and without the switch."""
    X, y, X_val, y_val = split
    fits = [
        network(early_stopping=switch).fit(X, y, X_val=X_val, y_val=y_val)
        for switch in (False, True)
    ]
    np.testing.assert_array_equal(fits[0].parameters_, fits[1].parameters_)


def test_early_stopping_with_several_labels_a_row(rng):
    X = rng.normal(size=(100, 5))
    y = (X[:, :3] > 0).astype(int)
    fitted = network(early_stopping=True).fit(X, y)
    assert len(fitted.validation_loss_curve_) == 15
    assert 0 <= fitted.best_validation_score_ <= 1


def test_early_stopping_with_a_class_of_one_row(split):
    X, y, *_ = split
    y = y.copy()
    y[0] = 9
    fitted = network(early_stopping=True).fit(X, y)
    assert 9 in fitted.classes_


def test_validation_weights_count(split):
    X, y, X_val, y_val = split
    weights = np.r_[np.ones(5), np.zeros(len(y_val) - 5)]
    weighted = network().fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weights)
    only = network().fit(X, y, X_val=X_val[:5], y_val=y_val[:5])
    np.testing.assert_allclose(
        weighted.validation_loss_curve_, only.validation_loss_curve_
    )


def test_rows_without_weight_are_not_held_out(split):
    X, y, *_ = split
    weights = np.zeros(len(y))
    weights[::4] = 1
    fitted = network(early_stopping=True).fit(X, y, weights)
    assert np.isfinite(fitted.validation_loss_curve_).all()


def test_the_validation_set_does_not_change_the_training(split):
    X, y, X_val, y_val = split
    watched = network().fit(X, y, X_val=X_val, y_val=y_val)
    np.testing.assert_array_equal(watched.loss_curve_, network().fit(X, y).loss_curve_)


def test_validation_data_of_another_dtype_and_container(split):
    from scipy.sparse import csr_matrix

    X, y, X_val, y_val = split
    plain = network().fit(X, y, X_val=X_val, y_val=y_val)
    for given in (X_val.tolist(), np.asfortranarray(X_val), csr_matrix(X_val)):
        other = network().fit(X, y, X_val=given, y_val=y_val.tolist())
        np.testing.assert_allclose(
            other.validation_loss_curve_, plain.validation_loss_curve_
        )


def test_max_iter_warns_and_tol_none_does_not(split):
    X, y, *_ = split
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        network(tol=1e-4, max_iter=2).fit(X, y)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network(tol=None, max_iter=2).fit(X, y)


def test_a_pipeline_hands_transformed_validation_data_to_the_network(cancer):
    """The scaler sees X_val as it is, the network sees it scaled."""
    X, X_val, y, y_val = train_test_split(*cancer, random_state=0)
    X, X_val = 1000 * X + 5, 1000 * X_val + 5
    with sklearn.config_context(enable_metadata_routing=True):
        last = network().set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline(
            [("scale", StandardScaler()), ("network", last)], transform_input=["X_val"]
        )
        pipeline.fit(X, y, X_val=X_val, y_val=y_val)
    fitted = pipeline.named_steps["network"]
    scaler = pipeline.named_steps["scale"]
    by_hand = network().fit(
        scaler.transform(X), y, X_val=scaler.transform(X_val), y_val=y_val
    )
    np.testing.assert_array_equal(fitted.parameters_, by_hand.parameters_)
    np.testing.assert_array_equal(
        fitted.validation_loss_curve_, by_hand.validation_loss_curve_
    )
    assert fitted.best_validation_score_ > 0.9


def two_classes(n_first, n_second):
    y = np.repeat([0, 1], [n_first, n_second])
    X = np.random.default_rng(0).standard_normal((len(y), 3)) + y[:, np.newaxis]
    return X, y


def several_labels(n_first, n_second):
    """The second label has n_second rows, the first all others and some of these."""
    X, y = two_classes(n_first, n_second)
    return X, np.column_stack([np.arange(len(y)) < n_first + 20, y])


@pytest.mark.parametrize("make", [two_classes, several_labels])
@pytest.mark.parametrize(
    ("sizes", "alike"), [((900, 100), True), ((901, 98), False), ((500, 480), False)]
)
def test_auto_holds_rows_out_where_there_are_many_of_each_class(make, sizes, alike):
    """It is True or False, bit for bit."""
    models = (
        GradientDescentMLPClassifier(
            4, early_stopping=early_stopping, max_iter=3, tol=None, random_state=0
        ).fit(*make(*sizes))
        for early_stopping in ("auto", alike)
    )
    auto, told = (model.parameters_ for model in models)
    np.testing.assert_array_equal(auto, told)
