"""`fit(X, y, classes=...)`: classes that the rows lack have columns all the same."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import config_context
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import KFold, cross_val_predict

from sklearn_gd import GradientDescentMLPClassifier

NAMES = ["a", "b", "c", "d"]


@pytest.fixture
def rows():
    X, y = load_iris(return_X_y=True)
    return X, np.array(["a", "c", "d"])[y]


def network(**settings):
    return GradientDescentMLPClassifier(
        6, **{"batch_size": 20, "max_iter": 10, "random_state": 0, **settings}
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"loss": "squared_error"},
        {"output_activation": "logistic"},
        {"solver": "adam", "average": False, "max_iter": 60},
        {"solver": "lbfgs"},
        {"early_stopping": True},
        {"class_weight": "balanced"},
        {"class_weight": {"a": 1, "b": 5, "c": 2, "d": 1}},
    ],
    ids=str,
)
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array])
def test_a_class_without_rows_has_a_column_and_little_probability(
    convert, settings, rows
):
    X, y = rows
    weights = np.arange(len(y)) % 3
    model = network(**settings).fit(convert(X), y, weights, classes=NAMES[::-1])
    assert model.classes_.tolist() == NAMES
    p = model.predict_proba(convert(X))
    assert p.shape == (len(y), 4)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert 0 < p[:, 1].mean() < 0.15
    assert np.mean(model.predict(convert(X)) == y) > 0.6
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(convert(X)), p)
    if settings.get("solver") != "lbfgs" and settings.get("class_weight") != "balanced":
        again.partial_fit(convert(X[:2]), ["b", "b"])


def test_the_classes_of_y_announced_change_no_bit(rows):
    X, y = rows
    ours = network().fit(X, y, classes=np.unique(y))
    np.testing.assert_array_equal(ours.parameters_, network().fit(X, y).parameters_)


def test_one_class_in_y_is_not_alone(rows):
    X, _ = rows
    model = network().fit(X, ["b"] * len(X), classes=["a", "b"])
    assert model.predict_proba(X).shape == (len(X), 2)
    assert set(model.predict(X)) == {"b"}


def test_fit_equals_a_stream_that_was_told_the_same_classes(rows):
    X, y = rows
    settings = {"tol": None, "average": False, "alpha": 0.001}
    fitted = network(**settings).fit(X, y, classes=NAMES)
    stream = network(**settings)
    for _ in range(10):
        stream.partial_fit(X, y, classes=NAMES)
    np.testing.assert_array_equal(fitted.parameters_, stream.parameters_)


def test_validation_rows_may_hold_a_class_that_the_others_lack(rows):
    X, y = rows
    y_val = np.where(np.arange(len(y)) % 10, y, "b")
    model = network().fit(X, y, classes=NAMES, X_val=X, y_val=y_val)
    assert np.isfinite(model.validation_loss_curve_).all()
    with pytest.raises(ValueError, match=r"not among the classes: \['b'\]"):
        network().fit(X, y, X_val=X, y_val=y_val)


def test_a_warm_start_may_announce_more(rows):
    X, y = rows
    model = network(warm_start=True).fit(X, y)
    before = model.score(X, y)
    model.set_params(learning_rate=0.0).fit(X, y, classes=NAMES)
    assert model.classes_.tolist() == NAMES
    assert model.score(X, y) == before
    with pytest.raises(ValueError, match="and some more"):
        model.fit(X, y, classes=NAMES[:3])
    assert model.classes_.tolist() == NAMES


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["a", "b", "c"], r"classes: \['d'\]; known are \['a', 'b', 'c'\]"),
        (3, "classes=3 must be a list of all the labels, such as"),
        ([], "must be a list of all the labels"),
        ([["a", "b", "c", "d"]], "must be a list of all the labels"),
        (["a", "c", "d", None], "classes"),
        ([1, 2, 3], "not among the classes"),
    ],
    ids=str,
)
def test_bad_classes_are_refused_before_anything_changes(classes, message, rows):
    X, y = rows
    model = network().fit(X, y)
    before = pickle.dumps(model)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y, classes=classes)
    with pytest.raises(ValueError, match=f"{message}|and some more"):
        model.partial_fit(X, y, classes=classes)
    assert pickle.dumps(model) == before


def test_several_labels_a_row_have_the_numbers_of_their_columns():
    X, y = make_multilabel_classification(40, 5, n_classes=3, random_state=0)
    told = network().fit(X, y, classes=range(3))
    np.testing.assert_array_equal(told.parameters_, network().fit(X, y).parameters_)
    with pytest.raises(ValueError, match="numbers of the columns"):
        network().fit(X, y, classes=range(4))


def test_folds_and_bags_agree_on_their_columns(rows):
    X, y = rows
    parts = [y != "a", y != "c", y != "d"]
    models = [network().fit(X[part], y[part], classes=NAMES) for part in parts]
    shapes = {model.predict_proba(X).shape for model in models}
    assert shapes == {(len(y), 4)}


def test_folds_that_lack_a_class_predict_it_with_little_probability(rows):
    X, y = rows
    told = {"method": "predict_proba", "cv": KFold(3)}
    with pytest.warns(RuntimeWarning, match="Number of classes in training fold"):
        cross_val_predict(network(), X, y, **told)
    # Each fold lacks a class of its own; scikit-learn numbers the classes.
    p = cross_val_predict(network(), X, y, params={"classes": range(3)}, **told)
    assert p.shape == (len(y), 3)
    assert 0 < p.min()
    np.testing.assert_allclose(p.sum(axis=1), 1)


def test_bags_that_lack_a_class_agree(rows):
    X, y = rows
    with config_context(enable_metadata_routing=True):
        member = network().set_fit_request(classes=True)
        bags = BaggingClassifier(member, 4, max_samples=4, random_state=0)
        bags.fit(X, y, classes=np.arange(3))  # bagging numbers the classes
    assert {len(m.classes_) for m in bags.estimators_} == {3}
    assert bags.predict_proba(X).shape == (len(y), 3)


def test_an_empty_frame_is_a_part_of_a_stream_and_has_an_empty_answer(rows):
    pandas = pytest.importorskip("pandas")
    X, y = rows
    X = pandas.DataFrame(X, columns=["k", "l", "m", "n"])
    model = network().fit(X, y)
    before = pickle.dumps(model)
    model.partial_fit(X[:0], y[:0])
    assert pickle.dumps(model) == before
    assert model.predict(X[:0]).shape == (0,)
    assert model.predict_proba(X[:0]).shape == (0, 3)
    with pytest.raises(ValueError, match="feature names"):
        model.partial_fit(X[:0].rename(columns={"k": "o"}), y[:0])
