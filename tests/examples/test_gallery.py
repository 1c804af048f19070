"""The gallery scripts run as they stand, on data that comes with scikit-learn."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*/plot_*.py"))


def share_downhill(namespace, when, size):
    return np.mean(np.array(namespace["angles"][when, size]) < 90)


def found(namespace, costs):
    """How many of the wrong labels are among the 30 most expensive rows."""
    return np.isin(namespace["swapped"], np.argsort(namespace[costs])[-30:]).sum()


# What scripts say in words, by what they have computed.
CLAIMS = {
    "plot_loss_curves": [
        lambda n: n["without"][-1] > 1.5 * min(n["watched"]),
        lambda n: n["network"].n_iter_ < 60,
        lambda n: (
            n["ends_of_rates"]["too small, 0.01"] > 3 * n["ends_of_rates"]["good, 1"]
        ),
        lambda n: (
            n["ends_of_rates"]["too large, 8"] > 3 * n["ends_of_rates"]["good, 1"]
        ),
        lambda n: (
            n["ends_of_rules"]["plain, 1 (equal steps)"]
            < 1.3 * n["ends_of_rules"]["momentum 0.9, 0.1"]
            < n["ends_of_rules"]["plain, 0.1"]
        ),
    ],
    "plot_batch_gradients": [
        lambda n: share_downhill(n, "early", 32) > 0.98,
        lambda n: share_downhill(n, "late", 100) > 0.9 > share_downhill(n, "late", 1),
        lambda n: (
            np.median(n["angles"]["late", 32]) > np.median(n["angles"]["early", 32])
        ),
    ],
    "plot_costly_digits": [
        lambda n: found(n, "out_of_fold") >= 25,
        lambda n: found(n, "out_of_fold") > found(n, "in_sample"),
    ],
    "plot_network": [
        lambda n: n["cost_at_start"] > 3,
        lambda n: n["cost_at_end"] < 0.3,
        lambda n: n["network"].predict(n["X"][[2]])[0] == n["y"][2],
    ],
    "plot_gradient_descent": [
        lambda n: n["equal"].message.startswith("Diverged"),
        lambda n: n["walks"][1].nit < n["walks"][0].nit,
    ],
    "plot_mnist_digits": [
        lambda n: n["classifier"].n_parameters_ == 1482,
        lambda n: n["classifier"].score(n["X_test"], n["y_test"]) > 0.93,
    ],
    "plot_text_stream": [
        lambda n: all(
            np.mean(s[30:62]) > np.mean(s[62:78]) < np.mean(s[-32:])
            for s in n["right"].values()
        ),
        lambda n: np.mean(n["right"]["network"][-32:]) > 0.85,
    ],
    "plot_table": [
        lambda n: all(
            m.score(n["X_test"], n["y_test"]) > 0.7
            for m in (n["models"]["by hand"], n["models"]["tabular_classifier()"])
        ),
    ],
    "plot_neurons": [
        lambda n: n["network"].score(n["X"], n["y"]) > 0.95,
        lambda n: n["linear"].score(n["X"], n["y"]) < 0.92,
    ],
}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_runs_and_draws(script, monkeypatch, tmp_path, capsys):
    plt = pytest.importorskip("matplotlib.pyplot")
    pytest.importorskip("pandas")
    plt.close("all")  # of whatever ran before: too many open ones warn
    plt.switch_backend("Agg")
    monkeypatch.setattr(sys, "argv", [str(script)])
    monkeypatch.chdir(tmp_path)
    namespace = runpy.run_path(str(script), run_name="__main__")
    for claim in CLAIMS.get(script.stem, ()):
        assert claim(namespace)
    for thing in namespace.values():
        if hasattr(thing, "to_jshtml"):
            thing._func(0)
            thing._draw_was_started = True  # else it complains that nobody drew it
    try:
        figures = [plt.figure(number) for number in plt.get_fignums()]
        assert figures, "no picture was drawn"
        for figure in figures:
            figure.canvas.draw()
            assert np.ptp(np.asarray(figure.canvas.buffer_rgba())) > 0
    finally:
        plt.close("all")
    assert "nan" not in capsys.readouterr().out.split()
