"""Weights by definition: what a weight of a row means, and what it must not change."""

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.utils.class_weight import compute_sample_weight

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.batches import Batches

SOLVERS = ["sgd", "adam", "lbfgs"]


@pytest.fixture
def data(rng):
    X = rng.standard_normal((60, 4))
    return X, np.arange(60) % 3


def new(**settings):
    """Plain, smooth and on all samples at once, unless told otherwise."""
    settings = {"batch_size": "full", "activation": "tanh", **settings}
    return GradientDescentMLPClassifier(
        (5,), max_iter=15, tol=None, random_state=0, **settings
    )


def assert_same(ours, theirs, atol=1e-10):
    np.testing.assert_allclose(ours.parameters_, theirs.parameters_, rtol=0, atol=atol)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_ones_equal_none(solver, loss, data):
    X, y = data
    for batch_size in ("full", 7):
        settings = {"solver": solver, "loss": loss, "batch_size": batch_size}
        ones = new(**settings).fit(X, y, sample_weight=np.ones(60))
        assert_same(ones, new(**settings).fit(X, y), atol=1e-12)


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("container", [np.asarray, csr_matrix])
def test_integers_equal_repetition(container, solver, loss, data, rng):
    X, y = data
    times = rng.integers(1, 4, 60)
    weighted = new(solver=solver, loss=loss).fit(container(X), y, sample_weight=times)
    repeated = new(solver=solver, loss=loss)
    repeated.fit(container(np.repeat(X, times, axis=0)), np.repeat(y, times))
    assert_same(weighted, repeated)


def test_integers_equal_repetition_with_lbfgs(data, rng):
    """Its line search makes rounding grow, so it is given fewer steps."""
    X, y = data
    times = rng.integers(1, 4, 60)
    settings = {"solver": "lbfgs"}
    weighted = new(**settings).set_params(max_iter=3).fit(X, y, sample_weight=times)
    repeated = new(**settings).set_params(max_iter=3)
    repeated.fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    assert_same(weighted, repeated)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("container", [np.asarray, csr_matrix])
def test_zero_equals_removal(container, solver, data, rng):
    X, y = data
    weights = rng.integers(0, 2, 60).astype(float)
    kept = weights > 0
    weighted = new(solver=solver).fit(container(X), y, sample_weight=weights)
    assert_same(weighted, new(solver=solver).fit(container(X[kept]), y[kept]))


FACTORS = [1e-300, 1e-50, 1e-6, 0.5, 3, 1e6, 1e39, 1e300, 1e307]


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch_size", ["full", 7])
def test_a_common_factor_changes_nothing_in_fit(batch_size, dtype, factor, data, rng):
    X, y = data[0].astype(dtype), data[1]
    weights = rng.random(60)
    atol = 1e-10 if dtype == np.float64 else 1e-5
    for early_stopping in (False, True):
        settings = {"batch_size": batch_size, "early_stopping": early_stopping}
        once = new(**settings).fit(X, y, sample_weight=weights)
        scaled = new(**settings).fit(X, y, sample_weight=factor * weights)
        assert_same(once, scaled, atol)
        assert (once.validation_scores_ is None) != early_stopping


@pytest.mark.parametrize("weight", [5e-324, 1e308, np.finfo(float).max])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_least_and_the_largest_double(dtype, weight, data):
    X, y = data[0].astype(dtype), data[1]
    weights, plain = np.full(60, weight), new().fit(X, y)
    ours = new().fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(ours.parameters_, plain.parameters_)
    assert plain.cost(X, y, weights) == plain.cost(X, y)
    np.testing.assert_array_equal(
        plain.cost_gradient(X, y, weights), plain.cost_gradient(X, y)
    )
    watched = new().fit(X, y, X_val=X, y_val=y, sample_weight_val=weights)
    curve = new().fit(X, y, X_val=X, y_val=y).validation_loss_curve_
    np.testing.assert_allclose(watched.validation_loss_curve_, curve, rtol=1e-12)


@pytest.mark.parametrize("of_row", [1e-200, 1e200])
@pytest.mark.parametrize("of_class", [1e-200, 1e200])
def test_a_product_that_no_double_holds(of_class, of_row, data, rng):
    X, y = data
    weights, by_class = rng.random(60), {0: 1.0, 1: 5.0, 2: 0.25}
    plain = new(class_weight=by_class).fit(X, y, weights)
    by_class = {label: of_class * weight for label, weight in by_class.items()}
    ours = new(class_weight=by_class).fit(X, y, of_row * weights)
    assert_same(ours, plain)


def test_factors_that_cancel_for_each_class(data):
    """Neither of the two factors of a row may be lost beside those of others."""
    X, y = data
    by_class = {0: 1e200, 1: 1e-200, 2: 1.0}
    weights = np.array([1e-200, 1e200, 1.0])[y]
    ours = new(class_weight=by_class).fit(X, y, weights)
    assert_same(ours, new().fit(X, y))


@pytest.mark.parametrize(
    ("weights", "class_weight", "dtype"),
    [
        (np.full(60, 1e200), {0: 1e200, 1: 1.0, 2: 1.0}, np.float64),
        (np.full(60, 1e39), None, np.float32),
        (None, {0: 1e39}, np.float32),
    ],
)
def test_absolute_weights_that_overflow_are_refused(weights, class_weight, dtype, data):
    X, y = data[0].astype(dtype), data[1]
    model = new(class_weight=class_weight).partial_fit(X[y > 0], y[y > 0], range(3))
    before = model.parameters_
    with pytest.raises(ValueError, match=r"weights overflow.*too large for float"):
        model.partial_fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(model.parameters_, before)
    with pytest.raises(ValueError, match="weights overflow"):
        new(class_weight=class_weight).partial_fit(X, y, range(3), weights)


def test_a_stream_may_begin_with_the_largest_weights(data):
    """Their sum, of which the class frequencies are shares, is no double."""
    X, y = data
    model = new(learning_rate=0.0)
    model.partial_fit(X, y, range(3), np.full(60, 1e308))
    theirs = new(learning_rate=0.0).partial_fit(X, y, range(3))
    np.testing.assert_allclose(model.intercepts_[-1], theirs.intercepts_[-1])


@pytest.mark.parametrize("weights", [["heavy"] * 60, [None] * 60, [[1.0]] * 60])
def test_what_is_no_weight_is_called_so(weights, data):
    with pytest.raises(ValueError, match="sample_weight"):
        new().fit(*data, sample_weight=weights)
    with pytest.raises(ValueError, match="sample_weight_val"):
        validation = {"X_val": data[0], "y_val": data[1]}
        new().fit(*data, **validation, sample_weight_val=weights)


@pytest.mark.parametrize("large", [10**400, np.longdouble("1e4000")])
def test_weights_beyond_a_double_are_refused(large, data):
    weights = np.full(60, large)
    with pytest.raises(ValueError, match=r"sample_weight.*too large"):
        new().fit(*data, sample_weight=weights)


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_a_factor_acts_in_a_stream_like_the_learning_rate(factor, data):
    """Weights are absolute there: without L2 and momentum they scale the step."""
    X, y = data
    settings = {"alpha": 0.0, "momentum": 0.0}
    weighted = new(**settings, learning_rate=0.1)
    weighted.partial_fit(X, y, range(3), np.full(60, factor))
    faster = new(**settings, learning_rate=0.1 * factor)
    faster.partial_fit(X, y, range(3))
    assert_same(weighted, faster)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("batch_size", ["full", 7])
def test_class_weight_is_sample_weight_by_class(batch_size, solver, data):
    X, y = data
    by_class = {0: 1.0, 1: 5.0, 2: 0.25}
    settings = {"solver": solver, "batch_size": batch_size}
    ours = new(**settings, class_weight=by_class).fit(X, y)
    rows = np.array([by_class[label] for label in y])
    assert_same(ours, new(**settings).fit(X, y, sample_weight=rows), atol=1e-12)


def test_class_weight_in_a_stream_is_sample_weight_by_class(data):
    X, y = data
    by_class = {0: 1.0, 1: 5.0, 2: 0.25}
    ours, theirs = new(class_weight=by_class), new()
    for rows in (slice(0, 25), slice(25, 60)):
        ours.partial_fit(X[rows], y[rows], range(3))
        weights = np.array([by_class[label] for label in y[rows]])
        theirs.partial_fit(X[rows], y[rows], range(3), weights)
    assert_same(ours, theirs, atol=1e-12)


def test_balanced_is_scikit_learns(data):
    X, y = data
    rows = y != np.roll(y, 1) - 5
    rows[y == 1] = np.arange((y == 1).sum()) < 4
    X, y = X[rows], y[rows]
    weights = compute_sample_weight("balanced", y)
    ours = new(class_weight="balanced").fit(X, y)
    assert_same(ours, new().fit(X, y, sample_weight=weights))


def test_both_weights_are_multiplied(data, rng):
    X, y = data
    weights, by_class = rng.random(60), {0: 1.0, 1: 5.0, 2: 0.25}
    ours = new(class_weight=by_class).fit(X, y, sample_weight=weights)
    rows = weights * np.array([by_class[label] for label in y])
    assert_same(ours, new().fit(X, y, sample_weight=rows))


@pytest.mark.parametrize("loss", ["squared_error", "log_loss"])
@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_the_mean_over_all_batches_is_the_whole_gradient(batch_size, loss, rng):
    """In expectation over the shuffling; here every batch there can be is counted."""
    X, y = rng.standard_normal((6, 3)), np.arange(6) % 3
    weights = rng.random(6) * 4
    weights /= weights.mean()
    model = new(loss=loss, alpha=0.1, learning_rate=0.2).fit(X, y)
    inner = model._model
    codes, table = inner.labels.encode(y, np.float64)
    objective = inner.objective(0.1, table, 6)
    whole_cost = objective(X, codes, weights)
    whole = objective.grad.copy()
    costs, gradients = [], []
    for rows in itertools.combinations(range(6), batch_size):
        rows = list(rows)
        costs.append(objective(X[rows], codes[rows], weights[rows]))
        gradients.append(objective.grad.copy())
    assert np.mean(costs) == pytest.approx(whole_cost, rel=1e-12)
    np.testing.assert_allclose(np.mean(gradients, axis=0), whole, atol=1e-13)
    np.testing.assert_allclose(
        whole, model.cost_gradient(X, y, sample_weight=weights), atol=1e-13
    )


def test_every_order_of_the_rows_is_as_likely():
    """So each batch of the enumeration above comes as often as any other."""
    X = np.arange(4.0).reshape(4, 1)
    batches = Batches(X, np.arange(4), batch_size=2)
    rng, counts = np.random.default_rng(0), {}
    for _ in range(6000):
        rows, _, _ = next(iter(batches.epoch(rng)))
        pair = frozenset(rows.ravel().tolist())
        counts[pair] = counts.get(pair, 0) + 1
    assert len(counts) == 6
    # Six standard deviations of a binomial count with p = 1/6.
    assert max(abs(c - 1000) for c in counts.values()) < 6 * (1000 * 5 / 6) ** 0.5


@pytest.mark.parametrize("bad", [[-1.0] * 60, [np.nan] * 60, [np.inf] * 60, [1.0] * 3])
def test_impossible_weights_are_refused(bad, data):
    with pytest.raises(ValueError):
        new().fit(*data, sample_weight=bad)


def test_no_weight_at_all_is_refused_in_fit_and_does_nothing_in_a_stream(data):
    X, y = data
    with pytest.raises(ValueError, match="zero for every row"):
        new().fit(X, y, sample_weight=np.zeros(60))
    model = new().fit(X, y)
    before = model.parameters_
    model.partial_fit(X, y, sample_weight=np.zeros(60))
    np.testing.assert_array_equal(model.parameters_, before)
