"""Columns of neurons and the edges between them, drawn on axes."""

from __future__ import annotations

import numpy as np

from .drawing import DECREASE, INCREASE

# Widths in points of the widest edge and ring; edges thinner than this share of it are
# left out.
WIDEST, RING = 3.0, 2.5
THINNEST = 0.02
# Where things stand, in units of the distance between two layers.
LABELS, IMAGE = 0.09, 0.62
KEY = "edges: weights; rings: biases; fillings: activations, full at 1"


class Graph:
    """The places of the neurons, and what is drawn there.

    Parameters
    ----------
    ax : matplotlib Axes
    sizes : list of int, the number of neurons in each column
    limit : int, how many of a column are drawn
    """

    def __init__(self, ax, sizes, limit):
        self.ax, self.sizes = ax, sizes
        limit = max(2, limit)
        self.columns = [cut(range(size), limit) for size in sizes]
        self.limit, self.last = limit, len(sizes) - 1
        slots = max(len(column) for column in self.columns)
        height = 72 * ax.figure.get_figheight() * ax.get_position().height
        # Points from one neuron to the next, and the size of the letters beside them.
        self.pitch = min(0.85 * height / slots, 26)
        self.fontsize = min(9.0, 0.8 * self.pitch)
        self.unit = 1 / slots
        below = 0.5 + 16 / height  # room for the names of the layers
        ax.set(xlim=(-LABELS, self.last + LABELS), ylim=(-below, 0.5))
        ax.set_axis_off()

    def choose_inputs(self, values):
        """Draws the inputs with the largest values where there are too many."""
        if len(values) > self.limit:
            found = np.argsort(-np.abs(values), kind="stable")[: self.limit // 2 * 2]
            half = len(found) // 2
            found = np.sort(found).tolist()
            self.columns[0] = [*found[:half], None, *found[half:]]

    def shown(self, column):
        """The neurons of a column that are drawn."""
        return [i for i in self.columns[column] if i is not None]

    def heights(self, column):
        """Where these stand, from above."""
        n_slots = len(self.columns[column])
        places = self.unit * ((n_slots - 1) / 2 - np.arange(n_slots))
        drawn = [i is not None for i in self.columns[column]]
        return places[drawn]

    def draw_edges(self, layer, values):
        """Edges into a layer; values between -1 and 1, shape (fan_in, fan_out)."""
        from matplotlib.collections import LineCollection

        values = values[np.ix_(self.shown(layer), self.shown(layer + 1))]
        starts, ends = self.heights(layer), self.heights(layer + 1)
        order = np.argsort(np.abs(values), axis=None)  # the widest on top
        order = order[np.abs(values.ravel()[order]) >= THINNEST]
        i, j = np.unravel_index(order, values.shape)
        x = np.full(len(order), layer)
        lines = np.stack([np.c_[x, starts[i]], np.c_[x + 1, ends[j]]], axis=1)
        sizes = np.abs(values[i, j])
        edges = LineCollection(
            lines,
            linewidths=WIDEST * sizes,
            colors=colors_of(values[i, j]),
            # Matplotlib takes an empty list of lines, but not of their alphas.
            alpha=0.25 + 0.65 * sizes if len(sizes) else None,
            clip_on=False,  # all are within, and files are smaller
            zorder=1,
        )
        return self.ax.add_collection(edges)

    def draw_neurons(self, column, fill, ring):
        """A column of neurons, and the dots where some are left out."""
        shown, heights = self.shown(column), self.heights(column)
        rings = np.zeros(len(shown)) if ring is None else ring[shown]
        colors = np.where(np.abs(rings) < THINNEST, "0.3", colors_of(rings))
        if None in self.columns[column]:
            middle = heights[len(heights) // 2 - 1 : len(heights) // 2 + 1].mean()
            options = {"ha": "center", "va": "center", "fontsize": self.fontsize + 4}
            self.ax.text(column, middle, "⋮", **options)
        return self.ax.scatter(
            np.full(len(shown), column),
            heights,
            s=(0.72 * self.pitch) ** 2,
            c=[shade(value) for value in fill[shown]],
            edgecolors=list(colors),
            linewidths=0.6 + RING * np.abs(rings),
            zorder=2,
        )

    def label_inputs(self, names, image):
        """Names of the inputs, and the image left of them."""
        shown, heights = self.shown(0), self.heights(0)
        widest = max((len(names[i]) for i in shown), default=0) if names else 0
        options = {"ha": "right", "va": "center", "fontsize": 0.85 * self.fontsize}
        for i, height in zip(shown, heights, strict=True) if names else ():
            self.ax.text(-LABELS, height, names[i], **options)
        left = -LABELS - self.points(0.55 * self.fontsize * widest)
        if image is not None:
            self.ax.inset_axes(
                [left - IMAGE, -0.25, IMAGE, 0.5], transform=self.ax.transData
            ).imshow(image, cmap="gray_r")
            self.ax.child_axes[-1].set(xticks=[], yticks=[])
            left -= IMAGE
        self.ax.set_xlim(left=left - LABELS)

    def label_outputs(self, labels, activations, wanted):
        """Label, activation and wanted activation of the output neurons."""
        highest = np.argmax(activations) if len(activations) > 1 else None
        for i, height in zip(
            self.shown(self.last), self.heights(self.last), strict=True
        ):
            text = f"{labels[i]}:  {activations[i]:.2f}"
            text += "" if wanted is None else f" → {wanted[i]:g}"
            weight = "bold" if i == highest else "normal"
            options = {"va": "center", "fontsize": self.fontsize, "weight": weight}
            self.ax.text(self.last + LABELS, height, text, **options)

    def label_layers(self, title):
        """What each column is, below it, and the title."""
        names = ["input", *(f"hidden {i}" for i in range(1, self.last)), "output"]
        bottom = self.ax.get_ylim()[0]
        for x, (name, size) in enumerate(zip(names, self.sizes, strict=True)):
            options = {"ha": "center", "va": "bottom", "fontsize": "small"}
            self.ax.text(x, bottom, f"{name}: {size:,}", **options)
        self.ax.set_title(title, fontsize="medium")

    def draw_legend(self, entries):
        """What colour and width say; entries are label, sign and size."""
        from matplotlib.lines import Line2D

        handles = [
            Line2D([], [], color=colors_of([sign])[0], lw=WIDEST * size, label=label)
            for label, sign, size in entries
        ]
        self.ax.legend(
            handles=handles,
            loc="upper center",
            bbox_to_anchor=(0.5, 0),
            ncols=2,
            fontsize="small",
            title=KEY,
            title_fontsize="small",
            frameon=False,
        )

    def points(self, size):
        """A length in points as one along the x axis, about."""
        width = 72 * self.ax.figure.get_figwidth() * self.ax.get_position().width
        return size / width * (self.last + 1.5)


def cut(indices, limit):
    """At most so many indices, with None where the middle is left out."""
    indices = list(indices)
    if len(indices) <= limit:
        return indices
    half = limit // 2
    return [*indices[:half], None, *indices[-half:]]


def colors_of(values):
    """Blue where a value is above 0, else orange."""
    return np.where(np.asarray(values) > 0, INCREASE, DECREASE)


def shade(value):
    """From white at 0 to black at 1, or to orange at -1."""
    from matplotlib.colors import to_rgb

    size = min(abs(float(value)), 1.0)
    full = np.array(to_rgb(DECREASE)) if value < 0 else np.zeros(3)
    return tuple(1 - size * (1 - full))
