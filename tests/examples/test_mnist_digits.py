"""The main job runs from the command line, and what can go wrong ends in a sentence."""

import importlib.util
import os
import shutil
import subprocess
import sys

import pytest

from ..data import REPOSITORY, shared_data

SCRIPT = REPOSITORY / "examples" / "plot_mnist_digits.py"
pytest.importorskip("matplotlib")


def run(*arguments, code=0, before=""):
    """Output of the script, or of ``before`` followed by the script."""
    command = [sys.executable, str(SCRIPT)]
    if before:
        runs = f"import runpy; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
        command = [sys.executable, "-c", f"{before}\n{runs}"]
    done = subprocess.run(
        [*command, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def test_it_learns_the_digits_of_sklearn_and_saves_pictures(tmp_path):
    said = run("--quick", "--output", tmp_path / "pictures")
    assert "1,482 parameters (layers of 64-16-16-10 neurons)" in said
    assert sum(line.startswith("epoch") for line in said.splitlines()) == 3
    assert "test accuracy 0." in said
    table = [line.split() for line in said.splitlines()[-13:-3]]
    assert [row[0] for row in table] == list("0123456789")
    counts = [int(cell) for row in table for cell in row[1:] if cell != "."]
    assert sum(counts) == 500
    for name in ("cost", "thoughts", "weights"):
        assert (tmp_path / "pictures" / f"{name}.png").stat().st_size > 5000


def test_other_layers_can_be_chosen(tmp_path):
    said = run("--quick", "--hidden", 100, 20, "--output", tmp_path)
    assert "8,730 parameters (layers of 64-100-20-10 neurons)" in said


FAILURES = {
    "no network": ("urllib.error.URLError('no route')", "check the connection"),
    "not found": (
        "urllib.error.HTTPError('u', 404, 'Not Found', {}, None)",
        "HTTPError: HTTP Error 404: Not Found",
    ),
    "too slow": ("TimeoutError('timed out')", "check the connection"),
    "broken off": ("http.client.IncompleteRead(b'')", "check the connection"),
    "pandas": ("TypeError('expected string, got int')", "--parser liac-arff"),
}


@pytest.mark.parametrize("error, advice", FAILURES.values(), ids=FAILURES)
def test_a_failed_download_ends_in_a_sentence(error, advice):
    # Reading again after the TypeError of pandas fails for want of a network.
    before = f"""
import http.client, urllib.error, sklearn.datasets
def fail(*args, **kwargs):
    try:
        raise {error}
    except TypeError:
        raise urllib.error.URLError('offline')
sklearn.datasets.fetch_openml = fail
"""
    said = run("--dataset", "mnist_784", before=before, code=1)
    assert advice in said
    assert len(said.strip().splitlines()) == 1


def test_missing_matplotlib_ends_in_a_sentence():
    said = run(before="import sys; sys.modules['matplotlib'] = None", code=1)
    assert said.strip() == (
        "The pictures need matplotlib: pip install 'sklearn_gd[plot]'"
    )


def test_mnist_makes_13_002_parameters(tmp_path):
    home = shared_data("openml_home")
    if importlib.util.find_spec("pandas") is None:
        pytest.skip("reading MNIST in reasonable time needs pandas")
    # fetch_openml deletes what it cannot read.
    shutil.copytree(home, tmp_path / "home", copy_function=shutil.copyfile)
    said = run(
        "--dataset=mnist_784", "--quick", "--data-home", tmp_path / "home",
        "--output", tmp_path,
    )  # fmt: skip
    assert "13,002 parameters (layers of 784-16-16-10 neurons)" in said
    assert "1,000 digits to learn from, 10,000 to test with" in said
