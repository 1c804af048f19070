"""Conversion to ONNX: what ONNX Runtime predicts is what the estimator predicts."""

import dataclasses
import importlib
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.activations import ACTIVATIONS, Logistic
from sklearn_gd.core.losses import LINKS

ort = pytest.importorskip("onnxruntime", reason="needs onnxruntime")
pytest.importorskip("skl2onnx", reason="needs skl2onnx")
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # protobuf's, at import
    import skl2onnx

    import sklearn_gd.onnx

TENSORS = {"zipmap": False}
TARGETS = {
    "binary": lambda y: y > 4,
    "multiclass": lambda y: y,
    "multilabel": lambda y: np.column_stack([y > 4, y % 2, y == 7]).astype(int),
}


def fitted(X, y, **parameters):
    settings = {"hidden_layer_sizes": (12, 8), "max_iter": 10, "random_state": 0}
    return GradientDescentMLPClassifier(**(settings | parameters)).fit(X, y)


def run(model, X, options=TENSORS):
    graph = skl2onnx.to_onnx(model, X[:1], options={id(model): options})
    session = ort.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"X": X})


def agrees(model, X):
    label, probability = run(model, X)
    np.testing.assert_array_equal(label, model.predict(X))
    np.testing.assert_allclose(probability, model.predict_proba(X), atol=1e-5)
    return label, probability


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_predicts_the_same_for_every_activation(digits, activation, kind):
    X, y = digits
    model = fitted(X, TARGETS[kind](y), activation=activation)
    _, probability = agrees(model, X.astype(np.float32))
    assert probability.dtype == np.float32


@pytest.mark.parametrize(
    ("kind", "output"), [(kind, output) for kind in LINKS for output in LINKS[kind]]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predicts_the_same_for_every_output_kind(digits, kind, output, dtype):
    X, y = digits
    y = TARGETS[kind](y)
    model = fitted(X.astype(dtype), y, output_activation=output, loss="log_loss")
    agrees(model, X.astype(np.float32))


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.bool_])
def test_takes_other_numbers(digits, dtype):
    X, y = digits
    X = (X * 16).astype(dtype)
    agrees(fitted(X / 16.0, y), X)


def test_predicts_the_same_far_out(digits):
    """Raw predictions of some hundreds: no overflow, and no loss of precision."""
    X, y = digits
    for output in LINKS["multiclass"]:
        model = fitted(X, y, output_activation=output, max_iter=30)
        _, probability = agrees(model, (1000 * X).astype(np.float32))
        assert np.isfinite(probability).all()


@pytest.mark.parametrize(
    "name",
    [
        lambda k: f"digit {k}",
        lambda k: ["null", "één", "zwei"][k % 3],
        lambda k: -5 * k,
        float,
        lambda k: k > 4,
    ],
    ids=["text", "accents", "negative", "whole floats", "bool"],
)
@pytest.mark.parametrize("dtype", [None, object])
def test_labels_come_back_as_they_are(digits, name, dtype):
    X, y = digits
    labels = [name(k) for k in y.tolist()]
    y = np.array(labels, dtype=dtype if isinstance(labels[0], str) else None)
    agrees(fitted(X, y), X.astype(np.float32))


def test_converts_in_a_pipeline_with_a_scaler(wine):
    X = (100 * wine[0] + 7).astype(np.float32)
    model = make_pipeline(
        StandardScaler(),
        GradientDescentMLPClassifier((10,), max_iter=20, random_state=0),
    ).fit(X, wine[1])
    graph = skl2onnx.to_onnx(model, X[:1], options={"zipmap": False})
    session = ort.InferenceSession(graph.SerializeToString())
    label, probability = session.run(None, {"X": X})
    np.testing.assert_array_equal(label, model.predict(X))
    np.testing.assert_allclose(probability, model.predict_proba(X), atol=1e-5)


def test_converts_without_hidden_layer_and_with_dropout(digits):
    X, y = digits
    agrees(fitted(X, y, hidden_layer_sizes=()), X.astype(np.float32))
    agrees(fitted(X, y, dropout=0.3), X.astype(np.float32))


def test_gives_dicts_by_default_as_skl2onnx_does(wine):
    X, y = wine[0].astype(np.float32), wine[1]
    model = fitted(X, np.array(["red", "rosé", "white"])[y])
    _, rows = run(model, X, options={})
    expected = model.predict_proba(X)
    assert [list(row) for row in rows] == [["red", "rosé", "white"]] * len(X)
    np.testing.assert_allclose([list(r.values()) for r in rows], expected, atol=1e-5)


def test_any_number_of_rows(wine):
    X, y = wine[0].astype(np.float32), wine[1]
    graph = skl2onnx.to_onnx(fitted(X, y), X[:1], options=TENSORS)
    session = ort.InferenceSession(graph.SerializeToString())
    for n_rows in (0, 1, 7):
        label, probability = session.run(None, {"X": X[:n_rows]})
        assert label.shape == (n_rows,) and probability.shape == (n_rows, 3)


def test_every_activation_and_link_has_a_form():
    links = {type(link) for kind in LINKS.values() for link in kind.values()}
    assert set(sklearn_gd.onnx.LINKS) >= links
    assert set(sklearn_gd.onnx.ACTIVATIONS) >= {type(a) for a in ACTIVATIONS.values()}


@dataclasses.dataclass(frozen=True)
class Own(Logistic):
    """Derived from one that has a form, but perhaps another function."""


def test_says_that_an_own_activation_has_no_form_and_takes_one(wine, monkeypatch):
    X, y = wine[0].astype(np.float32), wine[1]
    model = fitted(X, y, activation=Own())
    with pytest.raises(
        NotImplementedError, match=r"Own\(\) has no ONNX form.*converts"
    ):
        run(model, X)
    monkeypatch.setattr(sklearn_gd.onnx, "ACTIVATIONS", {**sklearn_gd.onnx.ACTIVATIONS})

    @sklearn_gd.onnx.converts(sklearn_gd.onnx.ACTIVATIONS, Own)
    def own(nodes, activation, z):
        return nodes.add("Sigmoid", z)

    agrees(model, X)


def test_the_entry_for_the_activation_of_the_tutorial(wine, monkeypatch):
    tutorials = Path(__file__).parent.parent / "docs" / "extending"
    if not tutorials.exists():
        pytest.skip("the tutorials are not beside the tests")
    monkeypatch.syspath_prepend(str(tutorials))
    Softsign = importlib.import_module("own_activation").Softsign
    monkeypatch.setattr(sklearn_gd.onnx, "ACTIVATIONS", {**sklearn_gd.onnx.ACTIVATIONS})

    @sklearn_gd.onnx.converts(sklearn_gd.onnx.ACTIVATIONS, Softsign)
    def softsign(nodes, activation, z):
        """z / (1 + |z|)"""
        return nodes.add("Div", z, nodes.add("Add", nodes.add("Abs", z), 1.0))

    X, y = wine[0].astype(np.float32), wine[1]
    agrees(fitted(X, y, activation=Softsign()), X)


def test_says_what_else_cannot_be_converted(wine):
    X, y = wine[0].astype(np.float32), wine[1]
    with pytest.raises(NotFittedError):
        run(GradientDescentMLPClassifier(), X)
    with pytest.raises(NotImplementedError, match="give numbers"):
        skl2onnx.convert_sklearn(
            fitted(X, y),
            initial_types=[("X", skl2onnx.common.data_types.StringTensorType([None]))],
            options=TENSORS,
        )


@pytest.mark.parametrize("n_present", [1, 2, 3])
def test_classes_that_are_announced_have_columns(wine, n_present):
    X, y = (a[wine[1] < n_present] for a in wine)
    model = GradientDescentMLPClassifier(8, max_iter=10, random_state=0)
    model.fit(X, y, classes=range(4))
    agrees(model, X)
    assert run(model, X)[1].shape == (len(X), 4)
    grown = model.partial_fit(X[:5], np.full(5, 4), classes=range(5))
    agrees(grown, X)
