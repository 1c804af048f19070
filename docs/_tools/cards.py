"""The four pictures on the cards of the start page: drawn, not posed."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from touch import landscape

from sklearn_gd import GradientDescentMLPClassifier, gradient_descent

IMAGES = Path(__file__).resolve().parent.parent / "images"
BLUE, ORANGE, GREEN, INK = "#2f7ebc", "#e8743b", "#0f8b8d", "#24292f"


def card():
    """A wide empty picture without a frame."""
    figure = plt.figure(figsize=(4.8, 2.1))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    return figure, ax


def pipeline():
    """Two moons, and the boundary between them."""
    X, y = make_moons(220, noise=0.2, random_state=0)
    network = GradientDescentMLPClassifier(
        32, learning_rate=0.1, batch_size=20, max_iter=150, tol=None, random_state=0
    )
    network.fit(X, y)
    figure, ax = card()
    DecisionBoundaryDisplay.from_estimator(
        network, X, response_method="predict_proba", cmap="RdBu_r", alpha=0.5, ax=ax,
        levels=14, grid_resolution=200, eps=1.5,
    )  # fmt: skip
    colors = np.where(y, ORANGE, BLUE)
    ax.scatter(*X.T, c=colors, s=16, edgecolors="white", linewidths=0.5)
    ax.set(xlim=(-2.1, 3.1), ylim=(-1, 1.5))
    return figure


def stream():
    """The share of right answers in a stream whose rule changes in its middle."""
    rng = np.random.default_rng(0)
    model = GradientDescentMLPClassifier(16, average=False, random_state=0)
    right = []
    for step in range(600):
        X = rng.normal(size=(16, 2))
        y = (X @ ([1, 1] if step < 300 else [-0.6, 1]) > 0).astype(int)
        if step:
            right.append(np.mean(model.predict(X) == y))
        model.partial_fit(X, y, classes=[0, 1])
    curve = np.convolve(right, np.ones(12) / 12, mode="valid")
    figure, ax = card()
    ax.fill_between(np.arange(len(curve)), 0.4, curve, color=GREEN, alpha=0.2)
    ax.plot(curve, color=GREEN, linewidth=2)
    ax.axvline(293, color="0.5", linestyle=":")
    ax.set(xlim=(0, len(curve)), ylim=(0.4, 1.05))
    return figure


def on_the_map(ax):
    """The lines of height of the wavy bowl."""
    x, y = np.meshgrid(np.linspace(-4.6, 4.6, 240), np.linspace(-2.1, 2.6, 160))
    heights = [landscape(np.array(p)) for p in zip(x.ravel(), y.ravel(), strict=True)]
    heights = np.reshape(heights, x.shape)
    ax.contourf(x, y, heights, 18, cmap="GnBu_r", alpha=0.8)
    ax.contour(x, y, heights, 18, colors=INK, linewidths=0.4, alpha=0.6)


def walk(start, n_steps, rate=0.1):
    return gradient_descent(
        landscape, start, learning_rate=rate, max_iter=n_steps, tol=None
    ).path


def learn():
    """Two walks from nearly one point into two valleys."""
    figure, ax = card()
    on_the_map(ax)
    for start, color in (((1.25, 0.5), ORANGE), ((0.85, 0.5), "white")):
        path = walk(start, 40)
        ax.plot(*path.T, color=color, linewidth=2, marker=".", markersize=4)
        ax.plot(*path[0], "o", color=color, markeredgecolor=INK)
        ax.plot(*path[-1], "*", color=color, markeredgecolor=INK, markersize=14)
    return figure


def machines():
    """Learners walk from one point, with noise; their mean is where all go on."""
    rng, point = np.random.default_rng(2), np.array([1.15, 0.15])
    figure, ax = card()
    on_the_map(ax)
    for _ in range(4):
        ends = []
        for color in ("white", ORANGE, "#ffd166", "#b388eb"):
            path = [point]
            for _ in range(5):
                step = walk(path[-1], 1)[-1] + rng.normal(0, 0.14, 2)
                path.append(step)
            ends.append(path[-1])
            ax.plot(*np.transpose(path), color=color, linewidth=1.5)
        new = np.mean(ends, axis=0)
        ax.plot(*np.c_[point, new], color=INK, linewidth=2.5)
        ax.plot(*new, "o", color=INK, markersize=7, markeredgecolor="white")
        point = new
    return figure


def draw_cards():
    for draw in (pipeline, stream, learn, machines):
        path = IMAGES / f"card_{draw.__name__}.png"
        draw().savefig(path, dpi=200)
        plt.close("all")
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
