"""
Where the time of a step goes
=============================

Microseconds of a training step that go into gathering the rows, the way forward, the
loss, the way backward, the update and everything else, taken while a network trains;
and those of the step's matrix products alone. One thread. Prints Markdown.

Run it with::

    python examples/benchmarks/step_parts.py
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from contextlib import ExitStack
from unittest.mock import patch

from common import data_line, machine_line, mnist, table
from peers import Limit, Ours
from step_time import NETWORKS, seconds_per_step, task_of

from sklearn_gd.core.batches import Batches
from sklearn_gd.core.losses import LogLoss
from sklearn_gd.core.network import Propagation
from sklearn_gd.core.updates import GradientDescent

PARTS = {
    "gather": (Batches, "_gather"),
    "forward": (Propagation, "forward"),
    "loss": (LogLoss, "evaluate"),
    "backward": (Propagation, "backward"),
    "update": (GradientDescent, "step"),
}


def timed(function, spent):
    """The function, which adds its seconds to a list."""

    def call(*args, **kwargs):
        start = time.perf_counter()
        result = function(*args, **kwargs)
        spent.append(time.perf_counter() - start)
        return result

    return call


def parts_of_a_step(task, epochs):
    """Median seconds of a call, by part."""
    spent = defaultdict(list)
    with ExitStack() as stack:
        for part, (owner, name) in PARTS.items():
            function = timed(getattr(owner, name), spent[part])
            stack.enter_context(patch.object(owner, name, function))
        model = Ours(task).model(max_iter=epochs, random_state=0)
        model.fit(task.X, task.y)
    return {part: statistics.median(seconds) for part, seconds in spent.items()}


def rows(momentum, epochs, share):
    """A row of the table for each network."""
    X, y, *_ = mnist()
    for network in NETWORKS:
        task = task_of(network, momentum, 1, share, X, y)
        parts = parts_of_a_step(task, epochs)
        step = seconds_per_step(task, (Ours(task), Limit(task)), repeats=5)
        rest = step[Ours.name] - sum(parts.values())
        seconds = (*parts.values(), rest, *step.values())
        yield [network, *(f"{1e6 * s:,.0f}" for s in seconds)]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    add = parser.add_argument
    add("--momentum", type=float, default=0.9)
    add("--epochs", type=int, default=10)
    add("--steps", type=float, default=1.0, help="share of the usual steps of an epoch")
    args = parser.parse_args(argv)
    print(f"{machine_line()} {data_line(mnist()[-1])} Medians.\n")
    header = ["µs", *PARTS, "all else", "a whole step", "matrix products"]
    print(table(header, rows(args.momentum, args.epochs, args.steps)))


if __name__ == "__main__":
    main()
