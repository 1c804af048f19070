"""Matplotlib is optional, and asked for only when something is drawn."""

import subprocess
import sys

import pytest

from sklearn_gd import LossCurveDisplay


def test_importing_the_package_does_not_import_matplotlib():
    code = "import sys, sklearn_gd; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_matplotlib_the_error_names_the_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    display = LossCurveDisplay([0.5, 0.4])
    with pytest.raises(ImportError, match=r"pip install 'sklearn_gd\[plot\]'"):
        display.plot()
