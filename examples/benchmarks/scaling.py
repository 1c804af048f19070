"""
Step time against width and batch size
======================================

Seconds per step of ours and the peers for hidden layers of 8 to 2048 neurons and for
batches of 1 to 4096 rows, and the matrix products of the same step alone. Draws one
picture.

Run it with::

    python examples/benchmarks/scaling.py
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from common import (
    REPOSITORY,
    data_line,
    in_turn,
    installed,
    machine_line,
    medians,
    mnist,
    run_again,
    table,
    thread_environment,
)
from peers import PEERS, Limit, Ours, Task
from step_time import limit_cores

WIDTHS = (8, 32, 128, 512, 2048)
BATCHES = (1, 8, 64, 512, 4096)
USUAL_WIDTH, USUAL_BATCH = 128, 128
# A timed epoch takes so many multiply-adds, and steps within these bounds.
WORK, FEWEST, MOST = 3e9, 3, 300
STYLES = {"ours": "o-", Limit.name: "k:"}


def steps(width, batch_size, share):
    """How many steps to time."""
    number = share * WORK / (3 * 784 * width * batch_size)
    return int(min(max(number, FEWEST), MOST, 60_000 // batch_size))


def measure(threads, repeats, share):
    """Seconds per step by name, for each (width, batch size)."""
    limit_cores(threads)
    X, y, *_ = mnist()
    makers = [Ours, *(PEERS[package] for package in installed(PEERS)), Limit]
    cases = [(w, USUAL_BATCH) for w in WIDTHS] + [(USUAL_WIDTH, b) for b in BATCHES]
    results = []
    for width, batch_size in cases:
        rows = batch_size * steps(width, batch_size, share)
        task = Task(X[:rows], y[:rows], (width,), batch_size, 0.9, 0.01, threads)
        functions = {m.name: m(task).epoch_seconds for m in makers}
        seconds = medians(in_turn(functions, repeats))
        step = {name: s / task.n_steps for name, s in seconds.items()}
        results.append({"width": width, "batch": batch_size, "step": step})
    return results


def print_times(results):
    names = list(results[0]["step"])
    rows = [
        [r["width"], r["batch"], *(f"{r['step'][n] * 1e6:,.0f}" for n in names)]
        for r in results
    ]
    print(table(["hidden width", "batch", *(f"{n}, µs" for n in names)], rows))


def draw(results, path):
    """Two panels with logarithmic axes; ours is the thick line."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    panels = (("width", results[: len(WIDTHS)]), ("batch", results[len(WIDTHS) :]))
    for ax, (key, chosen) in zip(axes, panels, strict=True):
        for name in chosen[0]["step"]:
            x, times = zip(
                *((r[key], r["step"][name] * 1e3) for r in chosen), strict=True
            )
            ours = name == "ours"
            ax.plot(
                x, times, STYLES.get(name, "s--"), label=name, lw=2.5 if ours else 1.3
            )
        ax.set(xscale="log", yscale="log", xticks=x, xticklabels=x)
        ax.minorticks_off()
        ax.grid(alpha=0.3)
    axes[0].set(xlabel=f"Hidden neurons (batch of {USUAL_BATCH})")
    axes[1].set(xlabel=f"Rows of a batch ({USUAL_WIDTH} hidden neurons)")
    axes[0].set_ylabel("Milliseconds per step")
    axes[0].legend(frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    add = parser.add_argument
    add("--threads", type=int, default=1)
    add("--repeats", type=int, default=5)
    add("--share", type=float, default=1.0, help="share of the usual steps")
    add("--output", type=Path, default=REPOSITORY / "docs" / "images" / "scaling.png")
    add("--measure", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.measure:
        print(json.dumps(measure(args.threads, args.repeats, args.share)))
        return
    print(
        f"{machine_line()} {data_line(mnist()[-1])} {args.threads} thread(s), "
        f"medians of {args.repeats}.\n"
    )
    results = run_again(
        *("--measure", "--threads", args.threads),
        *("--repeats", args.repeats, "--share", args.share),
        environment=thread_environment(args.threads),
    )
    print_times(results)
    draw(results, args.output)


if __name__ == "__main__":
    main()
