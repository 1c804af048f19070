"""What training prints, and where its warnings point."""

import io
import os
import re
import warnings
from contextlib import redirect_stdout

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline

from sklearn_gd import GradientDescentMLPClassifier
from sklearn_gd.core.training import Epoch
from sklearn_gd.training import reporting

LINE = re.compile(
    r"epoch +(?P<number>\d+)/(?P<of>\d+)  cost (?P<cost>\d\.\d{6})"
    r"(  validation cost (?P<validation>\d\.\d{6}))?"
    r"  learning rate (?P<rate>[\d.e-]+)(?P<back>  rolled back)?  (\d+:)?\d+:\d\d left"
)


def fit(wine, **parameters):
    settings = {"hidden_layer_sizes": (8,), "tol": None, "random_state": 0}
    return GradientDescentMLPClassifier(**(settings | parameters)).fit(*wine)


class Terminal(io.StringIO):
    """A standard output that is a terminal."""

    def isatty(self):
        return True

    def drawn(self):
        """What has been drawn on the line, one after the other."""
        line = self.getvalue().partition("\n")[0]
        return [drawn.rstrip() for drawn in line.split("\r")[1:]]


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(reporting, "REFRESH", 0.0)
    size = os.terminal_size((100, 24))
    monkeypatch.setattr(reporting.shutil, "get_terminal_size", lambda: size)
    return Terminal()


def test_silent_by_default(wine, capsys):
    fit(wine, max_iter=3)
    assert capsys.readouterr() == ("", "")


def test_verbose_2_prints_a_line_per_epoch(wine, capsys):
    model = fit(wine, max_iter=23, verbose=2, early_stopping=True)
    *lines, _ = capsys.readouterr().out.splitlines()
    matches = [LINE.fullmatch(line) for line in lines]
    assert [int(m["number"]) for m in matches] == list(range(1, 24))
    assert {m["of"] for m in matches} == {"23"}
    costs = [float(m["cost"]) for m in matches]
    np.testing.assert_allclose(costs, model.loss_curve_, atol=1e-6)
    costs = [float(m["validation"]) for m in matches]
    np.testing.assert_allclose(costs, model.validation_loss_curve_, atol=1e-6)
    assert {m["rate"] for m in matches} == {f"{model.learning_rate_:.3g}"}


@pytest.mark.parametrize("verbose", [1, True])
def test_piped_verbose_1_prints_some_plain_lines(wine, capsys, verbose):
    fit(wine, max_iter=23, verbose=verbose)
    out = capsys.readouterr().out
    numbers = [int(LINE.fullmatch(line)["number"]) for line in out.splitlines()[:-1]]
    assert numbers == [3, 6, 9, 12, 15, 18, 21, 23]
    assert "\r" not in out and "\x1b" not in out


def test_few_epochs_get_a_line_each(wine, capsys):
    fit(wine, max_iter=4, verbose=1)
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert last == "ended after epoch 4: all epochs done"


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_last_line_says_why_training_ended(wine, capsys, early_stopping):
    settings = {"tol": 0.05, "early_stopping": early_stopping, "max_iter": 1000}
    model = fit(wine, verbose=1, n_iter_no_change=5, **settings)
    last = capsys.readouterr().out.splitlines()[-1]
    kept = f"; kept is that of epoch {model.best_epoch_}" * early_stopping
    assert last == f"ended after epoch {model.n_iter_}: no more progress{kept}"
    assert early_stopping == (model.best_epoch_ < model.n_iter_)


def test_terminal_gets_one_live_line(wine, terminal):
    with redirect_stdout(terminal):
        fit(wine, max_iter=12, verbose=1, learning_rate_schedule="cosine")
    _, last, end = terminal.getvalue().split("\n")
    assert not end and last == "ended after epoch 12: all epochs done"
    drawn = [LINE.fullmatch(line) for line in terminal.drawn()]
    assert [int(m["number"]) for m in drawn] == list(range(1, 13))
    rates = [float(m["rate"]) for m in drawn]
    assert rates == sorted(rates, reverse=True) and rates[0] > rates[-1]


def test_live_line_is_drawn_now_and_then_and_at_last(wine, terminal, monkeypatch):
    monkeypatch.setattr(reporting, "REFRESH", 3600.0)
    with redirect_stdout(terminal):
        fit(wine, max_iter=50, verbose=1)
    numbers = [int(LINE.fullmatch(line)["number"]) for line in terminal.drawn()]
    assert numbers == [1, 50]


def test_live_line_is_no_wider_than_the_terminal(wine, terminal, monkeypatch):
    size = os.terminal_size((30, 24))
    monkeypatch.setattr(reporting.shutil, "get_terminal_size", lambda: size)
    with redirect_stdout(terminal):
        fit(wine, max_iter=3, verbose=1)
    lines = terminal.getvalue().partition("\n")[0].split("\r")[1:]
    assert {len(line) for line in lines} == {29}


def test_live_line_is_left_when_training_fails(wine, terminal, monkeypatch):
    class Failure(Exception):
        pass

    describe = reporting.PlainLines.describe

    def fail_at_three(self, epoch):
        if epoch.number == 3:
            raise Failure
        return describe(self, epoch)

    monkeypatch.setattr(reporting.PlainLines, "describe", fail_at_three)
    with redirect_stdout(terminal), pytest.raises(Failure):
        fit(wine, max_iter=5, verbose=1)
    assert len(terminal.drawn()) == 2
    assert terminal.getvalue().endswith("\n")


def test_time_left_is_that_of_the_epochs_to_come(monkeypatch):
    now = 1000.0
    monkeypatch.setattr(reporting.time, "monotonic", lambda: now)
    lines = reporting.PlainLines(200, every=1)
    now += 30.0
    told = lines.describe(Epoch(20, 0.5, 0.1))
    assert told == "epoch  20/200  cost 0.500000  learning rate 0.1  4:30 left"
    assert lines.describe(Epoch(200, 0.5, 0.1)).endswith("  0:00 left")
    assert "rolled back" in lines.describe(Epoch(20, 0.5, 0.1, rolled_back=True))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (750, "12:30"), (3900, "1:05:00")],
)
def test_clock(seconds, shown):
    assert reporting.clock(seconds) == shown


def test_training_is_the_same_when_it_talks(wine, capsys):
    silent = fit(wine, max_iter=5).parameters_
    np.testing.assert_array_equal(silent, fit(wine, max_iter=5, verbose=2).parameters_)


def warned(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [w for w in caught if w.category is ConvergenceWarning]


def test_warnings_point_at_the_line_that_called(wine):
    X, y = wine
    model = GradientDescentMLPClassifier((4,), max_iter=2, random_state=0)
    (warning,) = warned(lambda: model.fit(X, y))
    assert warning.filename == __file__
    (warning,) = warned(lambda: make_pipeline(model).fit(X, y))
    assert warning.filename.endswith("pipeline.py")
    model.partial_fit(X, y).set_params(learning_rate=1e30)
    (warning,) = warned(lambda: model.partial_fit(X, y))
    assert warning.filename == __file__
