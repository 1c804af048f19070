"""Works with its neighbours in the ecosystem as `MLPClassifier` does in its place."""

import re
import warnings
from html import unescape

import numpy as np
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import AdaBoostClassifier, BaggingClassifier, StackingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import DecisionBoundaryDisplay, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, recall_score
from sklearn.model_selection import (
    TunedThresholdClassifierCV,
    cross_val_predict,
    learning_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier

VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])


def ours(**parameters):
    settings = {"hidden_layer_sizes": (10,), "max_iter": 40, "random_state": 0}
    return GradientDescentMLPClassifier(**(settings | parameters))


def theirs(**parameters):
    settings = {
        "hidden_layer_sizes": (10,),
        "learning_rate_init": 0.02,
        "max_iter": 40,
        "random_state": 0,
    }
    return MLPClassifier(**(settings | parameters))


def both(make):
    """What is made of ours and of theirs, in this order."""
    return make(ours()), make(theirs())


def same_kind(result, expected):
    """Two arrays are of one shape and kind, and both finite."""
    assert result.shape == expected.shape
    assert result.dtype.kind == expected.dtype.kind
    if result.dtype.kind == "f":
        assert np.isfinite(result).all()


@pytest.mark.parametrize(
    "make",
    [
        OneVsRestClassifier,
        OneVsOneClassifier,
        lambda net: CalibratedClassifierCV(net, method="sigmoid", cv=3),
        lambda net: CalibratedClassifierCV(net, method="isotonic", cv=3),
        lambda net: BaggingClassifier(net, 3, random_state=0),
        lambda net: BaggingClassifier(net, 3, max_features=0.7, n_jobs=2),
        lambda net: StackingClassifier(
            [("net", net), ("wide", net)], LogisticRegression(), cv=3
        ),
    ],
    ids=[
        "OneVsRest",
        "OneVsOne",
        "sigmoid",
        "isotonic",
        "Bagging",
        "Bagging in 2 processes",
        "Stacking",
    ],
)
def test_in_place_of_mlp_classifier(wine, make):
    X, y = wine
    names = np.array(["a", "b", "c"])[y]
    us, them = (model.fit(X, names) for model in both(make))
    for method in ("predict", "predict_proba", "decision_function"):
        assert hasattr(us, method) >= hasattr(them, method)
        if hasattr(them, method):
            same_kind(getattr(us, method)(X), getattr(them, method)(X))
    assert (
        us.score(X, names) > 0.95 and us.score(X, names) > them.score(X, names) - 0.05
    )


@pytest.mark.skipif(VERSION < (1, 8), reason="temperature scaling is of 1.8")
@pytest.mark.parametrize("n_classes", [2, 10])
def test_temperature_scaling(digits, n_classes):
    X, y = digits[0], digits[1] % n_classes
    model = ours(max_iter=60).fit(X[:900], y[:900])
    held_out = X[900:], y[900:]
    # A positive temperature changes no prediction, and the best one does no harm.
    scaled = CalibratedClassifierCV(FrozenEstimator(model), method="temperature")
    scaled.fit(*held_out)
    p = scaled.predict_proba(held_out[0])
    np.testing.assert_array_equal(p.argmax(axis=1), model.predict(held_out[0]))
    before = log_loss(held_out[1], model.predict_proba(held_out[0]))
    assert log_loss(held_out[1], p) <= before + 1e-6
    fitted = CalibratedClassifierCV(model, method="temperature", cv=3).fit(*held_out)
    assert fitted.score(*held_out) > 0.9


def test_ada_boost_weighs_the_rows(wine):
    """MLPClassifier takes sample weights from scikit-learn 1.7 on only."""
    X, y = wine
    # A network that makes no error would end the boosting at once.
    weak = ours(max_iter=3)
    boosted = AdaBoostClassifier(weak, n_estimators=4, random_state=0).fit(X, y)
    assert boosted.score(X, y) > 0.9
    assert len({tuple(net.parameters_) for net in boosted.estimators_}) > 1


def test_classifier_chain(digits):
    X, y = digits[0][:400], digits[1][:400]
    labels = np.column_stack([y > 4, y % 2, y == 3]).astype(int)
    us, them = (model.fit(X, labels) for model in both(ClassifierChain))
    same_kind(us.predict_proba(X), them.predict_proba(X))
    assert us.score(X, labels) > 0.9


def test_permutation_importance_finds_the_feature_that_matters(rng):
    X = rng.normal(size=(300, 4))
    y = X[:, 2] > 0
    for model in both(lambda net: net.fit(X, y)):
        told = permutation_importance(model, X, y, n_repeats=3, random_state=0)
        assert told.importances_mean.argmax() == 2
        assert told.importances_mean[2] > 0.3


@pytest.mark.parametrize("n_classes", [2, 3])
def test_decision_boundary_display(wine, n_classes):
    matplotlib = pytest.importorskip("matplotlib", reason="needs matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    rows = wine[1] < n_classes
    X, y = wine[0][rows][:, [0, 6]], wine[1][rows]
    displays = [
        DecisionBoundaryDisplay.from_estimator(net.fit(X, y), X, grid_resolution=20)
        for net in (ours(), theirs())
    ]
    responses = [display.response for display in displays]
    plt.close("all")
    same_kind(*responses)


def test_learning_curve(wine):
    for model in (ours(), theirs()):
        sizes, _, scores = learning_curve(
            model, *wine, cv=3, train_sizes=[0.3, 1.0], shuffle=True, random_state=0
        )
        assert sizes[0] < sizes[1] and scores[1].mean() > 0.9
    _, _, scores = learning_curve(
        ours(), *wine, cv=3, train_sizes=[0.3, 1.0], shuffle=True, random_state=0,
        exploit_incremental_learning=True,
    )  # fmt: skip
    assert np.isfinite(scores).all()


def test_tuned_threshold(cancer):
    X, y = cancer
    y = np.where(y == 1, "benign", "malignant")
    for model in (ours(max_iter=5), theirs(max_iter=5)):
        tuned = TunedThresholdClassifierCV(
            model, scoring="balanced_accuracy", response_method="predict_proba", cv=3
        ).fit(X, y)
        assert 0 < tuned.best_threshold_ < 1
        assert recall_score(y, tuned.predict(X), pos_label="malignant") > 0.9


def test_cross_val_predict_in_every_way(wine):
    for method in ("predict", "predict_proba", "predict_log_proba"):
        us, them = both(lambda net, m=method: cross_val_predict(net, *wine, method=m))
        same_kind(us, them)


def test_imblearn_pipelines(cancer):
    pytest.importorskip("imblearn", reason="needs imbalanced-learn")
    from imblearn.ensemble import BalancedBaggingClassifier
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline as imblearn_pipeline

    X, y = cancer
    rows = np.flatnonzero((y == 1) | (np.cumsum(y == 0) <= 20))  # 20 of 377
    X, y = X[rows], y[rows]
    for net in (ours(), theirs()):
        sampled = imblearn_pipeline(RandomOverSampler(random_state=0), net).fit(X, y)
        assert recall_score(y, sampled.predict(X), pos_label=0) > 0.9
        bag = BalancedBaggingClassifier(net, 2, random_state=0).fit(X, y)
        assert bag.score(X, y) > 0.8


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_shap_permutation_explainer(wine):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shap = pytest.importorskip("shap", reason="needs shap")
    X, y = wine
    for net in (ours(), theirs()):
        net.fit(X, y)
        explainer = shap.PermutationExplainer(net.predict_proba, X[:20], seed=0)
        told = explainer(X[:3], silent=True)
        assert told.values.shape == (3, X.shape[1], 3)
        total = told.values.sum(axis=1) + told.base_values
        np.testing.assert_allclose(total, net.predict_proba(X[:3]), atol=1e-6)


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_frames_with_feature_names(wine, package):
    frames = pytest.importorskip(package, reason=f"needs {package}")
    names = [f"f{i}" for i in range(wine[0].shape[1])]
    X = frames.DataFrame({name: wine[0][:, i] for i, name in enumerate(names)})
    y = frames.Series(np.array(["a", "b", "c"])[wine[1]])
    for net in (ours(), theirs()):
        net.fit(X, y)
        assert list(net.feature_names_in_) == names
        assert set(net.predict(X)) == {"a", "b", "c"}
        with pytest.raises(ValueError, match="feature names should match"):
            net.predict(X[names[::-1]])
        with pytest.warns(UserWarning, match="does not have valid feature names"):
            net.predict(wine[0])
    plain = ours().fit(wine[0], np.asarray(y))
    np.testing.assert_array_equal(plain.parameters_, ours().fit(X, y).parameters_)


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_set_output_pipelines(wine, package):
    frames = pytest.importorskip(package, reason=f"needs {package}")
    names = [f"f{i}" for i in range(wine[0].shape[1])]
    X = frames.DataFrame({name: wine[0][:, i] for i, name in enumerate(names)})
    scaler = make_column_transformer(
        (StandardScaler(), names[3:]),
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    for net in (ours(), theirs()):
        pipeline = make_pipeline(scaler, net).set_output(transform=package)
        pipeline.fit(X, wine[1])
        assert list(net.feature_names_in_) == names[3:] + names[:3]
        assert pipeline.score(X, wine[1]) > 0.9


def test_html_diagram_shows_parameters_and_no_link_that_leads_nowhere(wine):
    net = ours(alpha=0.125)
    diagram = unescape(net._repr_html_())
    assert "0.125" in diagram and "alpha" in diagram
    assert "href=" not in diagram
    pipeline = unescape(make_pipeline(StandardScaler(), net)._repr_html_())
    assert "StandardScaler.html" in pipeline  # its steps keep theirs
    assert "sklearn_gd" not in "".join(re.findall('href="(.*?)"', pipeline))
