"""A damaged sparse matrix is refused before anything is computed or changed."""

import re

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.data.csr import check_sparse

N_ROWS, N_COLUMNS = 12, 8


def sample(format="csr"):
    rng = np.random.default_rng(0)
    X = rng.random((N_ROWS, N_COLUMNS))
    return sp.csr_array(X * (X < 0.4)).asformat(format)


def set_item(name, place, value):
    def damage(X):
        getattr(X, name)[place] = value

    return damage


def shorten(name):
    return lambda X: setattr(X, name, getattr(X, name)[:-1].copy())


def set_type(name):
    return lambda X: setattr(X, name, getattr(X, name).astype(float))


def unordered(X):
    X.indptr[3], X.indptr[4] = X.indptr[4] + 1, X.indptr[3]


DAMAGE = {
    "index -1": set_item("indices", 0, -1),
    "index below": set_item("indices", 0, -(2**31)),
    "index at the end": set_item("indices", -1, 2**31 - 1),
    "index beyond by one": set_item("indices", 5, max(N_ROWS, N_COLUMNS)),
    "indptr not monotone": unordered,
    "indptr negative": set_item("indptr", 2, -5),
    "indptr from 1": set_item("indptr", 0, 1),
    "indptr beyond the values": set_item("indptr", -1, 10**6),
    "indptr short of the values": lambda X: X.indptr.put(-1, X.indptr[-1] - 1),
    "too few pointers": shorten("indptr"),
    "too few indices": shorten("indices"),
    "too few values": shorten("data"),
    "indices not whole": set_type("indices"),
    "indptr not whole": set_type("indptr"),
}


def damaged(damage, format="csr"):
    X = sample(format)
    DAMAGE[damage](X)
    return X


def snapshot(model):
    state = dict(model.__getstate__())
    packed = state.pop("_model", None)
    return repr(state), repr(packed), model.__dict__.keys()


CALLS = {
    "fit": lambda model, X, y: model.fit(X, y),
    "fit, X_val": lambda model, X, y: model.fit(sample(), y, X_val=X, y_val=y),
    "partial_fit": lambda model, X, y: model.partial_fit(X, y),
    "predict": lambda model, X, y: model.predict(X),
    "predict_proba": lambda model, X, y: model.predict_proba(X),
    "predict_log_proba": lambda model, X, y: model.predict_log_proba(X),
    "decision_function": lambda model, X, y: model.decision_function(X),
    "score": lambda model, X, y: model.score(X, y),
    "cost": lambda model, X, y: model.cost(X, y),
    "sample_costs": lambda model, X, y: model.sample_costs(X, y),
    "cost_gradient": lambda model, X, y: model.cost_gradient(X, y),
    "explain_gradient": lambda model, X, y: model.explain_gradient(X, y),
}


@pytest.fixture
def model():
    y = np.arange(N_ROWS) % 3
    settings = {"max_iter": 2, "tol": None, "random_state": 0}
    return GradientDescentMLPClassifier((4,), **settings).fit(sample(), y)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_csr_is_refused_by_every_method(model, damage, call):
    y, before = np.arange(N_ROWS) % 3, snapshot(model)
    with pytest.raises(ValueError, match="X is damaged, a CSR matrix of shape"):
        CALLS[call](model, damaged(damage), y)
    assert snapshot(model) == before


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_first_call_is_refused_too(damage):
    y = np.arange(N_ROWS) % 3
    for call in ("fit", "partial_fit"):
        model = GradientDescentMLPClassifier((4,))
        kwargs = {"classes": [0, 1, 2]} if call == "partial_fit" else {}
        with pytest.raises(ValueError, match="damaged"):
            getattr(model, call)(damaged(damage), y, **kwargs)
        assert vars(model) == vars(GradientDescentMLPClassifier((4,)))


@pytest.mark.parametrize("damage", DAMAGE)
def test_other_compressed_formats_are_refused_before_conversion(model, damage):
    with pytest.raises(ValueError, match="damaged, a CSC matrix"):
        model.predict(damaged(damage, "csc"))


@pytest.mark.parametrize("name", ["row", "col"])
@pytest.mark.parametrize("value", [-1, max(N_ROWS, N_COLUMNS)])
def test_damaged_coordinates_are_refused(model, name, value):
    X = sample("coo")
    getattr(X, name)[4] = value
    with pytest.raises(ValueError, match=f"{name} goes from .* and should stay within"):
        model.predict(X)


LISTS = {
    "column beyond": lambda X: X.rows[0].append(10**6) or X.data[0].append(1.0),
    "column -1": lambda X: X.rows[0].append(-1) or X.data[0].append(1.0),
    "too few values": lambda X: X.data[2].clear(),
    "no whole number": lambda X: X.rows[0].append(1.5) or X.data[0].append(1.0),
}


@pytest.mark.parametrize("damage", LISTS)
@pytest.mark.parametrize(
    "call", ["fit", "fit, X_val", "partial_fit", "predict", "cost"]
)
def test_damaged_lists_are_refused(model, call, damage):
    """SciPy believes them, and its conversion wrote outside of its arrays."""
    X = sample("lil")
    LISTS[damage](X)
    with pytest.raises(ValueError, match="X is damaged, a LIL matrix"):
        CALLS[call](model, X, np.arange(N_ROWS) % 3)


def test_damaged_diagonals_and_values_of_two_dimensions_are_refused(model):
    X = sample("dia")
    X.offsets = X.offsets[:-1]
    with pytest.raises(ValueError, match="offsets has shape"):
        model.predict(X)
    X = sample()
    X.data = X.data[:, None]
    with pytest.raises(ValueError, match="data has shape"):
        model.predict(X)


@pytest.mark.parametrize("damage", ["index -1", "index below", "indptr negative"])
def test_damaged_labels_are_refused(damage):
    """Several labels a row may come in a sparse matrix, which is written to rows."""
    X, Y = sample(), sp.csr_matrix(sample() > 0)
    DAMAGE[damage](Y)
    model = GradientDescentMLPClassifier((4,))
    for call in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match="y is damaged, a CSR matrix"):
            call(X, Y)


def test_damaged_blocks_are_refused(model):
    X = sp.bsr_array(sample().toarray(), blocksize=(2, 2))
    X.indices[0] = N_COLUMNS // 2
    with pytest.raises(ValueError, match="damaged, a BSR matrix"):
        model.predict(X)


@pytest.mark.parametrize("format", ["csr", "csc", "bsr", "coo", "lil", "dok", "dia"])
def test_whole_matrices_pass(model, format):
    want = model.predict_proba(sample())
    X = sample(format)
    check_sparse(X)
    np.testing.assert_array_equal(model.predict_proba(X), want)


def test_no_values_and_unsorted_indices_pass(model):
    empty = sp.csr_array((3, N_COLUMNS))
    assert model.predict(empty).shape == (3,)
    X = sample()
    for start, stop in zip(X.indptr[:-1], X.indptr[1:], strict=True):
        X.indices[start:stop] = X.indices[start:stop][::-1].copy()
        X.data[start:stop] = X.data[start:stop][::-1].copy()
    got, want = model.predict_proba(X), model.predict_proba(sample())
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_the_message_says_what_is_wrong_and_how_to_mend_it(model):
    X = damaged("index -1")
    text = "indices goes from -1 to 7 and should stay within 0 to 7. Make it anew"
    with pytest.raises(ValueError, match=re.escape(text)):
        model.predict(X)
