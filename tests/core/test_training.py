"""The loop: the equation itself, stopping, schedules, best parameters, safety."""

import dataclasses
import math
import signal
import tracemalloc

import numpy as np
import pytest

from sklearn_gd.core.activations import ACTIVATIONS
from sklearn_gd.core.batches import Batches
from sklearn_gd.core.lbfgs import Lbfgs
from sklearn_gd.core.losses import LINKS, LOSSES
from sklearn_gd.core.network import Network
from sklearn_gd.core.objective import Objective
from sklearn_gd.core.parts.guard import Guard
from sklearn_gd.core.parts.interrupts import Interrupts
from sklearn_gd.core.parts.part import Part
from sklearn_gd.core.parts.stopping import Plateau, Stopping
from sklearn_gd.core.parts.validation import Validation
from sklearn_gd.core.schedules import SCHEDULES
from sklearn_gd.core.state import TrainingState
from sklearn_gd.core.training import Training
from sklearn_gd.core.updates import Adam, GradientDescent

BASELINE = 2 / 3  # squared error of predicting three equal frequencies


@dataclasses.dataclass
class Problem:
    """Three clouds of points, a network, and how to train it."""

    n_rows: int = 60
    n_inputs: int = 4
    hidden: tuple = (8,)
    activation: str = "tanh"
    loss: str = "squared_error"
    batch_size: int = 20
    solver: object = dataclasses.field(default_factory=GradientDescent)
    schedule: str = "constant"
    learning_rate: float = 0.1
    alpha: float = 1e-3
    dropout: float = 0.0
    tol: float | None = None
    patience: int = 3
    max_epochs: int = 10
    dtype: type = np.float64
    weighted: bool = False
    judges: tuple = ()
    watchers: tuple = ()

    def training(self):
        rng = np.random.default_rng(0)
        codes = rng.integers(0, 3, self.n_rows)
        X = rng.normal(size=(self.n_rows, self.n_inputs))
        X[:, 0] += 2 * codes
        X = X.astype(self.dtype)
        sizes = (self.n_inputs, *self.hidden, 3)
        activations = (ACTIVATIONS[self.activation],) * len(self.hidden)
        network = Network(sizes, activations, self.dropout)
        theta_dtype = np.float64 if self.dtype == np.float64 else np.float32
        theta = network.paired_start(rng, np.zeros(3), theta_dtype)
        weights = rng.random(self.n_rows).astype(theta_dtype) if self.weighted else None
        table = np.eye(3, dtype=theta_dtype)
        loss = dataclasses.replace(
            LOSSES[self.loss], link=LINKS["multiclass"]["softmax"]
        )
        vectors = [np.zeros_like(theta) for _ in range(self.solver.n_vectors)]
        state = TrainingState(theta, vectors, rng.bit_generator.state)
        state.progress.max_epochs = self.max_epochs
        objective = Objective(
            network, loss, self.alpha, theta, table, min(self.batch_size, self.n_rows)
        )
        baseline = BASELINE if self.loss == "squared_error" else math.log(3)
        guard = Guard(baseline, 0.0, np.zeros(3, dtype=theta_dtype))
        stopping = Stopping(Plateau(self.tol, self.patience), guard)
        return Training(
            objective,
            Batches(X, codes, weights, batch_size=self.batch_size),
            self.solver,
            SCHEDULES[self.schedule],
            state,
            learning_rate=self.learning_rate,
            max_epochs=self.max_epochs,
            parts=[Interrupts(), guard, *self.judges, *self.watchers, stopping],
        )

    def run(self):
        training = self.training()
        training.run()
        return training


def script(*values):
    """A validation that pretends to these costs, whatever the parameters."""
    costs = iter(values)
    return (Validation(lambda: (next(costs), 0.5)),)


@dataclasses.dataclass
class Watcher(Part):
    """Calls a function with each epoch; training ends when it returns True."""

    function: object

    def after_epoch(self, run, epoch):
        if self.function(epoch):
            run.stop("callback")


# The equation


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("rule", [GradientDescent(), GradientDescent(0.0), Adam()])
def test_training_is_the_loop_that_anyone_would_write(rule, dropout):
    ours = Problem(solver=rule, dropout=dropout, max_epochs=5).run().state

    theirs = Problem(solver=rule, dropout=dropout).training()
    state, t = theirs.state, 0
    for _ in range(5):
        for X, codes, weights in theirs.batches.epoch(theirs.rng):
            rng = theirs.rng if dropout else None
            theirs.objective(X, codes, weights, rng)
            t += 1
            grad = theirs.objective.grad
            rule.step(state.theta, grad, 0.1, state.vectors, t)
    np.testing.assert_array_equal(ours.theta, state.theta)


def test_an_epoch_reports_the_mean_cost_of_its_rows():
    """45 rows in batches of 20, 20 and 5: the last counts for 5 rows only."""
    training = Problem(n_rows=45, learning_rate=0.0, max_epochs=1).run()
    batches = training.batches
    whole = training.objective.sample_costs(batches.X, batches.codes).mean()
    assert training.epochs[0].cost == pytest.approx(
        whole + training.objective.penalty()
    )


def test_cost_goes_down():
    costs = [epoch.cost for epoch in Problem(max_epochs=30).run().epochs]
    assert costs[-1] < costs[0] / 2


def test_history_counts_epochs_samples_and_steps():
    training = Problem(max_epochs=4).run()
    assert [epoch.number for epoch in training.epochs] == [1, 2, 3, 4]
    assert training.state.samples == 4 * 60
    assert training.state.rule_steps == 4 * 3
    assert training.state.progress.epoch == 4


def test_a_batch_without_weight_changes_nothing():
    training = Problem(weighted=True).training()
    before = training.state.theta.copy()
    X, codes = training.batches.X[:5], training.batches.codes[:5]
    assert training.step(X, codes, np.zeros(5), 0.1) == 0
    np.testing.assert_array_equal(training.state.theta, before)
    assert training.state.samples == 0


# Stopping


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_stops_after_exactly_so_many_epochs_without_progress(patience):
    """Progress until epoch 3, then a flat cost; that is `patience` more, not one."""
    flat = [1.0, 0.9, 0.8] + [0.8] * 20
    problem = Problem(tol=1e-4, patience=patience, max_epochs=20)
    problem.judges = script(*flat)
    training = problem.run()
    assert len(training.epochs) == 3 + patience
    assert training.stop_reason == "converged"


def test_tol_is_relative_to_the_best_cost():
    tiny = Plateau(tol=0.01, patience=1)
    assert [tiny.stalled(c) for c in (1e-6, 0.5e-6, 0.496e-6)] == [False, False, True]


@pytest.mark.parametrize(("factor", "ends"), [(0.996, False), (0.998, True)])
def test_slow_progress_adds_up_over_the_patience(factor, ends):
    """Three times 0.4 % are more than 1 %, three times 0.2 % are less."""
    stopping = Plateau(tol=0.01, patience=3)
    costs = [1.0, 0.5, *(0.5 * factor**i for i in (1, 2, 3))]
    assert [stopping.stalled(c) for c in costs] == [False] * 4 + [ends]


def test_a_plateau_at_the_start_is_not_the_end():
    """Any lower cost is progress there; the same cost again is none."""
    stopping = Plateau(tol=0.05, patience=10)
    assert not any(stopping.stalled(1.0 - 1e-4 * i) for i in range(50))
    flat = Plateau(tol=0.05, patience=2)
    assert [flat.stalled(1.0) for _ in range(3)] == [False, False, True]


def test_a_cost_of_zero_ends_it():
    stopping = Plateau(tol=1e-4, patience=2)
    assert [stopping.stalled(0.0) for _ in range(4)] == [False, False, True, True]


def test_a_cost_that_is_not_a_number_is_no_progress():
    stopping = Plateau(tol=1e-4, patience=2)
    assert [stopping.stalled(math.nan) for _ in range(2)] == [False, True]


def test_tol_none_runs_all_epochs():
    training = Problem(tol=None, max_epochs=15, judges=script(*[1.0] * 15)).run()
    assert len(training.epochs) == 15
    assert training.stop_reason == "max_iter"


def test_adaptive_lowers_the_rate_before_it_stops():
    problem = Problem(schedule="adaptive", tol=1e-4, patience=2, max_epochs=100)
    problem.judges = script(*[1.0] * 100)
    training = problem.run()
    rates = [epoch.learning_rate for epoch in training.epochs]
    assert sorted(set(rates), reverse=True) == pytest.approx(
        [0.1 / 5**drops for drops in range(7)]
    )
    assert len(rates) == 1 + 2 * 7
    assert training.stop_reason == "converged"


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rate_of_an_epoch_is_that_of_the_schedule(name):
    training = Problem(schedule=name, max_epochs=6).run()
    schedule, progress = SCHEDULES[name], dataclasses.replace(training.state.progress)
    for epoch in training.epochs:
        progress.epoch = epoch.number - 1
        assert epoch.learning_rate == pytest.approx(0.1 * schedule(progress))


def test_ends_when_the_caller_wishes():
    watcher = Watcher(lambda epoch: epoch.number == 3)
    training = Problem(max_epochs=10, watchers=(watcher,)).run()
    assert len(training.epochs) == 3
    assert training.stop_reason == "callback"


@pytest.mark.parametrize("solver", [GradientDescent(), Lbfgs()])
def test_parts_are_told_in_order_and_the_last_ends_first(solver):
    told = []

    @dataclasses.dataclass
    class Listener(Part):
        name: str

        def begin(self, run):
            told.append(("begin", self.name))

        def before_epoch(self, run):
            told.append(("before", self.name))

        def after_epoch(self, run, epoch):
            told.append(("after", self.name))
            run.stop("callback")  # the others are told all the same

        def end(self, run):
            told.append(("end", self.name))

    Problem(solver=solver, watchers=(Listener("a"), Listener("b"))).run()
    moments = [("begin", "ab"), ("before", "ab"), ("after", "ab"), ("end", "ba")]
    assert told == [(moment, name) for moment, names in moments for name in names]


def test_parts_are_closed_whatever_happens():
    closed = []

    class Breaking(Part):
        def after_epoch(self, run, epoch):
            raise MemoryError

        def close(self):
            closed.append(1)

    with pytest.raises(MemoryError):
        Problem(watchers=(Breaking(),)).run()
    assert closed


# The best parameters


@pytest.mark.parametrize("solver", [GradientDescent(), Adam(), Lbfgs()])
def test_gives_back_the_parameters_with_the_lowest_validation_cost(solver):
    problem = Problem(solver=solver, max_epochs=6)
    problem.judges = script(5, 4, 1, 2, 3, 4, 5)
    best = problem.run()
    (validation,), problem.judges = problem.judges, ()
    problem.max_epochs = 3
    np.testing.assert_array_equal(best.state.theta, problem.run().state.theta)
    assert (validation.best_cost, validation.best_epoch) == (1, 3)


def test_the_best_parameters_are_a_copy():
    (validation,) = judges = script(*range(20))
    training = Problem(judges=judges).run()
    assert not np.shares_memory(validation.best_theta, training.state.theta)


# Safety

RATES = [1.0, 30.0, 1e3, 1e6, 1e12, 1e200]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("rate", RATES)
def test_no_learning_rate_ends_in_nan_or_below_guessing(rate, activation, loss):
    problem = Problem(
        activation=activation, loss=loss, learning_rate=rate, max_epochs=5
    )
    training = problem.run()
    assert np.isfinite(training.state.theta).all()
    batches = training.batches
    costs = training.objective.sample_costs(batches.X, batches.codes)
    (guard,) = (part for part in training.parts if isinstance(part, Guard))
    assert costs.mean() <= guard.baseline


def test_divergence_halves_the_rate_and_starts_the_rule_afresh():
    training = Problem(activation="identity", loss="log_loss", learning_rate=1e6).run()
    assert training.state.halvings > 0
    assert any(epoch.rolled_back for epoch in training.epochs)
    assert training.rate == 1e6 * 0.5**training.state.halvings


def test_a_sound_run_is_never_rolled_back():
    training = Problem(max_epochs=100).run()
    assert not any(epoch.rolled_back for epoch in training.epochs)
    assert training.state.halvings == 0


def test_infinite_gradients_are_not_stepped_along(monkeypatch):
    """A cost that is not finite means that the step is not taken."""
    training = Problem().training()
    before = training.state.theta.copy()
    monkeypatch.setattr(type(training.objective), "__call__", lambda *_: math.inf)
    batches = training.batches
    training.step(batches.X, batches.codes, None, 0.1)
    np.testing.assert_array_equal(training.state.theta, before)


def interrupt(number):
    """Presses Ctrl-C at the end of that epoch."""

    def after_epoch(epoch):
        if epoch.number == number:
            signal.raise_signal(signal.SIGINT)

    return Watcher(after_epoch)


def test_control_c_ends_training_with_what_has_been_learnt():
    training = Problem(watchers=(interrupt(3),)).run()
    assert training.stop_reason == "interrupted"
    assert len(training.epochs) in (3, 4)
    assert training.epochs[-1].cost < training.epochs[0].cost
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# L-BFGS


def test_lbfgs_ends_where_the_slope_is_zero():
    training = Problem(
        solver=Lbfgs(tol=1e-8), alpha=0.01, hidden=(), max_epochs=500, tol=1e-8
    ).run()
    batches = training.batches
    training.objective(batches.X, batches.codes)
    assert abs(training.objective.grad).max() < 1e-5
    assert training.stop_reason == "converged"


def test_lbfgs_stops_after_max_epochs():
    training = Problem(solver=Lbfgs(), max_epochs=4).run()
    assert len(training.epochs) == 4
    costs = [epoch.cost for epoch in training.epochs]
    assert costs == sorted(costs, reverse=True)


def test_lbfgs_at_the_minimum_already():
    problem = Problem(
        solver=Lbfgs(1e-4), hidden=(), alpha=0.1, tol=1e-4, max_epochs=200
    )
    training = problem.run()
    again = problem.training()
    np.copyto(again.state.theta, training.state.theta)
    again.run()
    assert 1 <= len(again.epochs) < len(training.epochs)
    assert again.epochs[0].cost == pytest.approx(training.epochs[-1].cost)
    assert again.stop_reason == "converged"


# Memory

SHAPES = {
    "batches": {},
    "rows left over": {"batch_size": 2000},
    "full": {"batch_size": 5000},
    "weights": {"weighted": True},
    "adam": {"solver": Adam()},
    "dropout": {"dropout": 0.2},
    "float32": {"dtype": np.float32, "batch_size": 2048},
    "uint8": {"dtype": np.uint8, "batch_size": 2048},
    "log_loss": {"loss": "log_loss"},
    "cosine": {"schedule": "cosine", "tol": 1e-4, "patience": 50},
    "many batches": {"n_rows": 40_000, "hidden": (16,)},
    **{name: {"activation": name} for name in ACTIVATIONS},
}


@pytest.mark.parametrize("case", SHAPES)
def test_an_epoch_allocates_nothing_that_grows(case):
    """The smallest array of a step, a number for each row of a batch, has 8 kB here."""
    settings = {
        "n_rows": 5000,
        "n_inputs": 150,
        "hidden": (200, 100),
        "batch_size": 1024,
        **SHAPES[case],
    }
    peaks = []

    def after_epoch(epoch):
        current, peak = tracemalloc.get_traced_memory()
        peaks.append(peak - before[-1])
        tracemalloc.reset_peak()
        before.append(current)

    watchers = (Watcher(after_epoch),)
    training = Problem(**settings, max_epochs=8, watchers=watchers).training()
    # What NumPy buffers while it broadcasts is bounded, 8,192 elements by default.
    usual = np.setbufsize(16)
    tracemalloc.start()
    before = [tracemalloc.get_traced_memory()[0]]
    try:
        training.run()
    finally:
        tracemalloc.stop()
        np.setbufsize(usual)
    assert training.state.rule_steps >= 8
    assert max(peaks[1:]) < 4096
