"""What is shipped: version, public names, and what stands in wheel and sdist."""

import importlib.metadata
import importlib.util
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import sklearn_gd

ROOT = Path(__file__).resolve().parent.parent
VERSION = sklearn_gd.__version__


def test_public_names_are_sorted_and_there():
    assert sklearn_gd.__all__ == sorted(set(sklearn_gd.__all__))
    for name in sklearn_gd.__all__:
        assert hasattr(sklearn_gd, name)


def test_nothing_else_is_public():
    public = {
        name
        for name, value in vars(sklearn_gd).items()
        if not name.startswith("_") and not isinstance(value, type(sys))
    }
    assert public == set(sklearn_gd.__all__)


def test_version_is_semantic_and_that_of_the_change_log():
    assert len([int(part) for part in VERSION.split(".")]) == 3
    log = ROOT / "CHANGELOG.md"
    if not log.exists():
        pytest.skip("the change log is not beside the tests")
    headings = [line for line in log.read_text().splitlines() if line.startswith("## ")]
    versions = [line.split()[1] for line in headings if line != "## Unreleased"]
    assert versions[0] == VERSION


def test_installed_version_is_the_imported_one():
    try:
        installed = importlib.metadata.version("sklearn_gd")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package is not installed, only imported")
    assert installed == VERSION


def test_importing_the_package_loads_no_optional_one():
    code = (
        "import sys, sklearn_gd; "
        "print(*{'matplotlib', 'torch', 'dask', 'skl2onnx'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(sklearn_gd.__file__).parent.parent,
    )
    assert done.stdout.split() == []


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Directory with a wheel and an sdist, built without the network."""
    if not (ROOT / "pyproject.toml").exists() or not (ROOT / "sklearn_gd").exists():
        pytest.skip("the source tree is not beside the tests")
    for needed in ("build", "hatchling"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"needs {needed}")
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "-o", str(out)]
    done = subprocess.run(
        [*command, str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_wheel_holds_the_package_and_nothing_else(built):
    (wheel,) = built.glob("*.whl")
    assert wheel.name == f"sklearn_gd-{VERSION}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    info = f"sklearn_gd-{VERSION}.dist-info/"
    ours = {name for name in names if not name.startswith(info)}
    source = ROOT / "sklearn_gd"
    assert ours == {
        str(path.relative_to(ROOT))
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    static = "sklearn_gd/inspection/pages/static/"
    assert {"sklearn_gd/py.typed", f"{static}network.html", f"{static}walk.js"} <= ours
    assert f"{info}licenses/LICENSE" in names


def test_sdist_holds_the_sources_and_nothing_made(built):
    (sdist,) = built.glob("*.tar.gz")
    prefix = f"sklearn_gd-{VERSION}/"
    names = [n.removeprefix(prefix) for n in tarfile.open(sdist).getnames()]
    tops = {name.partition("/")[0] for name in names}
    assert tops == {
        "sklearn_gd",
        "tests",
        "examples",
        "docs",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "PKG-INFO",
        "pyproject.toml",
        ".gitignore",
    }
    made = ("_build/", "auto_examples/", "generated/", "__pycache__", ".npz.tmp")
    assert [n for n in names if any(part in n for part in made)] == []
