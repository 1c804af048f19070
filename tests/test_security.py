"""No code from data: nothing is evaluated, unpickled or handed to a shell."""

import ast
import io
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import sklearn_gd
from sklearn_gd import GradientDescentMLPClassifier

ROOT = Path(sklearn_gd.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
FORBIDDEN_MODULES = {
    "ctypes",
    "dill",
    "marshal",
    "pickle",
    "shelve",
    "shutil.rmtree",
    "socket",
    "subprocess",
    "urllib",
}
FORBIDDEN_METHODS = {"system", "popen", "fromfile", "loads", "unlink", "rmtree"}


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_package_runs_no_code_that_it_is_given(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in calls(tree):
        if isinstance(function, ast.Name):
            assert function.id not in FORBIDDEN_CALLS, ast.unparse(function)
        if isinstance(function, ast.Attribute):
            assert function.attr not in FORBIDDEN_METHODS, ast.unparse(function)
    for name in imported(tree):
        roots = {name, name.split(".")[0]}
        assert not roots & FORBIDDEN_MODULES, name


# What a stored model can do when it is loaded


class Named(pickle.Unpickler):
    """Notes the names that a pickle asks for; only these can be executed."""

    def find_class(self, module, name):
        self.__dict__.setdefault("asked", set()).add(f"{module}.{name}")
        return super().find_class(module, name)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_a_pickle_names_only_our_class_and_numpys_arrays(solver, digits):
    X, y = digits
    model = GradientDescentMLPClassifier((5,), solver=solver, max_iter=2)
    unpickler = Named(io.BytesIO(pickle.dumps(model.fit(X, y.astype(str)))))
    unpickler.load()
    ours = {name for name in unpickler.asked if not name.startswith("numpy.")}
    # copyreg makes an object of a class, or one of a protocol's reconstructors.
    ours -= {name for name in ours if name.startswith(("copyreg.", "builtins."))}
    assert ours == {"sklearn_gd.classifier.GradientDescentMLPClassifier"}
    numpys = {name.rsplit(".", 1)[1] for name in unpickler.asked - ours}
    assert numpys <= {"_reconstruct", "_frombuffer", "ndarray", "dtype", "scalar"}


def test_skops_needs_to_trust_our_class_alone(digits):
    skops_io = pytest.importorskip("skops.io")
    model = GradientDescentMLPClassifier((5,), solver="adam", max_iter=2).fit(*digits)
    stored = skops_io.dumps(model)
    assert skops_io.get_untrusted_types(data=stored) == [
        "sklearn_gd.classifier.GradientDescentMLPClassifier"
    ]


def test_what_is_loaded_is_data_not_code(digits):
    """Names in a stored model are looked up in registries, never imported."""
    state = GradientDescentMLPClassifier((5,), max_iter=2).fit(*digits).__getstate__()
    for field, value in (
        ("loss", "os.system"),
        ("link", "__import__('os')"),
        ("solver", {"name": "builtins.exec", "settings": {}}),
    ):
        damaged = {**state, "_model": {**state["_model"], field: value}}
        with pytest.raises(ValueError, match="not registered here"):
            GradientDescentMLPClassifier().__setstate__(damaged)


def test_a_generator_of_another_kind_is_not_made(digits):
    """The generator's name in the file is compared, not looked up."""
    state = GradientDescentMLPClassifier((5,), max_iter=2).fit(*digits).__getstate__()
    state["_model"]["state"]["rng"]["bit_generator"] = "MT19937"
    with pytest.raises(ValueError, match="PCG64"):
        GradientDescentMLPClassifier().__setstate__(state)


# Demands that no machine can meet


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    "hidden_layer_sizes",
    [10**9, (10**9,), (10**5, 10**5, 10**5), [10**12, 2], (10**30,)],
    ids=str,
)
def test_enormous_networks_end_in_a_sentence(hidden_layer_sizes, method, digits):
    X, y = digits
    model = GradientDescentMLPClassifier(hidden_layer_sizes)
    if hidden_layer_sizes != (10**30,) and isinstance(hidden_layer_sizes, tuple | list):
        model.set_params(activation=["relu"] * len(hidden_layer_sizes))
    arguments = {"classes": range(10)} if method == "partial_fit" else {}
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="hidden_layer_sizes"):
            getattr(model, method)(X, y, **arguments)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    assert not hasattr(model, "coefs_")


def test_an_enormous_batch_takes_no_more_memory_than_the_data(digits):
    X, y = digits
    model = GradientDescentMLPClassifier((5,), batch_size=10**12, max_iter=1)
    tracemalloc.start()
    try:
        model.fit(X, y)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


def test_labels_are_not_executed():
    class Loud:
        def __reduce__(self):
            raise AssertionError("pickled")

    y = np.array(["__import__('os').system('false')", "{0.__class__}"] * 5)
    X = np.arange(20.0).reshape(10, 2)
    model = GradientDescentMLPClassifier((3,), max_iter=1, random_state=Loud)
    with pytest.raises(ValueError, match="random_state"):
        model.fit(X, y)
    assert set(model.set_params(random_state=0).fit(X, y).classes_) == set(y)
