"""The main job runs from the command line, and what can go wrong ends in a sentence."""

import http.client
import importlib.util
import os
import runpy
import shutil
import socket
import subprocess
import sys
import urllib.error

import pytest

from ..datasets import REPOSITORY, shared_data

SCRIPT = REPOSITORY / "examples" / "read_digits.py"
pytest.importorskip("matplotlib")


def run(*arguments):
    """What the script prints."""
    done = subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def last_words(monkeypatch, *arguments):
    """The sentence with which the script gives up, with exit code 1."""
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *arguments])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert isinstance(end.value.code, str)  # printed to stderr; the code is then 1
    return end.value.code


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
    settings = ["--set", "activation=tanh", "dropout=0.1"]
    said = run("--quick", "--hidden", 100, 20, *settings, "--output", tmp_path)
    assert "8,730 parameters (layers of 64-100-20-10 neurons)" in said


@pytest.mark.parametrize(
    "error, advice",
    [
        (urllib.error.URLError("no route"), "check the connection"),
        (urllib.error.HTTPError("u", 404, "Not Found", {}, None), "Error 404"),
        (TimeoutError("timed out"), "check the connection"),
        (http.client.IncompleteRead(b""), "check the connection"),
        (ValueError("The md5 checksum does not match"), "md5 checksum"),
        (TypeError("expected string, got int"), "--parser liac-arff"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failed_download_ends_in_a_sentence(error, advice, monkeypatch):
    def fetch_openml(*args, **kwargs):
        try:
            raise error
        except TypeError:  # it tries again, which fails for want of a network
            raise urllib.error.URLError("offline")  # noqa: B904

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch_openml)
    timeout = socket.getdefaulttimeout()
    try:
        said = last_words(monkeypatch, "--dataset", "mnist_784")
    finally:
        socket.setdefaulttimeout(timeout)
    assert advice in said
    assert "\n" not in said


def test_an_unknown_parameter_is_named(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), "--set", "speed=9"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert "the classifier has no parameter 'speed'" in capsys.readouterr().err


def test_missing_matplotlib_ends_in_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    said = last_words(monkeypatch)
    assert said == "The pictures need matplotlib: pip install 'sklearn_gd[plot]'"


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
