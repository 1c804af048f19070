"""sample_weight finds its way through scikit-learn's metadata routing."""

import numpy as np
import pytest
import sklearn
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier


def network():
    return GradientDescentMLPClassifier(8, max_iter=5, tol=None, random_state=0)


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture
def weights(wine, rng):
    return rng.random(len(wine[1]))


def test_fit_gets_the_weights_it_asks_for(wine, weights):
    X, y = wine
    asking = make_pipeline(
        StandardScaler().set_fit_request(sample_weight=False),
        network().set_fit_request(sample_weight=True),
    ).fit(X, y, sample_weight=weights)
    by_hand = network().fit(StandardScaler().fit_transform(X), y, weights)
    np.testing.assert_array_equal(asking[-1].parameters_, by_hand.parameters_)


def test_weights_that_nobody_asked_for_are_an_error(wine, weights):
    pipeline = make_pipeline(
        StandardScaler().set_fit_request(sample_weight=False), network()
    )
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        pipeline.fit(*wine, sample_weight=weights)


@pytest.mark.parametrize("method", ["fit", "partial_fit", "score"])
def test_each_method_has_a_request_of_its_own(method):
    asking = getattr(network(), f"set_{method}_request")(sample_weight=True)
    requests = asking.get_metadata_routing()
    assert getattr(requests, method).requests["sample_weight"] is True
    for other in {"fit", "partial_fit", "score"} - {method}:
        assert getattr(requests, other).requests["sample_weight"] is None


def test_partial_fit_and_classes_are_requests(wine, weights):
    asking = network().set_partial_fit_request(sample_weight=True, classes=True)
    requests = asking.get_metadata_routing().partial_fit.requests
    assert requests == {"sample_weight": True, "classes": True}


def test_validation_data_are_requests():
    asking = network().set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
    requests = asking.get_metadata_routing().fit.requests
    assert {k for k, v in requests.items() if v} == {
        "X_val",
        "y_val",
        "sample_weight_val",
    }


def test_score_is_weighted(wine, weights):
    X, y = wine
    fitted = network().fit(X, y)
    right = fitted.predict(X) == y
    wanted = np.average(right, weights=weights)
    assert fitted.score(X, y, weights) == pytest.approx(wanted)
    scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
    assert scorer(fitted, X, y, sample_weight=weights) == pytest.approx(wanted)


def test_cross_validation_splits_the_weights(wine, weights):
    X, y = wine
    asking = network().set_fit_request(sample_weight=True)
    asking.set_score_request(sample_weight=True)
    result = cross_validate(
        asking,
        X,
        y,
        cv=3,
        params={"sample_weight": weights},
        return_estimator=True,
        return_indices=True,
    )
    for fitted, rows in zip(
        result["estimator"], result["indices"]["train"], strict=True
    ):
        by_hand = network().fit(X[rows], y[rows], weights[rows])
        np.testing.assert_array_equal(fitted.parameters_, by_hand.parameters_)


def test_grid_search_hands_the_weights_on(wine, weights):
    X, y = wine
    search = GridSearchCV(
        network()
        .set_fit_request(sample_weight=True)
        .set_score_request(sample_weight=True),
        {"alpha": [0.0, 1.0]},
        cv=3,
    ).fit(X, y, sample_weight=weights)
    by_hand = network().set_params(**search.best_params_).fit(X, y, weights)
    np.testing.assert_array_equal(
        search.best_estimator_.parameters_, by_hand.parameters_
    )
