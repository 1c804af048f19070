"""Labels of every type go in and come out; class weights act as sample weights."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.utils.class_weight import compute_sample_weight

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.data.targets import Labels

SETTINGS = {"hidden_layer_sizes": 8, "max_iter": 40, "tol": None, "random_state": 0}


def network(**settings):
    return GradientDescentMLPClassifier(**{**SETTINGS, **settings})


@pytest.fixture
def clouds(rng):
    """Three clouds of points that hardly overlap, and the number of each."""
    numbers = np.arange(90) % 3
    X = rng.normal(size=(90, 3)) + 6 * np.eye(3)[numbers]
    return X, numbers


LABELS = {
    "int": [3, 1, 2],
    "negative int": [-1, 0, 1],
    "uint8": np.array([5, 6, 7], np.uint8),
    "float": [0.0, 1.0, 2.0],
    "str": ["dog", "cat", "a rather long word"],
    "bytes-like str": np.array(["b", "a", "c"], dtype="U1"),
    "object": np.array(["x", "y", "z"], dtype=object),
    "bool": [True, False],
    "two ints": [7, -7],
    "two str": ["no", "yes"],
    "two objects": np.array(["no", "yes"], dtype=object),
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("as_list", [False, True], ids=["array", "list"])
def test_labels_come_out_as_they_went_in(kind, as_list, clouds):
    X, numbers = clouds
    names = np.asarray(LABELS[kind])
    rows = numbers < len(names)
    X, y = X[rows], names[numbers[rows]]
    fitted = network().fit(X, y.tolist() if as_list else y)
    predicted = fitted.predict(X)
    assert np.mean(predicted == y) > 0.95
    assert predicted.shape == y.shape
    assert fitted.classes_.tolist() == sorted(names.tolist())
    if not as_list:
        assert predicted.dtype == y.dtype
    p = fitted.predict_proba(X)
    assert p.shape == (len(X), len(names))
    np.testing.assert_array_equal(fitted.classes_[p.argmax(axis=1)], predicted)


def test_a_column_of_labels_is_ravelled_with_a_warning(clouds):
    from sklearn.exceptions import DataConversionWarning

    X, y = clouds
    with pytest.warns(DataConversionWarning, match="column-vector"):
        fitted = network().fit(X, y[:, None])
    assert fitted.predict(X).shape == (90,)


def test_two_classes_have_one_output_neuron(clouds):
    X, y = clouds
    fitted = network().fit(X[y < 2], y[y < 2])
    assert fitted.n_outputs_ == 1
    assert fitted.out_activation_ == "logistic"
    raw = fitted.decision_function(X)
    assert raw.shape == (90,)
    np.testing.assert_array_equal(fitted.predict(X), (raw > 0).astype(int))
    p = fitted.predict_proba(X)
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp(-raw)), rtol=1e-10)
    np.testing.assert_allclose(p.sum(axis=1), 1)


def test_several_classes_have_an_output_neuron_each(clouds):
    fitted = network().fit(*clouds)
    assert fitted.n_outputs_ == 3
    assert fitted.out_activation_ == "softmax"
    assert fitted.decision_function(clouds[0]).shape == (90, 3)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_independent_output_neurons(loss, clouds):
    X, y = clouds
    fitted = network(output_activation="logistic", loss=loss).fit(X, y)
    assert fitted.out_activation_ == "logistic"
    assert fitted.score(X, y) > 0.95
    a = 1 / (1 + np.exp(-fitted.decision_function(X)))
    wanted = a / a.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fitted.predict_proba(X), wanted, rtol=1e-10)


# Several labels a row


@pytest.fixture
def labelled(rng):
    X = rng.normal(size=(200, 5))
    return X, (X[:, :3] > 0).astype(int)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_several_labels_a_row(loss, labelled):
    X, y = labelled
    fitted = network(loss=loss, max_iter=100).fit(X, y)
    assert fitted.predict(X).shape == y.shape
    assert np.mean(fitted.predict(X) == y) > 0.95
    assert fitted.score(X, y) > 0.85
    assert fitted.out_activation_ == "logistic"
    p = fitted.predict_proba(X)
    assert p.shape == y.shape
    np.testing.assert_array_equal(fitted.predict(X), p > 0.5)


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csc_array, np.ndarray.tolist, bool])
def test_indicators_in_any_form(kind, labelled):
    X, y = labelled
    given = y.astype(bool) if kind is bool else kind(y)
    ours, theirs = network().fit(X, given), network().fit(X, y)
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)


def test_each_label_learns_as_if_it_were_alone(labelled):
    """Independent outputs over no hidden layer: each column is a problem of its own."""
    X, y = labelled
    settings = {
        "hidden_layer_sizes": (),
        "loss": "log_loss",
        "solver": "lbfgs",
        "max_iter": 1000,
        "alpha": 0.1,
        "tol": 1e-8,
    }
    together = network(**settings).fit(X, y)
    for k in range(3):
        alone = network(**settings).fit(X, y[:, k])
        np.testing.assert_allclose(
            alone.coefs_[0][:, 0], together.coefs_[0][:, k], atol=1e-3
        )


def test_a_stream_of_several_labels_a_row(labelled):
    X, y = labelled
    stream = network()
    for part in range(4):
        stream.partial_fit(X[part::4], y[part::4])
    assert stream.predict(X).shape == y.shape


def test_another_number_of_labels_is_refused(labelled):
    X, y = labelled
    fitted = network().fit(X, y)
    with pytest.raises(ValueError, match="y has 2 labels a row, but the model has 3"):
        fitted.partial_fit(X, y[:, :2])


def test_class_weight_is_refused_for_several_labels_a_row(labelled):
    with pytest.raises(ValueError, match="sample_weight instead"):
        network(class_weight={0: 2.0}).fit(*labelled)


# Weights


@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0}, {0: 1, 1: 2, 2: 0.5}])
def test_class_weight_is_a_sample_weight(class_weight, clouds):
    X, y = clouds
    X, y = X[20:], np.where(y == 2, 0, y)[20:]
    if isinstance(class_weight, dict):
        class_weight = {k: w for k, w in class_weight.items() if k < 2}
        full = {0: 1.0, 1: 1.0, **class_weight}
    else:
        full = class_weight
    ours = network(class_weight=class_weight).fit(X, y)
    theirs = network().fit(X, y, compute_sample_weight(full, y))
    np.testing.assert_allclose(ours.parameters_, theirs.parameters_, rtol=1e-6)


def test_class_weight_knows_labels_by_their_names(clouds):
    X, y = clouds
    names = np.array(["cat", "dog", "eel"])[y]
    ours = network(class_weight={"dog": 2.0}).fit(X, names)
    theirs = network().fit(X, names, np.where(names == "dog", 2.0, 1.0))
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf, "2", None])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_class_weight_must_be_finite_and_not_negative(method, weight, clouds):
    ours = network(class_weight={1: weight})
    how = {"classes": [0, 1, 2]} if method == "partial_fit" else {}
    with pytest.raises(ValueError, match=r"class_weight=.*0 or more"):
        getattr(ours, method)(*clouds, **how)


def test_class_weight_and_sample_weight_multiply(clouds, rng):
    X, y = clouds
    weights = rng.random(90)
    ours = network(class_weight={1: 2.0}).fit(X, y, weights)
    theirs = network().fit(X, y, weights * np.where(y == 1, 2.0, 1.0))
    np.testing.assert_allclose(ours.parameters_, theirs.parameters_, rtol=1e-6)


def test_class_weight_acts_in_streams(clouds):
    X, y = clouds
    ours = network(class_weight={1: 2.0}).partial_fit(X, y, classes=[0, 1, 2])
    weights = np.where(y == 1, 2.0, 1.0)
    theirs = network().partial_fit(X, y, [0, 1, 2], weights)
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)


def test_weights_favour_what_they_weigh(rng):
    """Two classes in the same place: the predicted share is the weighted one."""
    X, y = np.zeros((400, 1)), np.arange(400) % 2
    fitted = network(max_iter=100, batch_size="full").fit(X, y, 1.0 + 2.0 * y)
    np.testing.assert_allclose(fitted.predict_proba(X)[0], [0.25, 0.75], atol=0.01)


def test_only_the_ratios_of_weights_matter_in_fit(clouds, rng):
    X, y = clouds
    weights = rng.random(90)
    ours, theirs = network().fit(X, y, weights), network().fit(X, y, 1000 * weights)
    np.testing.assert_allclose(ours.parameters_, theirs.parameters_, rtol=1e-6)


def test_weights_are_absolute_in_streams(clouds):
    """Twice the weight is twice the gradient; a stream has no total."""
    X, y = clouds
    plain = {"momentum": 0.0, "alpha": 0.0, "hidden_layer_sizes": (), "max_iter": 5}
    classes = [0, 1, 2]
    start = network(**plain).partial_fit(X, y, classes, np.full(90, 1e-9)).parameters_
    once = network(**plain).partial_fit(X, y, classes).parameters_
    half = network(**plain).partial_fit(X, y, classes, np.full(90, 0.5)).parameters_
    np.testing.assert_allclose(half - start, (once - start) / 2, atol=1e-6)


# Labels


def test_unknown_labels_of_another_type_are_named():
    labels = Labels.learn([1, 2, 3])
    with pytest.raises(ValueError, match=r"\['a'\]; known are \[1, 2, 3\]"):
        labels.encode(np.array(["a"], dtype=object), np.float64)


def test_codes_point_into_the_table():
    labels = Labels.learn(["b", "a", "c", "a"])
    codes, table = labels.encode(["c", "a"], np.float32)
    np.testing.assert_array_equal(table[codes], [[0, 0, 1], [1, 0, 0]])
    assert table.dtype == np.float32
