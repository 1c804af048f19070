"""X in any container, order and dtype gives the fit of a plain array in C order."""

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd import GradientDescentMLPClassifier

SOLVERS = ["sgd", "adam", "lbfgs"]


def network(**settings):
    settings = {"max_iter": 5, "batch_size": 16, "tol": None, **settings}
    return GradientDescentMLPClassifier(8, random_state=0, **settings)


@pytest.fixture(scope="module")
def data():
    """Small whole numbers, which every dtype holds exactly; a third are zero."""
    rng = np.random.default_rng(0)
    X = rng.integers(0, 4, (70, 6)) * (rng.random((70, 6)) < 0.9)
    return X.astype(np.float64), rng.integers(0, 3, 70)


def memory_map(X, tmp_path, order="C"):
    path = tmp_path / "X.dat"
    mapped = np.memmap(path, dtype=X.dtype, mode="w+", shape=X.shape, order=order)
    mapped[:] = X
    mapped.flush()
    return np.memmap(path, dtype=X.dtype, mode="r", shape=X.shape, order=order)


DENSE = {
    "list of lists": lambda X, _: X.tolist(),
    "tuple of arrays": lambda X, _: tuple(X),
    "Fortran order": lambda X, _: np.asfortranarray(X),
    "transposed": lambda X, _: np.ascontiguousarray(X.T).T,
    "every other row": lambda X, _: np.repeat(X, 2, axis=0)[::2],
    "every other column": lambda X, _: np.repeat(X, 2, axis=1)[:, ::2],
    "reversed twice": lambda X, _: X[::-1].copy()[::-1],
    "read-only": lambda X, _: read_only(X),
    "memory map": memory_map,
    "memory map, Fortran": lambda X, path: memory_map(X, path, "F"),
    "unaligned": lambda X, _: unaligned(X),
    "big-endian": lambda X, _: X.astype(">f8"),
}


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def unaligned(X):
    raw = np.zeros(X.nbytes + 1, dtype=np.uint8)[1:]
    view = raw.view(np.float64).reshape(X.shape)
    view[:] = X
    return view


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("container", DENSE)
def test_dense_containers(container, solver, data, tmp_path):
    X, y = data
    given = DENSE[container](X, tmp_path)
    ours, theirs = (
        network(solver=solver).fit(given, y),
        network(solver=solver).fit(X, y),
    )
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)
    np.testing.assert_array_equal(ours.predict_proba(given), theirs.predict_proba(X))


@pytest.mark.parametrize("container", DENSE)
def test_dense_containers_in_streams(container, data, tmp_path):
    X, y = data
    given = DENSE[container](X, tmp_path)
    ours, theirs = network(), network()
    for _ in range(2):
        ours.partial_fit(given, y, classes=[0, 1, 2])
        theirs.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)


SPARSE = [
    f"{kind}_{container}"
    for kind in ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")
    for container in ("matrix", "array")
]


@pytest.mark.parametrize("kind", SPARSE)
def test_sparse_containers(kind, data):
    X, y = data
    given = getattr(sp, kind)(X)
    ours, csr = network().fit(given, y), network().fit(sp.csr_matrix(X), y)
    np.testing.assert_allclose(ours.parameters_, csr.parameters_, rtol=1e-10)
    np.testing.assert_allclose(ours.parameters_, network().fit(X, y).parameters_)
    np.testing.assert_allclose(ours.predict_proba(given), ours.predict_proba(X))


@pytest.mark.parametrize("solver", SOLVERS)
def test_sparse_rows_give_the_fit_of_dense_rows(solver, data):
    """Adam is lazy on CSR, so there every feature has to occur in every batch."""
    X, y = data
    X = X + 1 if solver == "adam" else X
    settings = {"solver": solver, "alpha": 0.01}
    dense = network(**settings).fit(X, y)
    sparse = network(**settings).fit(sp.csr_matrix(X), y)
    np.testing.assert_allclose(sparse.parameters_, dense.parameters_, atol=1e-5)


def test_sparse_rows_with_repeated_and_unsorted_entries(data):
    X, y = data
    csr = sp.csr_matrix(X)
    messy = sp.csr_matrix(
        (
            np.repeat(csr.data, 2) / 2,
            np.repeat(csr.indices, 2),
            2 * csr.indptr,
        ),
        shape=csr.shape,
    )
    for row in range(messy.shape[0]):
        part = slice(messy.indptr[row], messy.indptr[row + 1])
        messy.indices[part] = messy.indices[part][::-1].copy()
        messy.data[part] = messy.data[part][::-1].copy()
    given = messy.copy()
    np.testing.assert_allclose(
        network().fit(given, y).parameters_, network().fit(X, y).parameters_
    )
    np.testing.assert_array_equal(given.data, messy.data)


@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
def test_sparse_indices_of_both_widths(index_dtype, data):
    X, y = data
    csr = sp.csr_matrix(X)
    csr.indices, csr.indptr = (
        csr.indices.astype(index_dtype),
        csr.indptr.astype(index_dtype),
    )
    network().fit(csr, y).predict(csr)


def test_an_empty_sparse_row_is_a_row(data):
    X, y = data
    X = X.copy()
    X[3] = 0
    fitted = network().fit(sp.csr_matrix(X), y)
    np.testing.assert_allclose(
        fitted.predict_proba(sp.csr_matrix(X)), fitted.predict_proba(X)
    )


# dtypes: what is computed in, and that it is what the values say

DTYPES = {
    "float64": np.float64,
    "float32": np.float32,
    "float16": np.float32,
    "uint8": np.float32,
    "int8": np.float32,
    "int16": np.float32,
    "uint16": np.float32,
    "int32": np.float64,
    "int64": np.float64,
    "uint64": np.float64,
    "object": np.float64,
    "longdouble": np.float64,
}


@pytest.mark.parametrize("dtype", DTYPES)
def test_computation_runs_in_the_dtype_that_holds_the_values(dtype, data):
    X, y = data
    computed_in = DTYPES[dtype]
    ours = network().fit(X.astype(dtype), y)
    theirs = network().fit(X.astype(computed_in), y)
    assert ours.parameters_.dtype == computed_in
    assert ours.predict_proba(X.astype(dtype)).dtype == computed_in
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)
    np.testing.assert_array_equal(
        ours.predict_proba(X.astype(dtype)), theirs.predict_proba(X.astype(computed_in))
    )


@pytest.mark.parametrize("dtype", ["uint8", "float16", "int64", "float32", bool])
def test_sparse_dtypes(dtype, data):
    X, y = data
    X = X.astype(dtype)
    computed_in = np.float64 if dtype == "int64" else np.float32
    if dtype == "float16":  # SciPy has no sparse float16
        X = X.astype("float32")
    ours = network().fit(sp.csr_matrix(X), y)
    assert ours.parameters_.dtype == computed_in
    np.testing.assert_allclose(
        ours.parameters_, network().fit(X, y).parameters_, rtol=1e-3, atol=1e-5
    )


def test_booleans_are_zeros_and_ones(data):
    X, y = data
    ours, theirs = network().fit(X > 1, y), network().fit((X > 1).astype("f4"), y)
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)


def test_the_state_keeps_its_dtype_for_ever(data):
    """A model of float32 stays one, whatever dtype the stream goes on with."""
    X, y = data
    for solver in ("sgd", "adam"):
        fitted = network(solver=solver).partial_fit(X.astype("f4"), y, [0, 1, 2])
        for dtype in ("f8", "i8", "u1", "f2"):
            fitted.partial_fit(X.astype(dtype), y, sample_weight=np.ones(70))
        state = fitted._model.state
        assert {a.dtype for a in (state.theta, *state.vectors)} == {np.dtype("f4")}


def test_rows_are_never_written_to(data):
    X, y = data
    for given in (X.copy(), sp.csr_matrix(X), X.astype(np.uint8)):
        before = given.copy()
        network(dropout=0.2).fit(given, y).predict(given)
        assert (abs(given - before)).sum() == 0


# Data frames


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_data_frames(library, data):
    library = pytest.importorskip(library, reason="reads its data frames")
    X, y = data
    columns = list("abcdef")
    frame = library.DataFrame(dict(zip(columns, X.T, strict=True)))
    labels = library.Series(y)
    weights = library.Series(np.linspace(0.5, 1.5, 70))
    ours = network().fit(frame, labels, weights)
    theirs = network().fit(X, y, weights.to_numpy())
    np.testing.assert_array_equal(ours.parameters_, theirs.parameters_)
    assert ours.feature_names_in_.tolist() == columns
    np.testing.assert_array_equal(ours.predict(frame), theirs.predict(X))
    ours.partial_fit(frame, labels)
    assert ours.score(frame, labels) == theirs.partial_fit(X, y).score(X, y)


def test_pandas_columns_of_several_dtypes(data):
    pandas = pytest.importorskip("pandas", reason="reads its data frames")
    X, y = data
    frame = pandas.DataFrame(X, columns=list("abcdef"))
    frame = frame.astype({"a": "int8", "b": "float32", "c": "Int64", "d": "bool"})
    dense = X.copy()
    dense[:, 3] = X[:, 3] > 0
    fitted = network().fit(frame, y)
    np.testing.assert_allclose(fitted.parameters_, network().fit(dense, y).parameters_)


def test_pandas_with_a_missing_value(data):
    pandas = pytest.importorskip("pandas", reason="reads its data frames")
    X, y = data
    frame = pandas.DataFrame(X).astype("Float64")
    frame.iloc[2, 1] = pandas.NA
    with pytest.raises(ValueError, match="NaN"):
        network().fit(frame, y)


def test_pandas_labels_keep_their_names(data):
    pandas = pytest.importorskip("pandas", reason="reads its data frames")
    X, y = data
    labels = pandas.Series(np.array(["ant", "bee", "cat"])[y], dtype="category")
    fitted = network().fit(X, labels)
    assert fitted.classes_.tolist() == ["ant", "bee", "cat"]
    assert set(fitted.predict(X)) <= {"ant", "bee", "cat"}
