"""Sessions that anyone can run: ``nox``, ``nox -s lint``, ``nox -s tests-3.12``."""

import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = False
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


@nox.session(python=PYTHONS)
@nox.parametrize("versions", ["oldest", "newest"])
def tests(session, versions):
    """The suite against the wheel, from another directory."""
    scratch = Path(session.create_tmp()).resolve()
    shutil.rmtree(scratch, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", "--wheel", "-o", str(scratch / "dist"), ".")
    constraints = scratch / "constraints.txt"
    constraints.touch()
    if versions == "oldest":
        with constraints.open("w") as out:
            session.run("python", ".ci/oldest.py", stdout=out, silent=False)
    (wheel,) = (scratch / "dist").glob("*.whl")
    session.install("-c", str(constraints), f"{wheel}[test,plot]")
    elsewhere = scratch / "elsewhere"
    for folder in ("tests", "examples"):
        shutil.copytree(folder, elsewhere / folder)
    shutil.copy("pyproject.toml", elsewhere)
    session.chdir(elsewhere)
    session.run("python", "-m", "pytest", "-q", *session.posargs)


@nox.session
def neighbours(session):
    """The tests that need optional packages."""
    session.install(".[test,plot,notebook,onnx,dask,neighbours]")
    session.run("python", "-m", "pytest", "-q", *session.posargs)


@nox.session
def clusters(session):
    """Training on Dask clusters of this machine, under four minutes."""
    session.install(".[test,dask]")
    session.run("python", "-m", "pytest", "-q", "tests/dask", "tests/test_dask.py")


@nox.session
def lint(session):
    """Style, format, and types of the core."""
    session.install(".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def docs(session):
    """The site, where a warning is an error, and the examples in docstrings."""
    session.install(".[docs,test,dask]")
    session.run("python", "-m", "pytest", "-q", "--doctest-modules", "sklearn_gd")
    session.run("sphinx-build", "-W", "docs", "docs/_build")
