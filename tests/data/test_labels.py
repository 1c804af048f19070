"""Labels × missing values × containers, and what a class_weight dict may name."""

import datetime

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TimeSeriesSplit, cross_val_score
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier

from sklearn_gd import GradientDescentMLPClassifier

N = 30
LARGE = 2**53


def network(**settings):
    settings = {"max_iter": 2, "tol": None, "random_state": 0, **settings}
    return GradientDescentMLPClassifier((4,), **settings)


@pytest.fixture
def X(rng):
    return rng.standard_normal((N, 2))


@pytest.fixture
def pandas():
    return pytest.importorskip("pandas", reason="reads its series")


@pytest.fixture
def polars():
    return pytest.importorskip("polars", reason="reads its series")


VALUES = {
    "int": [3, 1, 2],
    "float": [1.0, 2.0, 0.0],
    "bool": [True, False],
    "text": ["yes", "no", "maybe"],
    "date": [datetime.datetime(2020, 1, day) for day in (3, 1, 2)],
}
NUMPY = {
    "list": lambda values: values,
    "tuple": tuple,
    "object": lambda values: np.array(values, dtype=object),
}
PANDAS = {
    "int": ["Int64", "category", object],
    "float": ["Float64", "float64", "category", object],
    "bool": ["boolean", "category", object],
    "text": ["str", "string", "category", object],
    "date": ["datetime64[s]", "datetime64[us]", "datetime64[ns]"],
}


def repeated(kind):
    return (VALUES[kind] * N)[:N]


def missing_refused(X, y, whole):
    """In fit, partial_fit and as y_val, by name and with warnings as errors."""
    with pytest.raises(ValueError, match="Input y contains NaN"):
        network().fit(X, y)
    fitted = network().fit(X, whole)
    with pytest.raises(ValueError, match="Input y contains NaN"):
        fitted.partial_fit(X, y)
    with pytest.raises(ValueError, match=r"y_val: Input y contains NaN"):
        network().fit(X, whole, X_val=X, y_val=y)


@pytest.mark.parametrize("missing", [None, np.nan, np.float32("nan"), "NA", "NaT"])
@pytest.mark.parametrize("kind", ["int", "float", "bool", "text"])
@pytest.mark.parametrize("container", NUMPY)
def test_missing_labels_are_named(container, kind, missing, X, pandas):
    """scikit-learn #30338 and #29929: an error about '<', a warning of a cast."""
    missing = getattr(pandas, missing) if isinstance(missing, str) else missing
    values = repeated(kind)
    whole = np.array(values)
    values[4] = missing
    missing_refused(X, NUMPY[container](values), whole)


@pytest.mark.parametrize(
    ("kind", "dtype"), [(kind, dtype) for kind in PANDAS for dtype in PANDAS[kind]]
)
def test_missing_labels_of_pandas(kind, dtype, X, pandas):
    if dtype == "str" and int(pandas.__version__.split(".")[0]) < 3:
        pytest.skip("has no missing text of this dtype")
    whole = pandas.Series(repeated(kind), dtype=dtype)
    network().fit(X, whole.to_numpy() if dtype is object and kind == "int" else whole)
    holed = whole.copy()
    holed[4] = None
    missing_refused(X, holed, whole)


@pytest.mark.parametrize("kind", VALUES)
def test_missing_labels_of_polars(kind, X, polars):
    whole = polars.Series(repeated(kind))
    values = repeated(kind)
    values[4] = None
    missing_refused(X, polars.Series(values), whole)


def test_missing_dates_of_numpy(X):
    whole = np.array(repeated("date"), dtype="datetime64[D]")
    holed = whole.copy()
    holed[4] = "NaT"
    missing_refused(X, holed, whole)


def test_missing_among_several_labels_a_row(X, pandas):
    Y = (X > 0).astype(int)
    for dtype in (float, object):
        holed = Y.astype(dtype)
        holed[3, 1] = np.nan
        missing_refused(X, holed, Y)
    holed = pandas.DataFrame(Y).astype("Int64")
    holed.iloc[3, 1] = pandas.NA
    missing_refused(X, holed, Y)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_labels_are_named(value, X):
    y = np.arange(N) % 3 * 1.0
    y[4] = value
    with pytest.raises(ValueError, match="Input y contains infinity"):
        network().fit(X, y)


def test_labels_without_a_common_order(X):
    y = np.array(["a", 1, 2] * 10, dtype=object)
    with pytest.raises(ValueError, match=r"no common order, \['int', 'str'\]"):
        network().fit(X, y)


def test_rows_of_several_numbers_of_labels(X):
    ragged = [[1, 2], [0]] * 15
    with pytest.raises(ValueError, match="legacy multi-label"):
        network().fit(X, ragged)
    fitted = network().fit(X, np.arange(N) % 3)
    with pytest.raises(ValueError, match=r"one label a row, got \[1, 2\]"):
        fitted.partial_fit(X, ragged)


# Labels of one type among classes of another


WHOLE = {
    "int64": lambda values: np.array(values, dtype=np.int64),
    "uint64": lambda values: np.array(values, dtype=np.uint64),
    "object": lambda values: np.array(values, dtype=object),
    "list": list,
}


@pytest.mark.parametrize("then", WHOLE)
@pytest.mark.parametrize("first", WHOLE)
@pytest.mark.parametrize("start", [0, LARGE, 2**62])
def test_large_whole_numbers_are_told_apart(start, first, then, X):
    """2^53 and 2^53 + 1 are one float64."""
    values = [start + i % 3 for i in range(N)]
    fitted = network().fit(X, WHOLE[first](values))
    assert fitted.classes_.tolist() == [start, start + 1, start + 2]
    again = network().fit(X, WHOLE[then](values))
    fitted.partial_fit(X, WHOLE[then](values))
    again.partial_fit(X, WHOLE[first](values))
    np.testing.assert_array_equal(fitted.parameters_, again.parameters_)
    if start:
        with pytest.raises(
            ValueError, match=rf"not among the classes: \[{start + 3}\]"
        ):
            fitted.partial_fit(X[:1], WHOLE[then]([start + 3]))


def test_beyond_int64(X):
    values = [2**63 + i % 2 for i in range(N)]
    for y in (values, np.array(values, dtype=object), np.array(values, np.uint64)):
        assert network().fit(X, y).classes_.tolist() == [2**63, 2**63 + 1]
    with pytest.raises(ValueError, match="not among the classes"):
        network().fit(X, values).partial_fit(X[:1], np.array([-(2**63)]))


def test_a_float_is_not_rounded_to_a_class(X):
    fitted = network().fit(X, np.arange(N) % 2 + LARGE)
    fitted.partial_fit(X[:1], [float(LARGE)])
    with pytest.raises(ValueError, match=r"not among the classes: \[1.5\]"):
        fitted.partial_fit(X[:1], [1.5])
    as_float = network().fit(X, np.arange(N) % 2 * float(LARGE))
    with pytest.raises(ValueError, match="not among the classes"):
        as_float.partial_fit(X[:1], [LARGE + 1])


DATES = {
    "days": lambda y: y.astype("datetime64[D]"),
    "nanoseconds": lambda y: y.astype("datetime64[ns]"),
    "objects": lambda y: y.astype("datetime64[us]").astype(object),
}


@pytest.mark.parametrize("then", DATES)
@pytest.mark.parametrize("first", ["days", "nanoseconds"])
def test_dates_are_found_in_any_form(first, then, X):
    y = np.array(repeated("date"), dtype="datetime64[s]")
    fitted = network().fit(X, DATES[first](y))
    assert fitted.classes_.dtype == DATES[first](y).dtype
    theirs = network().fit(X, DATES[first](y)).partial_fit(X, DATES[first](y))
    fitted.partial_fit(X, DATES[then](y))
    np.testing.assert_array_equal(fitted.parameters_, theirs.parameters_)
    with pytest.raises(ValueError, match="not among the classes"):
        fitted.partial_fit(X[:1], np.array(["1999-01-01"], dtype="datetime64[D]"))


# class_weight


def weighted(y, class_weight, X):
    return network(class_weight=class_weight).fit(X, y).parameters_


KEYS = {
    "date": lambda day: day.date(),
    "datetime": lambda day: day,
    "numpy": lambda day: np.datetime64(day),
    "nanoseconds": lambda day: np.datetime64(day, "ns"),
}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("unit", ["D", "s", "us", "ns"])
def test_class_weight_of_dates(unit, key, X):
    """The list form of a date may be a number."""
    days = VALUES["date"]
    y = np.array(repeated("date"), dtype=f"datetime64[{unit}]")
    weights = np.where(y == np.datetime64(days[0]), 5.0, 1.0)
    ours = weighted(y, {KEYS[key](days[0]): 5.0}, X)
    np.testing.assert_array_equal(ours, network().fit(X, y, weights).parameters_)
    later = days[0] + datetime.timedelta(hours=5)
    with pytest.raises(ValueError, match="not among the classes"):
        weighted(y, {later: 5.0}, X)


@pytest.mark.parametrize("kind", ["int", "float", "bool", "text"])
def test_class_weight_under_any_label(kind, X):
    y = np.array(repeated(kind))
    weights = np.where(y == VALUES[kind][0], 5.0, 1.0)
    theirs = network().fit(X, y, weights).parameters_
    for key in (VALUES[kind][0], y[0]):
        np.testing.assert_array_equal(weighted(y, {key: 5.0}, X), theirs)


def test_class_weight_of_large_numbers(X):
    y = LARGE + np.arange(N) % 3
    weights = np.where(y == LARGE + 1, 5.0, 1.0)
    theirs = network().fit(X, y, weights).parameters_
    for key in (LARGE + 1, np.uint64(LARGE + 1)):
        np.testing.assert_array_equal(weighted(y, {key: 5.0}, X), theirs)


def test_class_weight_may_name_a_class_that_waits(rng):
    """scikit-learn #22413 and #22595: a fold that lacks a class was refused."""
    X = rng.standard_normal((150, 4))
    y = np.r_[np.arange(130) % 2, np.full(20, 2)]
    weights = {0: 1.0, 1: 2.0, 2: 3.0}
    for model in (LogisticRegression(class_weight=weights), network()):
        model.set_params(class_weight=weights)
        scores = cross_val_score(
            model, X, y, cv=TimeSeriesSplit(5), error_score="raise"
        )
        assert np.isfinite(scores).all()
    ours = weighted(y[:100], weights, X[:100])
    np.testing.assert_array_equal(ours, weighted(y[:100], {0: 1, 1: 2}, X[:100]))


def test_class_weight_with_a_slip_of_the_pen(X):
    y = np.array(repeated("text"))
    for model in (LogisticRegression(), network()):
        model.set_params(class_weight={"yes": 2.0, "noo": 3.0})
        with pytest.raises(ValueError, match="no"):
            model.fit(X, y)
    with pytest.raises(ValueError, match=r"names \['noo'\].*no weight for \['maybe'"):
        model.fit(X, y)


# Probabilities, and a single class


def test_probabilities_as_labels_are_answered_with_a_recipe(X, rng):
    P = rng.dirichlet([1, 1, 1], N)
    with pytest.raises(ValueError, match=r"Unknown label type.*np.repeat\(X.*np.tile"):
        network().fit(X, P)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
def test_the_recipe_for_probabilities_has_their_gradient(loss, X, rng):
    """Σ p_k ‖a - e_k‖² is ‖a - p‖² and a constant; cross-entropy is linear in p."""
    P, classes = rng.dirichlet([1, 1, 1], N), [0, 1, 2]
    fitted = network(loss=loss, alpha=0.0, max_iter=5).fit(X, np.arange(N) % 3)
    args = np.repeat(X, 3, axis=0), np.tile(classes, N)
    ours = fitted.cost_gradient(*args, sample_weight=P.ravel())

    def cost_of(theta):
        fitted.parameters_ = theta
        a = fitted.predict_proba(X)
        if loss == "log_loss":
            return -np.mean(np.sum(P * np.log(a), axis=1))
        return np.mean(np.sum((a - P) ** 2, axis=1))

    theta = fitted.parameters_
    for i in rng.choice(len(theta), 8, replace=False):
        step = 1e-6 * (np.arange(len(theta)) == i)
        slope = (cost_of(theta + step) - cost_of(theta - step)) / 2e-6
        assert ours[i] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("output_activation", ["auto", "softmax", "logistic"])
@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_one_class_is_always_predicted(solver, loss, output_activation, X):
    """scikit-learn's check_classifiers_one_label allows this or an error that says so.

    `MLPClassifier` fits, and so do a column of labels that is constant and the first
    fold of a series in time.
    """
    settings = {"loss": loss, "output_activation": output_activation, "tol": 0.05}
    y = np.full(N, "only")
    for early_stopping in (False, True):
        model = network(solver=solver, early_stopping=early_stopping, **settings)
        model.fit(X, y)  # without a warning that it has not converged
        assert set(model.predict(X)) == {"only"}
        assert model.classes_.tolist() == ["only"]
        np.testing.assert_array_equal(model.predict_proba(X), np.ones((N, 1)))
        np.testing.assert_array_equal(model.predict_log_proba(X), np.zeros((N, 1)))
        assert model.decision_function(X).shape == (N,)
        assert np.isfinite(model.parameters_).all()


@pytest.mark.parametrize("meta", [MultiOutputClassifier, ClassifierChain])
def test_a_constant_column_of_labels(meta, X):
    Y = np.c_[X[:, 0] > 0, np.zeros(N), np.ones(N)].astype(int)
    predicted = meta(network(max_iter=50)).fit(X, Y).predict(X)
    np.testing.assert_array_equal(predicted[:, 1:], Y[:, 1:])


def test_a_stream_of_one_announced_class(X):
    model = network().partial_fit(X, np.zeros(N), classes=[0])
    assert set(model.predict(X)) == {0}


def test_bytes_are_refused_with_the_cure():
    X, y = np.zeros((4, 2)), np.array([b"a", b"b", b"a", b"b"])
    with pytest.raises(ValueError, match=r"bytes.*astype\(str\)"):
        GradientDescentMLPClassifier(3).fit(X, y)
    GradientDescentMLPClassifier(3, max_iter=1, tol=None).fit(X, y.astype(str))
