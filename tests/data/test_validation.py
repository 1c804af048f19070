"""Bad input ends in a sentence that names it, before anything has changed."""

import copy

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.activations import ACTIVATIONS
from sklearn_gd.core.losses import LOSSES
from sklearn_gd.core.schedules import SCHEDULES
from sklearn_gd.core.training import SOLVERS
from sklearn_gd.data.validation import check_X

N_FEATURES = 4


@pytest.fixture
def data(rng):
    X = rng.normal(size=(60, N_FEATURES))
    y = np.arange(60) % 3
    X[:, 0] += y
    return X, y


@pytest.fixture
def fitted(data):
    network = GradientDescentMLPClassifier(
        5, max_iter=3, tol=None, random_state=0, warm_start=True
    )
    return network.fit(*data)


def state_of(network):
    """All that a failed call must not change."""
    state = network._model.state
    return (
        network.parameters_.tolist(),
        [vector.tolist() for vector in state.vectors],
        str(state.rng_state),
        copy.copy(state.progress),
        network.t_,
        network.n_iter_,
        list(network.loss_curve_),
        sorted(set(vars(network)) - {"_checked", "_workspace"}),
    )


def refused(network, method, *args, match, error=ValueError, **kwargs):
    """The call raises this error and leaves the network as it was."""
    before = state_of(network)
    with pytest.raises(error, match=match):
        getattr(network, method)(*args, **kwargs)
    assert state_of(network) == before


training = pytest.mark.parametrize("method", ["fit", "partial_fit"])
reading = pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function"]
)


def with_value(X, value):
    X = X.copy()
    X[3, 1] = value
    return X


# X

BAD_X = {
    "NaN": (lambda X: with_value(X, np.nan), "NaN"),
    "infinity": (lambda X: with_value(X, np.inf), "infinity"),
    "minus infinity": (lambda X: with_value(X, -np.inf), "infinity"),
    "both infinities": (lambda X: with_value(with_value(X, np.inf), -np.inf), "infin"),
    "complex": (lambda X: X + 1j, "[Cc]omplex"),
    "one dimension": (lambda X: X[:, 0], "Expected 2D array, got 1D"),
    "three dimensions": (lambda X: X[..., None], "dim 3"),
    "no rows": (lambda X: X[:0], "0 sample"),
    "no features": (lambda X: X[:, :0], "0 feature"),
    "text": (lambda X: np.full(X.shape, "a"), "[Cc]onvert"),
    "dates": (lambda X: X.astype("M8[s]"), r"datetime64\[s\].*convert"),
    "other features": (
        lambda X: np.hstack([X, X]),
        "X has 8 features, but GradientDescentMLPClassifier is expecting 4",
    ),
    "sparse NaN": (lambda X: sp.csr_matrix(with_value(X, np.nan)), "NaN"),
}
each_bad_X = pytest.mark.parametrize("case", BAD_X)


@training
@each_bad_X
def test_bad_X_in_training(method, case, fitted, data):
    if (method, case) == ("partial_fit", "no rows"):
        pytest.skip("an empty part of a stream changes nothing: test_growing")
    spoil, message = BAD_X[case]
    X, y = data
    X = spoil(X)
    refused(fitted, method, X, y[: X.shape[0]], match=message)


@reading
@pytest.mark.parametrize("case", [c for c in BAD_X if c != "no rows"])
def test_bad_X_in_prediction(method, case, fitted, data):
    spoil, message = BAD_X[case]
    refused(fitted, method, spoil(data[0]), match=message)


@training
@pytest.mark.parametrize("case", [c for c in BAD_X if c != "other features"])
def test_bad_X_on_the_first_call_leaves_nothing_behind(method, case, data):
    spoil, message = BAD_X[case]
    X, y = data
    X = spoil(X)
    network = GradientDescentMLPClassifier()
    before = dict(vars(network))
    how = {"classes": [0, 1, 2]} if method == "partial_fit" else {}
    with pytest.raises(ValueError, match=message):
        getattr(network, method)(X, y[: X.shape[0]], **how)
    assert vars(network) == before


@reading
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_values_too_large_for_the_dtype_of_the_model(method, container, data):
    X, y = data
    fitted = GradientDescentMLPClassifier(max_iter=2, tol=None, random_state=0)
    fitted.fit(X.astype(np.float32), y)
    message = r"too large for float32.*float64"
    refused(fitted, method, container(with_value(X, 1e300)), match=message)


def test_no_jobs_at_all(fitted, data):
    fitted.set_params(n_jobs=0)
    refused(fitted, "fit", *data, match=r"'n_jobs' parameter.*Got 0")


# y


@training
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda y: y[:-1], r"inconsistent numbers of samples: \[60, 59\]"),
        (lambda y: y + 0.5, "continuous|not among the classes"),
        (lambda y: np.where(y == 2, 7, y), r"not among the classes: \[7\]"),
        (lambda y: np.where(y == 2, "x", "y"), r"not among the classes: \['x', 'y'\]"),
        (lambda y: np.where(y == 2, np.nan, y), "NaN|nan"),
    ],
    ids=["too short", "continuous", "unknown", "unknown text", "NaN"],
)
def test_bad_y(method, spoil, message, fitted, data):
    X, y = data
    refused(fitted, method, X, spoil(y), match=message)


def test_continuous_y_is_no_classification(data):
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        GradientDescentMLPClassifier().fit(data[0], data[1] + 0.5)


def test_missing_y(fitted, data):
    refused(fitted, "fit", data[0], None, match="y")


# Weights


@training
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.r_[-0.5, np.ones(59)], "negative values, the least is -0.5"),
        (np.r_[np.nan, np.ones(59)], "sample_weight contains NaN"),
        (np.r_[np.inf, np.ones(59)], "sample_weight contains infinity"),
        (np.ones(59), r"shape \(59,\), but X has 60 rows"),
        (np.ones((60, 2)), r"shape \(60, 2\), but X has 60 rows"),
    ],
    ids=["negative", "NaN", "infinite", "too short", "two columns"],
)
def test_bad_weights(method, weights, message, fitted, data):
    refused(fitted, method, *data, sample_weight=weights, match=message)


def test_fit_refuses_weights_that_are_all_zero(fitted, data):
    refused(fitted, "fit", *data, np.zeros(60), match="zero for every row")


def test_partial_fit_learns_nothing_from_weights_that_are_all_zero(fitted, data):
    before = fitted.parameters_
    fitted.partial_fit(*data, sample_weight=np.zeros(60))
    np.testing.assert_array_equal(fitted.parameters_, before)


# Streams


def test_the_first_partial_fit_needs_classes(data):
    with pytest.raises(ValueError, match=r"classes is missing.*classes=\.\.\."):
        GradientDescentMLPClassifier().partial_fit(*data)


def test_later_classes_must_be_the_same(fitted, data):
    refused(fitted, "partial_fit", *data, classes=[0, 1], match=r"\[0, 1, 2\]")


def test_unknown_labels_of_the_first_call_are_named(data):
    network = GradientDescentMLPClassifier()
    with pytest.raises(ValueError, match=r"not among the classes: \[2\]"):
        network.partial_fit(*data, classes=[0, 1])
    assert not hasattr(network, "classes_")


def test_balanced_weights_need_all_data_after_fit_too(data):
    network = GradientDescentMLPClassifier(
        class_weight="balanced", max_iter=2, tol=None
    )
    network.fit(*data)
    refused(network, "partial_fit", *data, match="compute_class_weight")
    network.set_params(class_weight=None).partial_fit(*data)
    network.set_params(class_weight="balanced")
    refused(network, "partial_fit", *data, match="compute_class_weight")


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (3, "classes=3 must be a list"),
        ([[0, 1, 2]], "must be a list"),
        ([], "must be a list"),
    ],
)
def test_bad_classes_are_called_classes(classes, message, data):
    network = GradientDescentMLPClassifier()
    with pytest.raises(ValueError, match=message):
        network.partial_fit(*data, classes=classes)


def test_classes_of_several_labels_a_row_are_the_columns(data):
    X, y = data
    labels = np.eye(3, dtype=int)[y]
    GradientDescentMLPClassifier().partial_fit(X, labels, classes=[0, 1, 2])
    with pytest.raises(ValueError, match=r"y, which has 3 labels a row.*Leave"):
        GradientDescentMLPClassifier().partial_fit(X, labels, classes=[0, 1, 2, 3])


def test_balanced_weights_need_all_data(data):
    network = GradientDescentMLPClassifier(class_weight="balanced")
    with pytest.raises(ValueError, match="compute_class_weight"):
        network.partial_fit(*data, classes=[0, 1, 2])


def test_lbfgs_has_no_partial_fit():
    network = GradientDescentMLPClassifier(solver="lbfgs")
    assert not hasattr(network, "partial_fit")
    assert hasattr(network.set_params(solver="adam"), "partial_fit")


# Another architecture than that of the fitted model

OTHER = [
    {"hidden_layer_sizes": 6},
    {"hidden_layer_sizes": (5, 5)},
    {"hidden_layer_sizes": ()},
    {"activation": "tanh"},
    {"output_activation": "logistic"},
    {"loss": "squared_error"},
]


@training
@pytest.mark.parametrize("other", OTHER, ids=str)
def test_another_architecture_is_refused(method, other, fitted, data):
    fitted.set_params(**other)
    refused(fitted, method, *data, match="not those of the fitted model.*warm_start")


@pytest.mark.parametrize("other", OTHER, ids=str)
def test_fit_without_warm_start_may_change_everything(other, fitted, data):
    fitted.set_params(warm_start=False, **other).fit(*data)
    assert fitted.n_iter_ == 3


# Names and numbers

REGISTRIES = {
    "activation": ACTIVATIONS,
    "loss": LOSSES,
    "solver": SOLVERS,
    "learning_rate_schedule": SCHEDULES,
    "output_activation": {"auto": None, "softmax": None, "logistic": None},
}


@training
@pytest.mark.parametrize("parameter", REGISTRIES)
def test_an_unknown_name_is_answered_with_the_known_ones(
    method, parameter, fitted, data
):
    fitted.set_params(**{parameter: "hinge"})
    before = state_of(fitted)
    with pytest.raises((ValueError, AttributeError)) as caught:
        getattr(fitted, method)(*data)
    message = str(caught.value) + str(caught.value.__cause__)
    assert "hinge" in message
    assert all(name in message for name in REGISTRIES[parameter])
    assert state_of(fitted) == before


def test_an_unknown_name_among_several(fitted, data):
    fitted.set_params(activation=["hinge"])
    refused(fitted, "fit", *data, match=r"'hinge' is unknown; choose one of \['elu'")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("hidden_layer_sizes", 0),
        ("hidden_layer_sizes", (5, 0)),
        ("hidden_layer_sizes", (5, -1)),
        ("hidden_layer_sizes", (2.5,)),
        ("hidden_layer_sizes", [[2, 3]]),
        ("hidden_layer_sizes", "big"),
        ("activation", ["relu", "relu", "relu"]),
        ("learning_rate", -1.0),
        ("learning_rate", np.nan),
        ("learning_rate", "fast"),
        ("batch_size", 0),
        ("batch_size", 2.5),
        ("momentum", 1.0),
        ("beta_1", 1.0),
        ("beta_2", -0.1),
        ("epsilon", 0.0),
        ("alpha", -1e-3),
        ("dropout", 1.0),
        ("max_iter", 0),
        ("tol", -1.0),
        ("n_iter_no_change", 0),
        ("validation_fraction", 1.0),
        ("class_weight", "heavy"),
        ("class_weight", {5: 2.0}),
        ("random_state", "luck"),
    ],
)
def test_a_parameter_out_of_range_is_named(parameter, value, fitted, data):
    fitted.set_params(**{parameter: value})
    refused(fitted, "fit", *data, match=parameter)


def test_softmax_needs_several_classes(fitted, data):
    X, y = data
    network = GradientDescentMLPClassifier(output_activation="softmax")
    with pytest.raises(ValueError, match="does not fit binary targets"):
        network.fit(X, y == 1)


def test_a_network_too_large_for_the_machine(data):
    network = GradientDescentMLPClassifier((10**7, 10**7))
    with pytest.raises(ValueError, match=r"parameters.*GiB.*smaller"):
        network.fit(*data)


# Validation sets


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"X_val": np.zeros((2, 4))}, "y_val is missing"),
        ({"y_val": [0, 1]}, "X_val is missing"),
        ({"sample_weight_val": [1, 1]}, "needs both X_val and y_val"),
        ({"X_val": np.zeros((2, 4)), "y_val": [0, 9]}, r"y_val.*classes: \[9\]"),
        ({"X_val": np.zeros((2, 3)), "y_val": [0, 1]}, r"X_val.*3 features"),
        ({"X_val": np.full((2, 4), np.nan), "y_val": [0, 1]}, r"X_val.*NaN"),
        ({"X_val": np.zeros((2, 4)), "y_val": [0]}, "inconsistent"),
        (
            {
                "X_val": np.zeros((2, 4)),
                "y_val": [0, 1],
                "sample_weight_val": np.zeros(2),
            },
            "sample_weight_val is zero for every row",
        ),
        (
            {
                "X_val": np.zeros((2, 4)),
                "y_val": [0, 1],
                "sample_weight_val": [-1, 1],
            },
            "negative",
        ),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_bad_validation_sets(kwargs, message, fitted, data):
    refused(fitted, "fit", *data, match=message, **kwargs)


# The short way through the checks


SHORT_OR_LONG = {
    "float64": lambda X: X,
    "float32": lambda X: X.astype(np.float32),
    "float16": lambda X: X.astype(np.float16),
    "int64": lambda X: (10 * X).astype(int),
    "bool": lambda X: X > 0,
    "object": lambda X: X.astype(object),
    "Fortran order": np.asfortranarray,
    "strided": lambda X: np.repeat(X, 2, axis=0)[::2],
    "list": lambda X: X.tolist(),
    "sum overflows": lambda X: np.full((60, 4), 1.7e308),
    "sum is zero": lambda X: np.tile([1e308, -1e308, 1e308, -1e308], (60, 1)),
    "CSR": sp.csr_matrix,
    "subclass": lambda X: X.view(np.matrix),
    **{name: spoil for name, (spoil, _) in BAD_X.items()},
}


# scikit-learn's own sum warns where infinities of both signs meet.
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("case", SHORT_OR_LONG)
def test_the_short_way_accepts_what_the_long_way_accepts(case, fitted, data):
    """The same array or the same error, from scikit-learn's checks and from ours."""
    X = SHORT_OR_LONG[case](data[0])

    def outcome(network):
        try:
            checked = check_X(network, X)
        except (ValueError, TypeError) as error:
            return type(error), str(error)
        dense = checked.toarray() if sp.issparse(checked) else checked
        return type(checked), checked.dtype, dense.tolist()

    class Long(GradientDescentMLPClassifier):
        """Goes the long way, for which names of None are no names."""

    Long.__name__ = "GradientDescentMLPClassifier"
    patient = Long()
    patient.n_features_in_ = N_FEATURES
    patient.feature_names_in_ = None
    assert outcome(fitted) == outcome(patient)


def test_feature_names_are_compared(data):
    pandas = pytest.importorskip("pandas", reason="feature names need pandas")
    X = pandas.DataFrame(data[0], columns=list("abcd"))
    network = GradientDescentMLPClassifier(5, max_iter=2, tol=None).fit(X, data[1])
    assert network.feature_names_in_.tolist() == list("abcd")
    refused(network, "predict", X[list("dcba")], match="feature names")
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        network.predict(data[0])


@reading
def test_prediction_before_fit(method, data):
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(GradientDescentMLPClassifier(), method)(data[0])


@pytest.mark.parametrize("make", [np.asarray, sp.csr_matrix, sp.coo_matrix])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_infinities_of_both_signs_are_refused_without_a_warning(data, make, dtype):
    # scikit-learn's own check takes their sum, and NumPy warns of it.
    X, y = data
    model = GradientDescentMLPClassifier(5, max_iter=1, tol=None)
    model.fit(make(X.astype(dtype)), y)
    bad = X.astype(dtype)
    bad[0, 0], bad[1, 1] = np.inf, -np.inf
    for call in (
        lambda X: model.fit(X, y),
        lambda X: model.partial_fit(X, y),
        lambda X: model.cost(X, y),
        model.predict,
        model.predict_proba,
        model.activations,
    ):
        with pytest.raises(ValueError, match="infinity"):
            call(make(bad))
    with pytest.raises(ValueError, match="infinity"):
        model.fit(make(X), np.resize([np.inf, -np.inf, 1.0], len(y)))
    with pytest.raises(ValueError, match="infinity"):
        model.parameters_ = np.resize([np.inf, -np.inf], model.n_parameters_)


def test_weights_that_the_units_of_X_make_infinite_are_refused(data):
    X, y = data
    X = (X * 1e30).astype(np.float32)
    model = GradientDescentMLPClassifier(5, max_iter=1, tol=None).fit(X, y)
    before = state_of(model)
    with pytest.raises(ValueError, match="weights of the first layer overflow"):
        model.parameters_ = np.full(model.n_parameters_, 1e10)
    assert state_of(model) == before
    model.set_params(init=np.full(model.n_parameters_, 1e10))
    for call in (
        model.fit,
        clone(model).fit,
        lambda *a: clone(model).partial_fit(*a, [0, 1, 2]),
    ):
        with pytest.raises(ValueError, match="weights of the first layer overflow"):
            call(X, y)
    assert state_of(model) == before
