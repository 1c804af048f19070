"""All or nothing: a model is the one from before a call, or the one from after it.

An exception, or two, is raised at every k-th opcode that the package executes. That
covers whatever can fail there, and Ctrl-C, which can come anywhere. With
SKLEARN_GD_INJECTIONS=0 in the environment it is raised at every single one.
"""

import copy
import os
import signal
import warnings

import numpy as np
import pytest
from scipy.sparse import random as random_array

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.training.threads import _libraries

from ..injection import Injector

SETTINGS = {"hidden_layer_sizes": (4,), "batch_size": 16, "max_iter": 2, "tol": None}
# At how many opcodes of each operation an exception is raised; 0 means at all.
N_PLACES = int(os.environ.get("SKLEARN_GD_INJECTIONS", "24"))


@pytest.fixture
def data(rng):
    X = rng.standard_normal((30, 3))
    return X, rng.integers(0, 3, 30)


def new(**settings):
    return GradientDescentMLPClassifier(random_state=0, **{**SETTINGS, **settings})


def fitted(data, **settings):
    return new(**settings).fit(*data)


def streamed(data, **settings):
    return new(**settings).partial_fit(*data, classes=[0, 1, 2])


def snapshot(thing):
    """All that is stored of a model, in a form that can be compared."""
    if isinstance(thing, GradientDescentMLPClassifier):
        return snapshot(thing.__getstate__())
    if isinstance(thing, dict):
        return {name: snapshot(value) for name, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [snapshot(value) for value in thing]
    if isinstance(thing, np.ndarray):
        return thing.dtype.str, thing.shape, thing.tobytes()
    return thing


def assert_unchanged(model, before):
    unchanged = snapshot(model) == before
    assert unchanged  # with the two written out, the report would be endless


def outside():
    """What a call may change while it runs, but not for good."""
    return {
        "SIGINT": signal.getsignal(signal.SIGINT),
        "NumPy's errors": np.geterr(),
        "BLAS threads": [library.get_num_threads() for library in _libraries()],
        "warnings": list(warnings.filters),
    }


def places(n_events):
    """The opcodes to raise at; the stride is odd to fall out of step with loops."""
    return range(1, n_events + 1, n_events // N_PLACES | 1 if N_PLACES else 1)


def disturbed(model, operation, at, **injected):
    """What was raised by the operation, disturbed at that opcode, or None."""
    call = operation(model)
    try:
        with Injector(at, **injected):
            call()
    except BaseException as error:
        return type(error)
    return None


def wide(data):
    _, y = data
    return random_array(len(y), 400, 0.01, format="csr", random_state=0), y


def cases():
    """(name, how the model comes about, what is then done with it)."""

    def fit(data):
        return lambda model: lambda: model.fit(*data)

    def chunk(data):
        X, y = data[0][:20], data[1][:20]

        def operation(model):
            partial_fit = model.partial_fit  # whether there is one is asked before
            return lambda: partial_fit(X, y, classes=[0, 1, 2])

        return operation

    def chunk_wide(data):
        return chunk(wide(data))

    def ruinous(data):
        return chunk((data[0] * 1e200, data[1]))

    def streamed_wide(data, **settings):
        return streamed(wide(data), **settings)

    def switched(data, **settings):
        return streamed(data).set_params(**settings)

    for solver in ("sgd", "adam", "lbfgs"):
        yield f"first fit, {solver}", lambda _, s=solver: new(solver=s), fit
        yield f"fit again, {solver}", lambda d, s=solver: fitted(d, solver=s), fit
    warm = {"warm_start": True, "early_stopping": True, "validation_fraction": 0.3}
    yield "warm start", lambda data: fitted(data, **warm), fit
    yield "fit that diverges", lambda data: fitted(data, learning_rate=1e5), fit
    yield "fit, CSR", lambda data: new(), lambda data: fit(wide(data))
    for solver in ("sgd", "adam"):
        yield f"first chunk, {solver}", lambda _, s=solver: new(solver=s), chunk
        yield f"chunk, {solver}", lambda d, s=solver: streamed(d, solver=s), chunk
        yield (
            f"first chunk, CSR, {solver}",
            lambda _, s=solver: new(solver=s),
            chunk_wide,
        )
        make = lambda d, s=solver: streamed_wide(d, solver=s)  # noqa: E731
        yield f"chunk, CSR, {solver}", make, chunk_wide
    small = lambda data: streamed_wide(data, batch_size=7)  # noqa: E731
    yield "chunk of several batches, CSR", small, chunk_wide
    yield "dense chunk after CSR", streamed_wide, lambda data: chunk(dense(data))
    yield "chunk after fit", lambda data: fitted(data, momentum=0), chunk
    yield "another solver", lambda data: switched(data, solver="adam"), chunk
    yield "another momentum", lambda data: switched(data, momentum=0.0), chunk
    yield "ruinous chunk", lambda data: streamed(data), ruinous


def dense(data):
    X, y = wide(data)
    return X.toarray(), y


@pytest.mark.filterwarnings("ignore:A part of the stream:UserWarning")
@pytest.mark.filterwarnings("ignore:Training diverged:UserWarning")
@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case[0])
def test_an_exception_anywhere_leaves_a_whole_model(case, data):
    _, prepare, make = case
    operation, original = make(data), prepare(data)
    before, around = snapshot(original), outside()
    undisturbed = copy.deepcopy(original)
    operation(undisturbed)()
    after = snapshot(undisturbed)
    call = operation(copy.deepcopy(original))
    with Injector() as counter:
        call()
    for number, at in enumerate(places(counter.events)):
        model = copy.deepcopy(original)
        again = (None, 1, 3, 17)[number % 4]  # one interrupt, or a second so soon
        raised = disturbed(model, operation, at, again=again)
        # Not compared in the assertion, whose report would take very long.
        now = snapshot(model)
        is_whole = now == after or (raised and now == before)
        assert is_whole, f"opcode {at} of {counter.events}"
        assert outside() == around, f"opcode {at} of {counter.events}"


def reads():
    def sparse(model, data):
        return model.predict_proba(wide(data)[0])

    def rows(model, data):
        return model.predict_proba(dense(data)[0])

    yield "predict CSR", sparse
    yield "predict dense", rows
    yield "parameters_", lambda model, data: model.parameters_
    yield "coefs_", lambda model, data: [W.copy() for W in model.coefs_]
    yield "cost", lambda model, data: model.cost(*dense(data))
    yield "gradient", lambda model, data: model.cost_gradient(*wide(data))
    yield "activations", lambda model, data: model.activations(dense(data)[0])
    yield "pickle", lambda model, data: snapshot(model)
    yield "copy", lambda model, data: copy.copy(model).parameters_


@pytest.mark.parametrize("read", list(reads()), ids=lambda read: read[0])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_an_exception_in_a_read_changes_nothing(read, solver, data):
    """Rows of W1 that wait were brought up to date in place, by readers."""
    model = streamed(wide(data), solver=solver)
    model.partial_fit(wide(data)[0][:5], data[1][:5])
    _, function = read
    before, around, answer = snapshot(model), outside(), function(model, data)
    with Injector() as counter:
        function(model, data)
    for at in places(counter.events):
        disturbed(model, lambda model: lambda: function(model, data), at, again=2)
        unchanged = snapshot(model) == before
        assert unchanged, f"opcode {at} of {counter.events}"
        assert outside() == around, f"opcode {at} of {counter.events}"
    np.testing.assert_equal(function(model, data), answer)


def bad_calls():
    X, y = np.ones((4, 3)), np.array([0, 1, 2, 0])
    nan = np.where(np.eye(4, 3) > 0, np.nan, 1.0)
    yield "other features", (np.ones((4, 2)), y), {}
    yield "NaN", (nan, y), {}
    yield "lengths", (X, y[:2]), {}
    yield "weights", (X, y), {"sample_weight": [1, 1, 1, -1]}
    yield "no weight shape", (X, y), {"sample_weight": [1, 1]}
    yield "text", (np.full((4, 3), "a"), y), {}
    yield "three dimensions", (np.ones((4, 3, 1)), y), {}
    yield "no rows", (X[:0], y[:0]), {}
    yield "continuous y", (X, y + 0.25), {}


@pytest.mark.parametrize("call", list(bad_calls()), ids=lambda call: call[0])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("start", [fitted, streamed, lambda data: new()])
def test_a_refused_call_changes_nothing(start, method, call, data):
    _, args, kwargs = call
    model = start(data)
    if method == "fit" and call[0] == "other features":
        pytest.skip("fit may learn other features")
    if method == "partial_fit" and call[0] == "no rows" and hasattr(model, "coefs_"):
        pytest.skip("an empty part of a stream is not refused")
    if not hasattr(model, "coefs_"):
        if call[0] == "other features":
            pytest.skip("nothing to differ from")
        kwargs = {**kwargs, "classes": [0, 1, 2]} if method != "fit" else kwargs
    before = snapshot(model)
    with pytest.raises((ValueError, TypeError)):
        getattr(model, method)(*args, **kwargs)
    assert_unchanged(model, before)


def test_unknown_labels_in_a_stream_change_nothing(data):
    model = streamed(data)
    before = snapshot(model)
    with pytest.raises(ValueError, match="not among the classes"):
        model.partial_fit(data[0], data[1] + 1)
    with pytest.raises(ValueError, match="not those of the model"):
        model.partial_fit(*data, classes=[0, 1])
    assert_unchanged(model, before)


@pytest.mark.parametrize(
    "wrong",
    [{"alpha": -1}, {"activation": "sine"}, {"hidden_layer_sizes": (9, 9)}],
    ids=str,
)
def test_a_wrong_parameter_changes_nothing_but_itself(wrong, data):
    model = streamed(data)
    parameters, t = model.parameters_, model.t_
    with pytest.raises(ValueError):
        model.set_params(**wrong).partial_fit(*data)
    np.testing.assert_array_equal(model.parameters_, parameters)
    assert model.t_ == t
    model.set_params(**{name: new().get_params()[name] for name in wrong})
    assert model.partial_fit(*data).t_ == t + len(data[0])
