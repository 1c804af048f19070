"""The gallery scripts run as they stand, on data that comes with scikit-learn."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
# One of them has arguments, and tests of its own.
SCRIPTS = sorted(set(EXAMPLES.glob("plot_*.py")) - {EXAMPLES / "plot_mnist_digits.py"})


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_runs_and_draws(script, monkeypatch, tmp_path, capsys):
    plt = pytest.importorskip("matplotlib.pyplot")
    pytest.importorskip("pandas")
    plt.switch_backend("Agg")
    monkeypatch.setattr(sys, "argv", [str(script)])
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    try:
        figures = [plt.figure(number) for number in plt.get_fignums()]
        assert figures, "no picture was drawn"
        for figure in figures:
            figure.canvas.draw()
            assert np.ptp(np.asarray(figure.canvas.buffer_rgba())) > 0
    finally:
        plt.close("all")
    assert "nan" not in capsys.readouterr().out.split()
