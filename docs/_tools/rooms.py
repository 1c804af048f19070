"""The rooms of the package, and who imports from whom, drawn from the imports.

Each arrow stands for the files of one room that import from another, and goes down. At
the right is the walk of X through the rooms.
"""

import ast
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
from charts import OTHERS, OURS, in_both_modes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

PACKAGE = Path(__file__).resolve().parents[2] / "sklearn_gd"
# Files at the top of the package, and the boxes in which they are drawn.
TOP = {
    "classifier": "estimators", "estimator": "estimators", "tabular": "estimators",
    "onnx": "onnx", "_onnx_around": "onnx",
}  # fmt: skip
# Where the rooms stand, and what each is for.
PLACES = {
    "dask": (0.7, 3.9, "many machines"),
    "onnx": (4.3, 3.9, "conversion"),
    "estimators": (2.5, 3.2, "parameters, fit, predict"),
    "inspection": (0.7, 2.3, "looking inside,\npictures, pages"),
    "training": (2.9, 1.5, "a model and\nits training runs"),
    "data": (1.1, 0.7, "the way in: checked,\nencoded, weighed"),
    "core": (2.9, -0.1, "the network and its training,\nNumPy and SciPy only"),
}
# Where each step of the walk happens, and where its words stand beside the point.
WALK = (
    ("estimators", "fit(X, y)", (0, 12)),
    ("data", "X validated,\ny encoded,\nweights multiplied", (-34, -22)),
    ("training", "model built\nor copied", (-22, 18)),
    ("core", "batches → forward → loss →\nbackward → step; parts judge", (0, -16)),
    ("training", "the new model,\nwritten down", (10, -4)),
    ("estimators", "published by\none assignment", (0, 16)),
)


def room_of(module):
    """The room of a dotted name within the package, None for what is no room."""
    name = module.split(".")[0]
    return name if name in PLACES else TOP.get(name)


def arrows():
    """How many imports go from one room to another: {(from, to): number}."""
    found = Counter()
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                found.update(pairs(parts, node))
    return found


def pairs(parts, node):
    """The rooms between which an import statement of a file goes."""
    if node.level:
        module = ".".join((*parts[: len(parts) - node.level], node.module or ""))
    elif (node.module or "").startswith("sklearn_gd."):
        module = node.module.removeprefix("sklearn_gd.")
    else:
        return
    modules = [module] if module else [alias.name for alias in node.names]
    for module in modules:
        here, there = room_of(".".join(parts)), room_of(module.strip("."))
        if here and there and here != there:
            yield here, there


def draw_rooms():
    """The picture of the architecture page, in both modes."""
    in_both_modes("rooms", rooms)


def rooms():
    figure, ax = plt.subplots(figsize=(9, 6), layout="constrained")
    ax.set(xlim=(-0.3, 9.2), ylim=(-0.55, 4.4))
    ax.set_axis_off()
    for (here, there), number in arrows().items():
        draw_arrow(ax, here, there, number)
    for name, (x, y, words) in PLACES.items():
        draw_room(ax, name, x, y, words)
    draw_walk(ax)
    return figure


def draw_room(ax, name, x, y, words):
    box = FancyBboxPatch(
        (x - 0.85, y - 0.26), 1.7, 0.52, boxstyle="round,pad=0.02,rounding_size=0.08",
        facecolor=OURS, edgecolor="none", zorder=3,
    )  # fmt: skip
    ax.add_patch(box)
    style = {"ha": "center", "color": "white", "zorder": 4}
    ax.text(x, y + 0.13, name, va="center", weight="bold", fontsize=10, **style)
    ax.text(x, y - 0.09, words, va="center", fontsize=7, **style)


def draw_arrow(ax, here, there, number):
    """From the bottom of a room to the top of a lower one, wider for more imports."""
    (x, y, _), (x_to, y_to, _) = PLACES[here], PLACES[there]
    lean = 0.25 * (x_to - x)
    arrow = FancyArrowPatch(
        (x + lean, y - 0.28), (x_to - lean, y_to + 0.3), arrowstyle="-|>",
        mutation_scale=9, linewidth=0.6 + 0.35 * number**0.5, color=OTHERS, zorder=1,
        connectionstyle="arc3,rad=0.08",
    )  # fmt: skip
    ax.add_patch(arrow)


def draw_walk(ax):
    """The steps of a call of fit, at the height of the room where each happens."""
    ax.text(5.6, 4.3, "The walk of X", weight="bold", fontsize=10, va="center")
    xs = [5.7 + 0.5 * i for i in range(len(WALK))]
    ys = [PLACES[room][1] for room, *_ in WALK]
    ax.plot(xs, ys, color=OURS, linewidth=1.5, marker="o", markersize=5, zorder=2)
    for number, (x, y, (_, words, offset)) in enumerate(
        zip(xs, ys, WALK, strict=True), start=1
    ):
        ax.annotate(
            f"{number}. {words}", (x, y), offset, textcoords="offset points",
            fontsize=7.5, va="center", ha="center" if offset[0] == 0 else "left",
        )  # fmt: skip
