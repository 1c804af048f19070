"""The charts of the start page and of the performance page, from what was measured.

Each is drawn twice, with dark and with light letters, for both modes of the site.
"""

import json
import re
import warnings
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

DOCS = Path(__file__).resolve().parent.parent
INK = {"light": "#24292f", "dark": "#ced6dd"}
OURS, OTHERS = "#0f8b8d", "#8d99a6"
NAMES = {
    "tabular": "tabular_classifier()",
    "ours": "GradientDescentMLPClassifier()",
    "MLPClassifier": "MLPClassifier",
    "HistGradientBoosting": "HistGradientBoosting",
    "RealMLP-TD-S": "RealMLP-TD-S",
}
# Column of the results, how its numbers are written, and the scale.
PANELS = (
    ("accuracy", "{:.3f}", "linear"),
    ("log loss", "{:.3f}", "linear"),
    ("seconds", "{:.2g}", "log"),
)
# Titles of the panels, after the end of the chart's name in each language.
TITLES = {
    "": (
        "Accuracy\n(more is better)",
        "Log loss\n(less is better)",
        "Seconds for a fit\n(logarithmic)",
    ),
    "_zh": ("准确率\n（越高越好）", "对数损失\n（越低越好）", "拟合秒数\n（对数刻度）"),
}


def draw_comparison():
    """Three panels of bars beside the classifiers' names, from comparison.json."""
    told = json.loads((DOCS / "comparison.json").read_text(encoding="utf-8"))
    means = {NAMES.get(name, name): row for name, row in told["means"].items()}
    for ending, titles in TITLES.items():
        in_both_modes(f"comparison{ending}", partial(comparison, means, titles))


def comparison(means, titles):
    figure, axes = plt.subplots(
        1, 3, figsize=(9, 0.55 + 0.42 * len(means)), layout="constrained", sharey=True
    )
    names = sorted(means, key=lambda name: means[name]["accuracy"])  # best on top
    for ax, panel, title in zip(axes, PANELS, titles, strict=True):
        draw_panel(ax, names, means, *panel)
        ax.set_title(title, fontsize=10, loc="left")
    return figure


def draw_panel(ax, names, means, column, form, scale):
    """Points on lines; a bar would have to begin at 0, which no accuracy is near."""
    values = np.array([means[name][column] for name in names])
    where, colors = np.arange(len(names)), [color_of(name) for name in names]
    ax.set_xscale(scale)
    low, high = values.min(), values.max()
    ax.set_xlim(
        (low / 2, high * 6) if scale == "log" else (1.3 * low - 0.3 * high, None)
    )
    ax.hlines(where, ax.get_xlim()[0], values, colors=colors, linewidth=2, alpha=0.5)
    ax.scatter(values, where, s=70, c=colors, zorder=3)
    for place, value in zip(where, values, strict=True):
        ax.annotate(
            form.format(value), (value, place), (9, 0), textcoords="offset points",
            va="center", fontsize=9,
        )  # fmt: skip
    if scale == "linear":
        ax.set_xlim(right=high + 0.45 * (high - low))
    ax.set_yticks(where, names)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.tick_params(which="both", bottom=False, labelbottom=False, left=False)


def color_of(name):
    return OURS if name.endswith("()") or name == "ours" else OTHERS


def draw_performance():
    """Bars of the time of a step, from the first table of the measurements."""
    page = (DOCS / "measurements.md").read_text(encoding="utf-8")
    header, rows = first_table(page, "step time, µs")
    in_both_modes("performance", lambda: step_times(header[1:6], rows))


def first_table(page, corner):
    """Header and rows of the first table whose corner says that."""
    start = page.index(f"| {corner} |")
    table = page[start:].split("\n\n", 1)[0].splitlines()
    header, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")] for line in table
    )
    return header, rows


def step_times(names, rows):
    rows = [row for row in rows if "plain SGD" in row[0]]
    figure, axes = plt.subplots(
        1, len(rows), figsize=(9, 2.4), layout="constrained", sharey=True
    )
    names = names[::-1]
    for ax, (title, *cells) in zip(axes, rows, strict=True):
        values = [float(cell.replace(",", "")) for cell in cells[: len(names)]][::-1]
        bars = ax.barh(names, values, color=[color_of(name) for name in names])
        ax.bar_label(bars, [f"{v:,.0f}" for v in values], padding=3, fontsize=9)
        ax.set_title(re.sub(", plain SGD", "", title), fontsize=10, loc="left")
        ax.set(xticks=[], xlim=(0, 1.2 * max(values)))
        ax.tick_params(left=False)
    figure.supxlabel("µs per step (less is better)", fontsize=9)
    return figure


def in_both_modes(name, draw):
    """Saves what is drawn as two transparent SVGs, the words as words."""
    for mode, ink in INK.items():
        keys = ("text.color", "axes.labelcolor", "ytick.labelcolor", "axes.titlecolor")
        style = dict.fromkeys(keys, ink) | {
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.spines.bottom": False,
            "axes.edgecolor": ink,
            "ytick.color": ink,
            "svg.fonttype": "none",
            "svg.hashsalt": name,
            "font.family": "sans-serif",
        }
        # Chinese letters, which this font lacks, are those of the browser.
        with plt.rc_context(style), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph", UserWarning)
            path = DOCS / "images" / f"{name}_{mode}.svg"
            draw().savefig(path, transparent=True, metadata={"Date": None})
            plt.close("all")
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
