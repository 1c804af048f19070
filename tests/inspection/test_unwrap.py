"""Pipelines and searches where a network is expected."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler

from sklearn_gd import (
    CostSurfaceDisplay,
    GradientDescentMLPClassifier,
    GradientDisplay,
    GradientReport,
    LossCurveDisplay,
    SamplesReport,
    WeightsDisplay,
)


class Stateless(TransformerMixin, BaseEstimator):
    """A transformer that learns nothing, and does not say that it is fitted."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X / 10


def network():
    return GradientDescentMLPClassifier(4, max_iter=3, tol=None, random_state=0)


def search(estimator, name):
    return GridSearchCV(estimator, {name: [0.001, 0.01]}, cv=2)


STEPS = {
    "scaler": lambda: make_pipeline(StandardScaler(), network()),
    "alone": lambda: make_pipeline(network()),
    "passthrough": lambda: make_pipeline("passthrough", StandardScaler(), network()),
    "stateless": lambda: make_pipeline(StandardScaler(), Stateless(), network()),
    "nested": lambda: make_pipeline(
        StandardScaler(), make_pipeline(MinMaxScaler(), network())
    ),
    "search": lambda: search(
        make_pipeline(StandardScaler(), network()),
        "gradientdescentmlpclassifier__alpha",
    ),
    "pipeline of search": lambda: make_pipeline(
        StandardScaler(), search(network(), "alpha")
    ),
}


def parts(estimator, X):
    """The network and what it is given, found the slow way."""
    if hasattr(estimator, "best_estimator_"):
        return parts(estimator.best_estimator_, X)
    if not hasattr(estimator, "steps"):
        return estimator, X
    for _, step in estimator.steps[:-1]:
        X = X if step == "passthrough" else step.transform(X)
    return parts(estimator.steps[-1][1], X)


@pytest.fixture(scope="module", params=sorted(STEPS))
def wrapped(request):
    X, y = load_wine(return_X_y=True)
    return STEPS[request.param]().fit(X, y), X, y


def test_the_report_is_that_of_the_network_at_the_end(wrapped):
    estimator, X, y = wrapped
    inner, there = parts(estimator, X)
    report = GradientReport.from_estimator(estimator, X, y)
    np.testing.assert_array_equal(
        report.data_part, inner.explain_gradient(there, y).data_part
    )
    samples = SamplesReport.from_estimator(estimator, X, y)
    np.testing.assert_array_equal(samples.whole, report.data_part)


def frame():
    pytest.importorskip("pandas")
    return load_wine(return_X_y=True, as_frame=True)


def features(estimator, X, y, **options):
    return set(GradientReport.from_estimator(estimator, X, y, **options).by_feature())


def test_features_have_the_names_that_come_out_of_the_steps():
    X, y = frame()
    columns = ["alcohol", "hue"]
    scaled = make_pipeline(StandardScaler(), network()).fit(X, y)
    assert features(scaled, X, y) == set(X.columns)
    reduced = make_pipeline(StandardScaler(), PCA(3), network()).fit(X, y)
    assert features(reduced, X, y) == {"pca0", "pca1", "pca2"}
    chosen = make_pipeline(
        make_column_transformer((StandardScaler(), columns)), network()
    ).fit(X, y)
    assert features(chosen, X, y) == {f"standardscaler__{name}" for name in columns}
    chosen.set_output(transform="pandas").fit(X, y)
    assert features(chosen, X, y) == {f"standardscaler__{name}" for name in columns}


def test_names_can_be_given_where_x_has_none():
    X, y = load_wine(return_X_y=True)
    names = load_wine().feature_names
    scaled = make_pipeline(StandardScaler(), network()).fit(X, y)
    assert features(scaled, X, y) == {f"x{i}" for i in range(13)}
    assert features(scaled, X, y, feature_names=names) == set(names)
    silent = make_pipeline(FunctionTransformer(np.log1p), network()).fit(X, y)
    assert features(silent, X, y) == {f"x{i}" for i in range(13)}
    with pytest.raises(ValueError):
        features(scaled, X, y, feature_names=names[:3])


@pytest.mark.parametrize("name", sorted(STEPS))
def test_what_is_not_fitted_says_so(name):
    X, y = load_wine(return_X_y=True)
    for show in (GradientReport, GradientDisplay, CostSurfaceDisplay):
        with pytest.raises(NotFittedError):
            show.from_estimator(STEPS[name](), X, y)
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(STEPS[name]())
    with pytest.raises(NotFittedError):
        WeightsDisplay.from_estimator(STEPS[name](), (13, 1))


def test_another_model_at_the_end_is_refused_in_words():
    X, y = load_digits(return_X_y=True)
    other = make_pipeline(StandardScaler(), LogisticRegression(max_iter=9000)).fit(X, y)
    with pytest.raises(TypeError, match="GradientDescentMLPClassifier is needed, or a"):
        GradientReport.from_estimator(other, X, y)
    with pytest.raises(TypeError, match="loss_curve_"):
        LossCurveDisplay.from_estimator(other)
    unrefitted = GridSearchCV(network(), {"alpha": [0.1]}, cv=2, refit=False).fit(X, y)
    with pytest.raises(TypeError, match="with refit"):
        GradientReport.from_estimator(unrefitted, X, y)
