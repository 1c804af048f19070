"""Sparse steps against dense ones, and what they must not cost or change."""

import itertools
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core import idle
from sklearn_gd.core.updates import Adam, GradientDescent, UpdateRule

N_ROWS, WIDTH, CLASSES = 120, 300, [0, 1, 2]


def hashed_rows(width=WIDTH, n_rows=N_ROWS, per_row=6, seed=0, dtype=np.float64):
    """Rows with few non-zeros in random columns, and labels that depend on them."""
    rng = np.random.default_rng(seed)
    columns = rng.integers(0, width, (n_rows, per_row))
    values = rng.normal(size=columns.size).astype(dtype)
    starts = np.arange(n_rows + 1) * per_row
    X = sp.csr_array((values, columns.ravel(), starts), shape=(n_rows, width))
    return X, columns[:, 0] % len(CLASSES)


def new(**settings):
    settings = {"hidden_layer_sizes": (7,), "batch_size": 10, "tol": None, **settings}
    return GradientDescentMLPClassifier(random_state=0, **settings)


def stream(model, X, y, rows=7):
    for start in range(0, X.shape[0], rows):
        part = slice(start, start + rows)
        model.partial_fit(X[part], y[part], classes=CLASSES)
    return model


EXACT = [
    {"momentum": momentum, "nesterovs_momentum": nesterov, "alpha": alpha}
    for momentum, nesterov, alpha in itertools.product(
        (0.0, 0.9), (True, False), (0.0, 1e-2)
    )
]


@pytest.mark.parametrize("settings", EXACT, ids=str)
@pytest.mark.parametrize("layers", [(), (7,), (7, 5)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stream_equals_dense_training(settings, layers, dtype):
    X, y = hashed_rows(dtype=dtype)
    settings = {"hidden_layer_sizes": layers, **settings}
    ours = stream(new(**settings), X, y)
    dense = stream(new(**settings), X.toarray(), y)
    np.testing.assert_allclose(
        ours.predict_proba(X), dense.predict_proba(X), rtol=0, atol=1e-5
    )
    np.testing.assert_allclose(
        ours.parameters_, dense.parameters_, rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("schedule", ["constant", "invscaling", "adaptive", "cosine"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_fit_equals_dense_training(schedule, shuffle):
    X, y = hashed_rows()
    settings = {"learning_rate_schedule": schedule, "shuffle": shuffle, "max_iter": 8}
    ours = new(alpha=1e-2, **settings).fit(X, y)
    dense = new(alpha=1e-2, **settings).fit(X.toarray(), y)
    np.testing.assert_allclose(ours.parameters_, dense.parameters_, atol=1e-10)
    np.testing.assert_allclose(ours.loss_curve_, dense.loss_curve_, rtol=1e-2)


def test_without_l2_the_reported_loss_is_that_of_dense_training():
    X, y = hashed_rows()
    ours = new(alpha=0, max_iter=8).fit(X, y)
    dense = new(alpha=0, max_iter=8).fit(X.toarray(), y)
    np.testing.assert_allclose(ours.loss_curve_, dense.loss_curve_, rtol=1e-12)


@pytest.mark.parametrize(
    "change", [{"learning_rate": 0.03}, {"momentum": 0.5}], ids=str
)
def test_settings_changed_on_the_way_hold_for_idle_rows_too(change):
    X, y = hashed_rows()
    ours, dense = new(alpha=1e-2), new(alpha=1e-2)
    for model, rows in ((ours, X), (dense, X.toarray())):
        stream(model, rows, y)
        model.set_params(**change)
        stream(model, rows, y)
    np.testing.assert_allclose(ours.parameters_, dense.parameters_, atol=1e-10)


def test_rows_missed_for_longer_than_products_are_kept(monkeypatch):
    monkeypatch.setattr(idle, "SLOTS", 16)
    monkeypatch.setattr(idle, "MIN_TURN", 1)
    X, y = hashed_rows(width=400)
    ours = stream(new(alpha=1e-2), X, y, rows=1)
    dense = stream(new(alpha=1e-2), X.toarray(), y, rows=1)
    np.testing.assert_allclose(ours.parameters_, dense.parameters_, atol=1e-10)


def test_rows_begin_to_wait_in_the_midst_of_a_part(monkeypatch):
    """Those whose turn came were not gathered, and others stood in their place."""
    monkeypatch.setattr(idle, "SLOTS", 16)
    monkeypatch.setattr(idle, "MIN_TURN", 1)
    (first, y), (later, _) = hashed_rows(width=50), hashed_rows(width=50, seed=1)
    empty = sp.csr_array((N_ROWS, 350))
    parts = sp.hstack([first, empty], "csr"), sp.hstack([empty, later], "csr")
    ours, dense = new(alpha=1e-2, batch_size=10), new(alpha=1e-2, batch_size=10)
    for X in parts:
        ours.partial_fit(X, y, classes=CLASSES)
        dense.partial_fit(X.toarray(), y, classes=CLASSES)
    np.testing.assert_allclose(ours.parameters_, dense.parameters_, atol=1e-10)


def test_dense_and_sparse_parts_of_one_stream_mix():
    X, y = hashed_rows()
    ours, dense = new(), new()
    for rows in (X, X.toarray(), X[:50]):
        labels = y[: rows.shape[0]]
        stream(ours, rows, labels)
        stream(dense, rows.toarray() if sp.issparse(rows) else rows, labels)
    np.testing.assert_allclose(ours.parameters_, dense.parameters_, atol=1e-10)


@pytest.mark.parametrize("batch_size", [3, 3000, "full"])
def test_any_batch_size(batch_size):
    X, y = hashed_rows(n_rows=2500)
    settings = {"batch_size": batch_size, "max_iter": 2, "alpha": 1e-3}
    ours, dense = new(**settings).fit(X, y), new(**settings).fit(X.toarray(), y)
    np.testing.assert_allclose(ours.parameters_, dense.parameters_, atol=1e-9)


def test_dropout_drops_the_same_neurons():
    X, y = hashed_rows()
    ours = stream(new(dropout=0.3), X, y)
    dense = stream(new(dropout=0.3), X.toarray(), y)
    np.testing.assert_allclose(ours.parameters_, dense.parameters_, atol=1e-10)


@pytest.mark.parametrize("form", ["duplicates", "zeros", "int64 indices", "empty rows"])
def test_every_form_of_csr(form):
    X, y = hashed_rows()
    dense = X.toarray()
    if form == "duplicates":
        X = sp.csr_array(
            (np.repeat(X.data / 2, 2), np.repeat(X.indices, 2), X.indptr * 2),
            shape=X.shape,
        )
    elif form == "zeros":
        X.data[::3] = 0
        dense = X.toarray()
    elif form == "int64 indices":
        X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    else:
        X = sp.vstack([X, sp.csr_array((5, WIDTH))], format="csr")
        y, dense = np.append(y, [0] * 5), X.toarray()
    ours, theirs = stream(new(), X, y), stream(new(), dense, y)
    np.testing.assert_allclose(ours.parameters_, theirs.parameters_, atol=1e-10)


@pytest.mark.parametrize("convert", [sp.csc_array, sp.coo_array, sp.csc_matrix])
def test_other_sparse_formats_are_converted(convert):
    X, y = hashed_rows()
    ours, theirs = new(max_iter=3).fit(convert(X), y), new(max_iter=3).fit(X, y)
    np.testing.assert_allclose(ours.parameters_, theirs.parameters_, atol=1e-12)
    np.testing.assert_array_equal(ours.predict(convert(X)), ours.predict(X))


def test_prediction_in_mid_stream_changes_nothing():
    X, y = hashed_rows()
    quiet, asked = new(alpha=1e-2), new(alpha=1e-2)
    for start in range(0, N_ROWS, 10):
        rows = slice(start, start + 10)
        for model in (quiet, asked):
            model.partial_fit(X[rows], y[rows], classes=CLASSES)
        asked.predict_proba(X)
    expected = asked.predict_proba(X.toarray())
    quiet_now = quiet.predict_proba(X)
    np.testing.assert_array_equal(quiet.parameters_, asked.parameters_)
    np.testing.assert_allclose(quiet_now, expected, atol=1e-12)


@pytest.mark.parametrize("rows", [12, N_ROWS])
def test_a_ruinous_part_of_a_stream_is_undone(rows):
    X, y = hashed_rows()
    ours, dense = new(learning_rate=0.2), new(learning_rate=0.2)
    bad = X[:rows] * 1e30
    for model, to in ((ours, lambda a: a), (dense, lambda a: a.toarray())):
        stream(model, to(X), y)
        with pytest.warns(match="left out"):
            model.partial_fit(to(bad), y[:rows])
        assert model.learning_rate_ == 0.2  # once may be the fault of the rows
        stream(model, to(X), y)
        model.partial_fit(to(bad), y[:rows])
        stream(model, to(X), y)
        assert model.learning_rate_ == 0.1
    np.testing.assert_allclose(ours.parameters_, dense.parameters_, atol=1e-10)


def test_an_error_in_mid_part_goes_back_to_before(monkeypatch):
    X, y = hashed_rows()
    model = stream(new(alpha=1e-2), X, y)
    expected, t = model.predict_proba(X), model.t_
    steps = itertools.count()

    def breaks(self, *args):
        if next(steps) == 5:
            raise KeyboardInterrupt
        return step(self, *args)

    step = GradientDescent.step
    monkeypatch.setattr(GradientDescent, "step", breaks)
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(X, y)
    monkeypatch.undo()
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    assert model.t_ == t


def test_adam_leaves_features_alone_until_they_occur():
    X, y = hashed_rows()
    model = new(solver="adam", alpha=1e-2, average=False)
    model.partial_fit(X[:5], y[:5], classes=CLASSES)
    before = model.coefs_[0].copy()
    model.partial_fit(X[5:10], y[5:10])
    met = np.unique(X[5:10].indices)
    others = np.setdiff1d(np.arange(WIDTH), met)
    np.testing.assert_array_equal(model.coefs_[0][others], before[others])
    assert (model.coefs_[0][met] != before[met]).any(axis=1).all()


def test_adam_equals_dense_adam_where_every_feature_occurs():
    X, y = hashed_rows(width=5, per_row=40)
    ours = stream(new(solver="adam"), X, y)
    dense = stream(new(solver="adam"), X.toarray(), y)
    np.testing.assert_allclose(ours.parameters_, dense.parameters_, atol=1e-10)


RULES = [
    GradientDescent(0.0),
    GradientDescent(0.9, True),
    GradientDescent(0.9, False),
]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_idle_step_is_the_step_with_the_gradient_of_l2(rule, rng):
    alpha, rate = 0.03, 0.2
    parts = rng.normal(size=(1 + rule.n_vectors, 4))
    theta, *vectors = parts.copy()
    rule.step(theta, alpha * theta, rate, vectors, t=5)
    expected = rule.idle_step(rate, alpha) @ parts
    np.testing.assert_allclose(np.stack([theta, *vectors]), expected, rtol=1e-12)


def test_rules_that_cannot_be_exact_say_so():
    assert Adam().idle_step(0.1, 1e-4) is None
    assert UpdateRule.idle_step(Adam(), 0.1, 1e-4) is None


def test_a_stream_needs_no_memory_in_proportion_to_its_width():
    width = 2**18
    X, y = hashed_rows(width=width, n_rows=64)
    model = new(hidden_layer_sizes=(50,)).partial_fit(X[:8], y[:8], classes=CLASSES)
    one_vector = model.n_parameters_ * 8
    model.partial_fit(X[:8], y[:8])
    tracemalloc.start()
    stream(model, X, y, rows=8)
    model.predict(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < one_vector / 10
