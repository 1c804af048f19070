"""A stored model that is damaged is refused by name, and harms nobody.

Fields are damaged one by one, with a checksum that fits, so that each must be noticed
for itself; then bits and ends of files, in a process of their own.
"""

import contextlib
import copy
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.updates import GradientDescent
from sklearn_gd.training.persistence.checksum import checksum
from sklearn_gd.training.persistence.sealing import sealed

SETTINGS = {"hidden_layer_sizes": (4, 3), "max_iter": 2, "tol": None, "random_state": 0}


def data():
    rng = np.random.default_rng(0)
    return rng.standard_normal((60, 3)), np.arange(60) % 3


def fitted(**settings):
    X, y = data()
    return GradientDescentMLPClassifier(**{**SETTINGS, **settings}).fit(X, y)


def streamed(**settings):
    X, y = data()
    model = GradientDescentMLPClassifier(**{**SETTINGS, **settings})
    for part in (slice(0, 20), slice(20, 60)):
        model.partial_fit(X[part], y[part], classes=[0, 1, 2])
    return model


def labelled(**settings):
    X, y = data()
    model = GradientDescentMLPClassifier(**{**SETTINGS, **settings})
    return model.fit(X, np.eye(3, dtype=int)[y])


MODELS = {
    "fitted": fitted,
    "adam": lambda: fitted(solver="adam", average=False, activation=["tanh", "elu"]),
    "lbfgs": lambda: fitted(solver="lbfgs"),
    "own solver": lambda: fitted(solver=GradientDescent(0.5)),
    "validated": lambda: fitted(early_stopping=True),
    "streamed": streamed,
    "labels": labelled,
    "trimmed": lambda: fitted().trim_for_prediction(),
}


def fields(thing, path=()):
    """The path of every field in nested dicts and lists."""
    if path:
        yield path
    if isinstance(thing, dict):
        for name, part in thing.items():
            yield from fields(part, (*path, name))
    elif isinstance(thing, list | tuple) and len(thing) < 10:
        for number in range(len(thing)):
            yield from fields(thing[number], (*path, number))


def at(state, path):
    for step in path:
        state = state[step]
    return state


def damages(value):
    """Values of other kinds, sizes, types and ranges."""
    yield from (None, "no such thing", -1, 2**70, math.nan, math.inf, 1e300, True)
    yield from ([], {}, [None], {"name": "sgd"}, np.zeros(2), np.array("x"), object())
    if isinstance(value, np.ndarray):
        yield from (value[:-1], np.append(value, value[-1:]), value[None], value[::-1])
        yield from (value.astype(object), value.astype("S"), value.astype(complex))
        if value.dtype.kind == "f":
            yield from (value.astype(np.float16), value.astype(np.longdouble))
            for bad in (math.nan, math.inf):
                yield np.where(np.arange(len(value)) == 1, bad, value)
    if isinstance(value, list | tuple) and value:
        yield from (value[:-1], [*value, value[-1]], [*value[:-1], None])
    if isinstance(value, dict):
        for name in value:
            yield {key: part for key, part in value.items() if key != name}
        yield {**value, "more": 1}
    if isinstance(value, int | float):
        yield from (str(value), [value], value + 0.5)


def damaged(state, path, value):
    """The state with another value there, and a checksum that fits."""
    *parents, name = path
    changed = copy.deepcopy(state)
    parent = at(changed, parents)
    if isinstance(parent, tuple):
        value = (*parent[:name], value, *parent[name + 1 :])
        return damaged(state, parents, value)
    parent[name] = value
    parameters = GradientDescentMLPClassifier._parameter_constraints
    return {**changed, "_checksum": checksum(sealed(changed, parameters))}


def load(state):
    model = GradientDescentMLPClassifier()
    model.__setstate__(state)
    return model


def stored_fields(state):
    """All fields but the parameters, which are checked when they are used."""
    parameters = GradientDescentMLPClassifier().get_params()
    for path in fields(state):
        if path[0] not in (*parameters, "_checksum"):
            yield path


# What some fields are called in the errors.
WORDS = {"link": "output activation", "name": "solver", "activations": "activation"}


def names(error, path):
    """Whether an error names the field, or what it belongs to."""
    steps = [step for step in path if isinstance(step, str)]
    steps = steps[1:] if len(steps) > 1 else steps
    return any(
        word in str(error) for step in steps for word in (step, WORDS.get(step, step))
    )


@pytest.mark.parametrize("kind", MODELS)
def test_every_damaged_field_is_named(kind):
    """Or what it holds is a value that it may hold, and the model predicts."""
    model = MODELS[kind]()
    state, X = model.__getstate__(), data()[0]
    for path in stored_fields(state):
        accepted = []
        for value in damages(at(state, path)):
            try:
                found = load(damaged(state, path, value))
            except ValueError as error:
                assert names(error, path), (path, value, error)
                continue
            accepted.append(value)
            assert np.isfinite(found.predict_proba(X)).all(), (path, value)
            with contextlib.suppress(ValueError, AttributeError):
                found.partial_fit(*data())
            assert np.isfinite(found.predict_proba(X)).all(), (path, value)
        assert len(accepted) < 8, (path, accepted)


@pytest.mark.parametrize("kind", ["fitted", "streamed"])
def test_any_change_is_noticed(kind):
    """A value that it may hold, but that is not the one that was stored."""
    state = MODELS[kind]().__getstate__()
    for path in fields(state):
        value = at(state, path)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            other = value.copy()
            other.view(np.uint8)[3] ^= 1
        elif isinstance(value, bool) or not isinstance(value, int | float | str):
            continue
        else:
            other = f"{value} " if isinstance(value, str) else value + 1
        changed = {**damaged(state, path, other), "_checksum": state["_checksum"]}
        if path == ("_checksum",):
            changed["_checksum"] = other
        with pytest.raises(ValueError):
            load(changed)


def test_what_a_subclass_adds_or_leaves_out_is_its_business():
    class Noted(GradientDescentMLPClassifier):
        def __getstate__(self):
            state = super().__getstate__()
            del state["cache"]
            return {**state, "note": "stored"}

    model = Noted(**SETTINGS).fit(*data())
    model.cache = np.zeros(3)
    twin = copy.deepcopy(model)
    assert twin.note == "stored"
    np.testing.assert_array_equal(twin.parameters_, model.parameters_)


def test_vectors_in_another_byte_order_are_turned_round():
    model = fitted()
    state = model.__getstate__()
    stored = state["_model"]["state"]
    for name in ("theta", "vectors"):
        swapped = [v.astype(v.dtype.newbyteorder(">")) for v in [*stored["vectors"]]]
        if name == "theta":
            swapped = stored["theta"].astype(stored["theta"].dtype.newbyteorder(">"))
        state = damaged(state, ("_model", "state", name), swapped)
    twin = load(state)
    assert twin.parameters_.dtype.isnative
    for each in (model, twin):
        each.partial_fit(*data())
    np.testing.assert_array_equal(twin.parameters_, model.parameters_)


# Files, in a process of their own

FILES = """
import io, json, pickle, random, sys, warnings, zipfile
import numpy as np
from tests.training import test_stored as t
warnings.simplefilter("ignore")
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30,) * 2)
except ImportError:
    pass
way, damage = sys.argv[1:]
if way == "pickle":
    dumps, loads = pickle.dumps, pickle.loads
else:
    import skops.io
    trusted = ["sklearn_gd.classifier.GradientDescentMLPClassifier"]
    dumps = skops.io.dumps
    loads = lambda stored: skops.io.loads(stored, trusted=trusted)
model, X = t.streamed(), t.data()[0]
stored, state = dumps(model), repr(model.__getstate__())
probabilities = model.predict_proba(X)
random.seed(0)

def flipped():
    for _ in range(500):
        place = random.randrange(8 * len(stored))
        other = bytearray(stored)
        other[place // 8] ^= 1 << place % 8
        yield place, bytes(other)

def cut():
    for k in range(100):
        yield k, stored[: k * len(stored) // 100]

def edited():
    # A file that is whole, but says something else of one field.
    source = zipfile.ZipFile(io.BytesIO(stored))
    schema = source.read("schema.json").decode()
    contents = [i for i in range(len(schema)) if schema.startswith('"content": "', i)]
    for place in contents:
        start = place + len('"content": "')
        stop = schema.index('",', start) if '",' in schema[start:] else len(schema) - 1
        for value in ("7", "-1", "null", "NaN", "1e400", "[]", ""):
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as target:
                for name in source.namelist():
                    content = source.read(name)
                    if name == "schema.json":
                        content = (schema[:start] + value + schema[stop:]).encode()
                    target.writestr(name, content)
            yield (place, schema[start:stop], value), out.getvalue()

refused = 0
for place, other in {"flipped": flipped, "cut": cut, "edited": edited}[damage]():
    try:
        twin = loads(other)
        found = twin.predict_proba(X), repr(twin.__getstate__())
    except Exception:
        refused += 1
        continue
    if not (found[1] == state and np.array_equal(found[0], probabilities)):
        sys.exit(f"another model after {damage} {place}")
print("refused", refused)
"""


@pytest.mark.parametrize("way", ["pickle", "skops"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "edited"])
def test_a_damaged_file_is_refused_or_gives_an_equal_model(way, damage):
    if way == "skops":
        pytest.importorskip("skops.io")
    elif damage == "edited":
        pytest.skip("a pickle is a program")
    run = subprocess.run(
        [sys.executable, "-c", FILES, way, damage],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env=dict(os.environ),
        timeout=55,
    )
    assert run.returncode == 0, f"{run.returncode}: {run.stderr[-2000:]}"
    # Some bits and ends do not count, most do.
    least = {"flipped": 250, "cut": 100, "edited": 100}[damage]
    assert int(run.stdout.split()[-1]) >= least, run.stdout
