"""What training tells its user: lines while it runs, warnings when it is over."""

from __future__ import annotations

import shutil
import sys
import time
import warnings

from sklearn.exceptions import ConvergenceWarning

from ..core.parts.guard import Guard
from ..core.parts.part import Part
from ..core.training import STOP_REASONS
from ..data.columns import out_of_scale

# Seconds between two updates of a line on a terminal.
REFRESH = 0.1
# About so many lines tell of a whole fit where there is no terminal.
PLAIN_LINES = 10
# Modules whose lines of code a warning does not point at.
INNER_MODULES = ("sklearn_gd", "sklearn.callback")


def progress_lines(verbose, max_epochs):
    """The part that suits ``verbose`` and where the lines go to, or None."""
    if not verbose:
        return None
    if verbose > 1:
        return PlainLines(max_epochs, every=1)
    if sys.stdout.isatty():
        return LiveLine(max_epochs)
    return PlainLines(max_epochs, every=-(-max_epochs // PLAIN_LINES))


class PlainLines(Part):
    """Prints a line after every so many epochs, and one after the last.

    Parameters
    ----------
    max_epochs : int
    every : int, a line stands for so many epochs
    """

    def __init__(self, max_epochs, every):
        self.max_epochs, self.every = max_epochs, every
        self.started = time.monotonic()
        self.waiting = None

    def after_epoch(self, run, epoch):
        """Prints the line of the epoch if it is its turn."""
        self.waiting = self.describe(epoch)
        if epoch.number % self.every == 0:
            self.show()

    def end(self, run):
        """Tells why training has ended, and which epoch's parameters are kept."""
        self.close()
        costs = [epoch.validation_cost for epoch in run.epochs]
        best = len(costs) if costs[0] is None else 1 + costs.index(min(costs))
        reason = STOP_REASONS[run.stop_reason]
        kept = "" if best == len(costs) else f"; kept is that of epoch {best}"
        print(f"ended after epoch {len(costs)}: {reason}{kept}", flush=True)

    def close(self):
        """Prints the last epoch, if that has not been done."""
        self.show()

    def show(self):
        """Prints what waits to be printed."""
        if self.waiting is not None:
            print(self.waiting, flush=True)
            self.waiting = None

    def describe(self, epoch):
        """One line: epoch, cost, validation cost, learning rate, time left at most."""
        parts = [f"epoch {epoch.number:>{len(str(self.max_epochs))}}/{self.max_epochs}"]
        parts.append(f"cost {epoch.cost:.6f}")
        if epoch.validation_cost is not None:
            parts.append(f"validation cost {epoch.validation_cost:.6f}")
        parts.append(f"learning rate {epoch.learning_rate:.3g}")
        if epoch.rolled_back:
            parts.append("rolled back")
        passed = time.monotonic() - self.started
        left = passed / epoch.number * (self.max_epochs - epoch.number)
        parts.append(f"{clock(left)} left")
        return "  ".join(parts)


class LiveLine(PlainLines):
    """One line on a terminal that tells of the latest epoch.

    Parameters
    ----------
    max_epochs : int
    """

    def __init__(self, max_epochs):
        super().__init__(max_epochs, every=1)
        self.shown = -REFRESH
        self.drawn = False

    def after_epoch(self, run, epoch):
        """Draws the line anew, unless that has just been done."""
        self.waiting = self.describe(epoch)
        now = time.monotonic()
        if now - self.shown >= REFRESH:
            self.shown = now
            self.show()

    def close(self):
        """Draws the last epoch and leaves the line."""
        self.show()
        if self.drawn:
            self.drawn = False
            print(flush=True)

    def show(self):
        """Draws the line over the one before, no wider than the terminal."""
        if self.waiting is not None:
            width = shutil.get_terminal_size().columns - 1
            line = self.waiting[:width].ljust(width)
            print(f"\r{line}", end="", flush=True)
            self.waiting, self.drawn = None, True


def clock(seconds):
    """Seconds as a clock shows them: 0:07, 12:30, 1:05:00."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


def warn(message, category=ConvergenceWarning):
    """A warning that points at the call of fit or partial_fit."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_inner(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_inner(frame):
    name = frame.f_globals.get("__name__", "")
    return any(name == inner or name.startswith(f"{inner}.") for inner in INNER_MODULES)


def warn_after_fit(estimator, training):
    """Warns of columns out of scale, of divergence, and of training cut short."""
    scales = out_of_scale(training.batches.X, vars(estimator).get("feature_names_in_"))
    rolled_back = sum(epoch.rolled_back for epoch in training.epochs)
    if rolled_back:
        warn(
            f"Training diverged in {rolled_back} of {len(training.epochs)} epochs: the "
            "cost was not finite or worse than always predicting the class "
            "frequencies. The parameters went back to the last good ones and the "
            "learning rate was halved each time. "
            f"{scales or cure_of_divergence(training)}"
        )
    elif scales:
        warn(scales)
    unfinished = training.stop_reason == "max_iter" and estimator.tol is not None
    if unfinished and len(estimator.classes_) > 1:
        warn(
            f"Training has not converged in max_iter={estimator.max_iter} epochs: the "
            f"cost still improves by more than tol={estimator.tol} of itself. Raise "
            "max_iter, or set tol=None to train so long without this warning."
        )


def cure_of_divergence(training):
    """A learning rate that has been seen to work, or else that of 'auto'."""
    last = training.epochs[-1]
    guard = next(part for part in training.parts if isinstance(part, Guard))
    if not last.rolled_back and guard.is_beaten_by(last.cost):
        return f"Set learning_rate to the last of them, {last.learning_rate:.3g}."
    return (
        "No rate that was tried beats the class frequencies: use learning_rate='auto'"
        ", or features with a scale, for instance behind StandardScaler."
    )


def warn_of_ruined_stream(estimator):
    """Warns that the model was worse than the class frequencies and starts again."""
    warn(
        "The last rows of the stream cost more than always predicting the class "
        "frequencies would have. The output layer now predicts these, and goes along "
        "with them until the network is better. If this happens again soon, the "
        f"learning rate, now {estimator.learning_rate_:.3g}, goes down; it comes back "
        "when the stream is calm. Shuffle the stream if it is sorted, use "
        "learning_rate='auto' or a lower one, or scale the features, for instance with "
        "StandardScaler.partial_fit."
    )


def warn_of_broken_rows(estimator):
    """Warns that rows of a part of a stream were left out."""
    warn(
        "Rows of a part of the stream are a thousand times as long as the median one, "
        "or too long to compute with, and were left out. Look for broken readings, or "
        "scale the features."
    )


def warn_of_skipped_chunk(estimator):
    """Warns that a part of a stream was left out."""
    warn(
        "A part of the stream would have made the parameters useless, so it was left "
        "out. If this happens again soon, the learning rate, now "
        f"{estimator.learning_rate_:.3g}, is halved. Lower learning_rate, or scale the "
        "features, for instance with StandardScaler.partial_fit."
    )
