"""
Microseconds per training step, ours and the peers'
===================================================

The same networks, data, batch sizes and update rules for ours, `MLPClassifier`, PyTorch
and JAX, in turn, and the matrix products of a step alone. Once with one thread and once
with two, each in a process of its own. Prints Markdown.

Run it with::

    python examples/benchmarks/step_time.py
"""

from __future__ import annotations

import argparse
import json
import os

from common import (
    data_line,
    in_turn,
    installed,
    judged,
    machine_line,
    medians,
    mnist,
    ratios,
    run_again,
    table,
    thread_environment,
)
from peers import PEERS, Limit, Ours, Task

# Hidden layers, batch size, and steps of a timed epoch.
NETWORKS = {
    "784-16-16-10, batch 32": ((16, 16), 32, 500),
    "784-100-10, batch 200": ((100,), 200, 80),
    "784-512-512-10, batch 128": ((512, 512), 128, 48),
}
# The least that the time of each peer must be of ours, for the three networks; of the
# matrix products, the most that ours may be of theirs.
TARGETS = {
    "MLPClassifier": (6, 2.5, 1.7),
    "PyTorch": (6, 1.9, 1.15),
    "JAX": (1, 1, 1),
    "matrix products": (2.2, 1.6, 1.4),
}
RULES = {"plain SGD": 0.0, "momentum 0.9": 0.9}


def limit_cores(threads):
    """Keeps this process on so many cores: JAX asks for no less than all it may use."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def task_of(network, momentum, threads, steps_share, X, y):
    """The training of one of the networks, for a share of its usual steps."""
    hidden, batch_size, steps = NETWORKS[network]
    rows = batch_size * max(2, int(steps * steps_share))
    return Task(X[:rows], y[:rows], hidden, batch_size, momentum, 0.01, threads)


def seconds_per_step(task, runners, repeats):
    """Median seconds by name of runners that have been warmed up, in turn."""
    functions = {runner.name: runner.epoch_seconds for runner in runners}
    in_turn(functions, 1)
    seconds = medians(in_turn(functions, repeats))
    return {name: s / task.n_steps for name, s in seconds.items()}


def measure(threads, repeats, steps_share):
    """Seconds per step of everybody, for every network and rule."""
    limit_cores(threads)
    X, y, *_ = mnist()
    found = [PEERS[package] for package in installed(PEERS)]
    results = []
    for network in NETWORKS:
        for rule, momentum in RULES.items():
            task = task_of(network, momentum, threads, steps_share, X, y)
            runners = [make(task) for make in (Ours, *found, Limit)]
            results.append(
                {
                    "network": network,
                    "rule": rule,
                    "step": seconds_per_step(task, runners, repeats),
                    "compile": [getattr(r, "compile_seconds", None) for r in runners],
                }
            )
    return results


def print_times(results, threads):
    """Microseconds per step."""
    names = list(results[0]["step"])
    header = ["step time, µs", *names, "JAX compiles, s"]
    rows = []
    for result in results:
        times = [f"{result['step'][name] * 1e6:,.0f}" for name in names]
        compiled = [f"{s:.1f}" for s in result["compile"] if s is not None]
        label = f"{result['network']}, {result['rule']}"
        rows.append([label, *times, *(compiled or ["–"])])
    print(f"\n### {threads} thread{'s' if threads > 1 else ''}\n")
    print(table(header, rows))


def print_ratios(results):
    """Ratios with the targets beside."""
    for rule in RULES:
        chosen = [result for result in results if result["rule"] == rule]
        rows = []
        for name, targets in TARGETS.items():
            if name not in chosen[0]["step"]:
                continue
            pairs = [
                (ratios(result["step"], "ours")[name], target)
                for result, target in zip(chosen, targets, strict=True)
            ]
            if name == Limit.name:
                cells = [judged(1 / ratio, wanted, False) for ratio, wanted in pairs]
                rows.append([f"ours ÷ {name}", *cells])
            else:
                rows.append([f"{name} ÷ ours", *(judged(*pair) for pair in pairs)])
        print(f"\n{rule}:\n")
        print(table(["", *(result["network"] for result in chosen)], rows))


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    add = parser.add_argument
    add("--threads", type=int, nargs="+", default=[1, 2])
    add("--repeats", type=int, default=5)
    add("--steps", type=float, default=1.0, help="share of the usual steps of an epoch")
    add("--measure", action="store_true", help="print the figures as JSON and stop")
    args = parser.parse_args(argv)
    if args.measure:
        print(json.dumps(measure(args.threads[0], args.repeats, args.steps)))
        return
    print(f"{machine_line()} {data_line(mnist()[-1])} Medians of {args.repeats}.")
    for threads in args.threads:
        results = run_again(
            *("--measure", "--threads", threads),
            *("--repeats", args.repeats, "--steps", args.steps),
            environment=thread_environment(threads),
        )
        print_times(results, threads)
        print_ratios(results)


if __name__ == "__main__":
    main()
