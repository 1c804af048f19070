"""Any number of threads may read a model, also while another one trains it.

Every answer is, bit for bit, the one that a single thread gets, from the model or,
while another thread trains, from one of those that were published.
"""

import contextlib
import copy
import itertools
import pickle
import sys
import threading

import numpy as np
import pytest
import scipy.sparse as sp

from sklearn_gd import GradientDescentMLPClassifier, estimator

N_READERS = 8
N_ROUNDS = 12
WIDTH = 400


def rows(n_rows, seed):
    """CSR rows in whose columns the model has gaps, and their labels."""
    rng = np.random.default_rng(seed)
    columns = rng.integers(0, WIDTH, (n_rows, 5))
    starts = np.arange(n_rows + 1) * 5
    values = rng.standard_normal(columns.size)
    X = sp.csr_array((values, columns.ravel(), starts), shape=(n_rows, WIDTH))
    X.sum_duplicates()
    return X, columns[:, 0] % 3


FEW, LABELS = rows(6, seed=9)
DENSE = FEW.toarray()
PARTS = [rows(30, seed) for seed in range(5)]

READS = {
    "predict CSR": lambda model: [model.predict_proba(FEW)],
    "predict": lambda model: [model.predict(FEW)],
    "predict dense": lambda model: [model.predict_proba(DENSE)],
    "parameters_": lambda model: [model.parameters_],
    "coefs_": lambda model: model.coefs_,
    "cost": lambda model: [np.array(model.cost(FEW, LABELS))],
    "gradient": lambda model: list(model.cost_gradient(DENSE, LABELS)[1:]),
    "report": lambda model: report(model.explain_gradient(FEW, LABELS)),
    "pickle": lambda model: all_of(pickle.loads(pickle.dumps(model))),
    "copy": lambda model: all_of(copy.copy(model)),
}


def all_of(model):
    state = model._model.state.copy()
    told = [model.loss_, model.t_, model._model.state.rule_steps]
    return [np.array(told), *state.stored, model.parameters_]


def report(told):
    return [told.data_part, told.penalty_part, told.parameters]


def bits(arrays):
    return b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)


def new(**settings):
    settings = {"hidden_layer_sizes": (6,), "batch_size": 10, **settings}
    return GradientDescentMLPClassifier(random_state=0, alpha=1e-2, **settings)


def stream(model, parts, sparse):
    for X, y in parts:
        X = X if sparse else X.toarray()
        model.partial_fit(X, y, classes=[0, 1, 2])
        yield model


@contextlib.contextmanager
def impatient():
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def read_all(model, go_on, answers):
    """Asks for everything, each thread in an order of its own."""
    start = threading.Barrier(N_READERS)
    errors = []

    def reader(number):
        order = np.random.default_rng(number).permutation(list(READS))
        start.wait(20)
        try:
            for round_, name in itertools.product(range(1000), order):
                if not go_on(round_):
                    break
                answers.append((number, name, bits(READS[name](model))))
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=reader, args=(i,)) for i in range(N_READERS)]
    with impatient():
        for thread in threads:
            thread.start()
        yield
        for thread in threads:
            thread.join(50)
    assert not errors and not any(thread.is_alive() for thread in threads)


KINDS = list(
    itertools.product(
        ["CSR", "dense", "both"],
        [{"momentum": 0.0}, {"momentum": 0.9}, {"solver": "adam"}],
        [True, False],
    )
)


def trained(kind, settings, average):
    model = new(average=average, **settings)
    n_sparse = {"CSR": 5, "dense": 0, "both": 3}[kind]
    for number, part in enumerate(PARTS):
        for _ in stream(model, [part], sparse=number < n_sparse):
            pass
    return model


@pytest.mark.parametrize(("kind", "settings", "average"), KINDS, ids=str)
def test_readers_get_what_one_alone_gets(kind, settings, average):
    """Dense reads wrote rows of W1 that wait in place, and CSR reads were wrong."""
    model = trained(kind, settings, average)
    alone = trained(kind, settings, average)
    wanted = {name: bits(read(alone)) for name, read in READS.items()}
    answers = []
    for _ in read_all(model, lambda round_: round_ < N_ROUNDS, answers):
        pass
    assert len(answers) == N_READERS * N_ROUNDS * len(READS)
    assert not [name for _, name, answer in answers if answer != wanted[name]]
    for name, read in READS.items():
        same = bits(read(model)) == wanted[name]
        assert same, name


@pytest.mark.parametrize("sparse", [True, False], ids=["CSR", "dense"])
@pytest.mark.parametrize(
    "settings", [{}, {"average": False}, {"solver": "adam"}], ids=str
)
def test_readers_get_a_published_model_while_another_thread_trains(sparse, settings):
    parts = [rows(30, seed) for seed in range(60)]
    twin, model = new(**settings), new(**settings)
    wanted = {name: {} for name in READS}  # answer: the last model that gives it
    for number, _ in enumerate(stream(twin, parts, sparse)):
        for name, read in READS.items():
            wanted[name][bits(read(twin))] = number
    first, *others = parts
    for _ in stream(model, [first], sparse):
        pass
    answers, done = [], threading.Event()
    for _ in read_all(model, lambda round_: not done.is_set(), answers):
        try:
            for _ in stream(model, others, sparse):
                pass
        finally:
            done.set()
    assert len({answer for _, _, answer in answers}) > len(READS)  # of several models
    for _, name, answer in answers:
        published = answer in wanted[name]
        assert published, name
    # Nobody sees an older model after a newer one; parameters are never the same again.
    for reader in range(N_READERS):
        seen = [
            wanted[name][answer]
            for number, name, answer in answers
            if number == reader and name == "parameters_"
        ]
        assert seen == sorted(seen)
    np.testing.assert_array_equal(model.parameters_, twin.parameters_)


@pytest.mark.parametrize("settings", [{}, {"solver": "adam"}], ids=str)
@pytest.mark.parametrize("log", [False, True], ids=["written", "log"])
@pytest.mark.parametrize("held", range(8), ids=str)
@pytest.mark.parametrize("later", [0, 1, 2], ids=str)
def test_models_that_are_held_never_change(held, later, log, settings, monkeypatch):
    """Whatever comes after them, CSR or dense; also those whose log is not written yet.

    The memory of all others may be used again.
    """
    readers, step = [], 0

    def write_log(model, before):
        usual(model, before) if not log else None
        if step in (held, held + later):
            readers.append((copy.copy(model), bits(all_of(model))))
        usual(model, before) if log else None

    usual = estimator.write_log
    monkeypatch.setattr(estimator, "write_log", write_log)
    model = new(**settings)
    for step, sparse in enumerate([1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1]):
        for _ in stream(model, [PARTS[step % 5]], sparse):
            pass
        for reader, was in readers:
            same = bits(all_of(reader)) == was
            assert same, step
