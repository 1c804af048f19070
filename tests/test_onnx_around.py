"""Networks within scikit-learn's meta-estimators: the same in ONNX, or refused.

sklearn-onnx 301 and 1246: a calibrated classifier was converted without an error and
gave other labels, since its converter asks for raw scores.
"""

import warnings

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier

ort = pytest.importorskip("onnxruntime", reason="needs onnxruntime")
pytest.importorskip("skl2onnx", reason="needs skl2onnx")
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # protobuf's, at import
    import skl2onnx

    import sklearn_gd.onnx  # noqa: F401


@pytest.fixture(scope="module")
def data():
    X, y = load_iris(return_X_y=True)
    noise = np.random.default_rng(0).normal(size=X.shape)
    return (X + 0.5 * noise).astype(np.float32), y


def network():
    return GradientDescentMLPClassifier((8,), max_iter=8, tol=None, random_state=0)


BASES = {
    "network": network,
    "pipeline": lambda: make_pipeline(StandardScaler(), network()),
}
KINDS = {"binary": lambda y: (y == 1).astype(int), "multiclass": lambda y: y}


def stacking(base, **settings):
    others = [("network", base), ("linear", LogisticRegression())]
    return StackingClassifier(others, cv=2, **settings)


def voting(base, how):
    others = [("network", base), ("linear", LogisticRegression())]
    return VotingClassifier(others, voting=how, flatten_transform=False)


SAME = {
    "calibrated": lambda base: CalibratedClassifierCV(base, cv=2),
    "calibrated, one": lambda base: CalibratedClassifierCV(base, cv=2, ensemble=False),
    "bagging": lambda base: BaggingClassifier(base, 3, random_state=0),
    "bagging, features": lambda base: BaggingClassifier(
        base, 3, max_features=0.5, random_state=0
    ),
    "stacking, probabilities": lambda b: stacking(b, stack_method="predict_proba"),
    "stacking, with X": lambda base: stacking(base, passthrough=True),
    "stacking, at the end": lambda base: StackingClassifier(
        [("linear", LogisticRegression())], base, cv=2
    ),
    "one versus rest": OneVsRestClassifier,
    "voting, soft": lambda base: voting(base, "soft"),
}


def run(model, X, options=None):
    graph = skl2onnx.to_onnx(model, X[:1], options=options or {"zipmap": False})
    session = ort.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"X": X})


def check_same(model, X):
    label, probability = run(model, X)
    np.testing.assert_array_equal(label, model.predict(X))
    np.testing.assert_allclose(probability, model.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SAME)
def test_predicts_the_same(data, name, kind, base):
    X, y = data
    check_same(SAME[name](BASES[base]()).fit(X, KINDS[kind](y)), X)


@pytest.mark.parametrize("kind", KINDS)
def test_adaboost_predicts_the_same(data, kind):
    X, y = data
    model = AdaBoostClassifier(network(), n_estimators=3, random_state=0)
    check_same(model.fit(X, KINDS[kind](y)), X)


@pytest.mark.parametrize("base", BASES)
def test_stacked_raw_predictions_are_the_same(data, base):
    X, y = data
    model = stacking(BASES[base](), stack_method="decision_function")
    check_same(model.fit(X, y), X)


@pytest.mark.parametrize("base", BASES)
def test_one_versus_one_predicts_the_same(data, base):
    """skl2onnx gives its labels as a column, and the decision function."""
    X, y = data
    model = OneVsOneClassifier(BASES[base]()).fit(X, y)
    label, decision = run(model, X)
    np.testing.assert_array_equal(label.ravel(), model.predict(X))
    np.testing.assert_allclose(decision, model.decision_function(X), atol=1e-5)
    model.fit(X, KINDS["binary"](y))
    np.testing.assert_array_equal(run(model, X)[0].ravel(), model.predict(X))


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("kind", KINDS)
def test_voting_for_labels_is_the_same(data, kind, base):
    X, y = data
    model = voting(BASES[base](), "hard").fit(X, KINDS[kind](y))
    np.testing.assert_array_equal(run(model, X)[0], model.predict(X))


def test_several_outputs_and_labels_are_the_same(data):
    X, y = data
    model = MultiOutputClassifier(network()).fit(X, np.column_stack([y, y % 2]))
    labels, probabilities = run(model, X)
    np.testing.assert_array_equal(labels, model.predict(X))
    for ours, theirs in zip(probabilities, model.predict_proba(X), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    labels = np.column_stack([y == 1, y == 0, y > 0]).astype(int)
    check_same(OneVsRestClassifier(network()).fit(X, labels), X)


@pytest.mark.parametrize("kind", [*KINDS, "multilabel"])
def test_raw_scores_are_the_decision_function(data, kind):
    X, y = data
    to_labels = {**KINDS, "multilabel": lambda y: np.eye(3, dtype=int)[y]}[kind]
    model = network().fit(X, to_labels(y))
    options = {id(model): {"raw_scores": True, "zipmap": False}}
    label, raw = run(model, X, options)
    np.testing.assert_array_equal(label, model.predict(X))
    wanted = model.decision_function(X)
    wanted = np.column_stack([-wanted, wanted]) if kind == "binary" else wanted
    np.testing.assert_allclose(raw, wanted, atol=1e-5, rtol=1e-5)


def refused():
    for method in ("isotonic", "temperature"):
        yield CalibratedClassifierCV, {"cv": 2, "method": method}, "multiclass"
        yield CalibratedClassifierCV, {"cv": 2, "method": method}, "binary"
    yield stacking, {"stack_method": "predict"}, "binary"
    yield stacking, {"stack_method": "predict"}, "multiclass"
    yield stacking, {"stack_method": "decision_function"}, "binary"


@pytest.mark.parametrize("base", ["network", "pipeline"])
@pytest.mark.parametrize("case", list(refused()), ids=lambda case: f"{case[1:]}")
def test_what_would_come_out_wrong_is_refused(data, case, base):
    make, settings, kind = case
    X, y = data
    try:
        model = make(BASES[base](), **settings).fit(X, KINDS[kind](y))
    except ValueError as error:  # an older scikit-learn
        pytest.skip(str(error))
    with pytest.raises(NotImplementedError, match=r"over a network.* has no ONNX form"):
        run(model, X)


LABELS = {
    "text": np.array(["a", "b", "c"]),
    "gaps": np.array([2, 5, 9]),
    "signs": np.array([-1, 1, 1]),
}


@pytest.mark.parametrize("labels", LABELS)
def test_labels_that_one_versus_one_loses_are_refused(data, labels):
    """Over any estimator skl2onnx tells 0, 1, 2 in place of the labels."""
    X, y = data
    y = LABELS[labels][y]
    for inner in (network(), CalibratedClassifierCV(network(), cv=2)):
        model = OneVsOneClassifier(inner).fit(X, y)
        with pytest.raises(NotImplementedError, match=r"the labels \["):
            run(model, X)
    check_same(network().fit(X, y), X)


def test_a_tuned_threshold_is_refused(data):
    """skl2onnx leaves it out: of 3,000 rows up to 64 had another label."""
    X, y = data
    tuned = TunedThresholdClassifierCV(BaggingClassifier(network(), 2), cv=2)
    with pytest.raises(NotImplementedError, match="best_threshold_"):
        run(tuned.fit(X, y == 1), X)
    check_same(tuned.estimator_, X)


def test_what_skl2onnx_does_not_know_is_refused(data):
    X, y = data
    model = ClassifierChain(network()).fit(X, np.column_stack([y == 1, y > 0]))
    with pytest.raises(RuntimeError, match="ClassifierChain"):
        run(model, X)


def test_estimators_without_a_network_are_converted_as_ever(data):
    X, y = data
    isotonic = CalibratedClassifierCV(LogisticRegression(), cv=2, method="isotonic")
    label, _ = run(isotonic.fit(X, y == 1), X)
    assert len(label) == len(X)
    check_same(make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y), X)
    check_same(stacking(LogisticRegression()).fit(X, y), X)
    tuned = TunedThresholdClassifierCV(LogisticRegression(), cv=2).fit(X, y == 1)
    assert len(run(tuned, X)[0]) == len(X)
