"""The walls of the house, read from the source: who may import whom, and what."""

import ast
import sys
from pathlib import Path

import pytest

import sklearn_gd
from sklearn_gd.core.activations import ACTIVATIONS
from sklearn_gd.core.losses import LINKS, LOSSES
from sklearn_gd.core.schedules import SCHEDULES
from sklearn_gd.core.training import SOLVERS

ROOT = Path(sklearn_gd.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
CORE = sorted((ROOT / "core").glob("*.py"))

REQUIRED = {"numpy", "scipy", "sklearn", "joblib", "threadpoolctl"}
# The part whose import is the wish to use the optional package.
OPTIONAL_PARTS = {"onnx.py", "_onnx_around.py"}
OPTIONAL_ROOMS = {"dask"}
MAY_IMPORT_CLASSIFIER = {"__init__.py", "onnx.py", "tabular.py"}
SPARSETOOLS = "scipy.sparse._sparsetools"
REGISTERED = {
    name
    for registry in (ACTIVATIONS, LOSSES, SCHEDULES, SOLVERS, *LINKS.values())
    for name in registry
}


def relative(path):
    return str(path.relative_to(ROOT))


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def package_of(path):
    return ("sklearn_gd", *path.relative_to(ROOT).parts[:-1])


def names_of(node, path):
    """Absolute dotted names that an import statement asks for."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    module = [node.module] if node.module else []
    if node.level:
        package = package_of(path)
        module = [*package[: len(package) - node.level + 1], *module]
    base = ".".join(module)
    return [base, *(f"{base}.{alias.name}" for alias in node.names)]


def imports(path, within=None):
    """Absolute dotted names imported anywhere in a file, or in part of its tree."""
    nodes = ast.walk(parse(path)) if within is None else within
    return {
        name
        for node in nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in names_of(node, path)
    }


def outside_functions(node):
    """All nodes that run when the module is imported."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from outside_functions(child)


def foreign(names):
    """Top-level packages that are neither Python's own nor this one."""
    tops = {name.partition(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {"sklearn_gd"}


def siblings(path):
    """Modules of the core that a module of the core imports."""
    prefix = "sklearn_gd.core."
    names = {n.removeprefix(prefix) for n in imports(path) if n.startswith(prefix)}
    return {name.partition(".")[0] for name in names} & {p.stem for p in CORE}


@pytest.mark.parametrize("path", CORE, ids=relative)
def test_core_knows_only_numpy_and_scipy(path):
    assert foreign(imports(path)) <= {"numpy", "scipy"}


@pytest.mark.parametrize("path", CORE, ids=relative)
def test_core_does_not_know_what_is_built_on_it(path):
    ours = {name for name in imports(path) if name.startswith("sklearn_gd")}
    assert all(name.startswith("sklearn_gd.core") for name in ours), ours


@pytest.mark.parametrize(
    "module", ["activations", "losses", "updates", "schedules", "batches"]
)
def test_leaves_of_the_core_import_no_sibling(module):
    assert siblings(ROOT / "core" / f"{module}.py") == set()


def test_network_imports_only_activations_and_products():
    assert siblings(ROOT / "core" / "network.py") == {"activations", "compiled"}


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_functions_that_believe_any_pointer_are_called_in_one_file(path):
    private = {name for name in imports(path) if name.startswith("scipy.")}
    private = {n for n in private if any(p.startswith("_") for p in n.split("."))}
    if relative(path) == "core/compiled.py":
        assert siblings(path) == set()
        asked = {f"{SPARSETOOLS}.{name}" for name in ("csr_matvecs", "csc_matvecs")}
        assert private == {SPARSETOOLS, *asked}
    else:
        assert private == set()
        assert "_sparsetools" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_nothing_imports_the_classifier(path):
    if relative(path) in MAY_IMPORT_CLASSIFIER:
        pytest.skip("may import the classifier")
    names = imports(path)
    assert not any(name.startswith("sklearn_gd.classifier") for name in names)
    assert "sklearn_gd.GradientDescentMLPClassifier" not in names


def test_rooms_import_from_lower_rooms_only():
    """What stands at the top of the package is above all of them but Dask's."""
    order = ["core", "data", "training", "inspection", "dask"]
    for path in FILES:
        room, *_ = path.relative_to(ROOT).parts
        if room in order:
            above = {f"sklearn_gd.{name}" for name in order[order.index(room) + 1 :]}
            assert not imports(path) & above, relative(path)


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_optional_packages_wait_until_they_are_asked_for(path):
    if relative(path) in OPTIONAL_PARTS or package_of(path)[-1] in OPTIONAL_ROOMS:
        pytest.skip("its import is the wish to use the optional package")
    at_import = imports(path, outside_functions(parse(path)))
    assert foreign(at_import) <= REQUIRED


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_private_names_of_sklearn_stand_in_one_place(path):
    if path.name == "_sklearn.py":
        pytest.skip("this is the place")
    private = {
        name
        for name in imports(path)
        if name.startswith("sklearn.")
        and any(part.startswith("_") and part != "__version__" for part in split(name))
    }
    assert private == set()


def split(name):
    return name.split(".")[1:]


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_no_lock_waits_for_signal_handlers_and_forks(path):
    # Up to Python 3.11 a cached property holds one, too.
    names = imports(path)
    assert "functools.cached_property" not in names
    text = path.read_text(encoding="utf-8")
    assert "Lock()" not in text and "Condition()" not in text


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_the_error_state_of_numpy_is_never_set_to_be_given_back(path):
    # What is given back by np.errstate is kept by an interrupt: see core/quiet.py.
    text = path.read_text(encoding="utf-8")
    assert "np.errstate" not in text or relative(path) == "core/quiet.py"
    assert "np.seterr" not in text


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_blas_is_called_through_numpy_only(path):
    # NumPy and SciPy each bring a BLAS with threads of its own, and the two fight.
    assert not any(name.startswith("scipy.linalg") for name in imports(path))


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_registries_are_the_only_switch(path):
    compared = {
        constant.value
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Compare | ast.MatchValue)
        for constant in ast.walk(node)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    }
    assert compared & REGISTERED == set()


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_nothing_can_run_foreign_code(path):
    barred = {"pickle", "marshal", "shelve", "subprocess", "ctypes"}
    assert barred.isdisjoint(name.partition(".")[0] for name in imports(path))
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "compile", "__import__"}
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in {("os", "system"), ("os", "popen")}


def length_of_body(function):
    """Lines of a function after its signature and docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_functions_are_short():
    lengths = {
        f"{relative(path)}:{node.name}": length_of_body(node)
        for path in FILES
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef)
    }
    assert {name: n for name, n in lengths.items() if n > 60} == {}
    long = {name: n for name, n in lengths.items() if n > 25}
    assert len(long) <= 0.1 * len(lengths), long
