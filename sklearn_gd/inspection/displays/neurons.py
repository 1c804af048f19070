"""What each neuron makes of the plane, layer by layer, down to the decision."""

from __future__ import annotations

import numpy as np

from ..._sklearn import plane_display
from ..unwrap import look_through
from .animation import Animated
from .drawing import new_axes
from .graph import cut
from .grids import grid_around, history, over_grid, same_kind
from .planes import check_recorded

# Neurons in a row of the picture, and the size of one in inches.
ACROSS, TILE = 4, 1.05
# Blue is the second of two classes, or positive, as in the other pictures.
TWO_CLASSES = ("#D55E00", "#0072B2")
# Probabilities that differ by less are the same: at the start all classes may be.
ROUNDING = 1e-5


class NeuronsDisplay(Animated):
    """The functions of the neurons over the plane of two features, and the decision.

    The first layer's neurons each draw a soft straight line through the plane; those of
    the next layers build on them, until the outputs draw the decision boundary. Blue is
    above 0, red below; the scale is that of each neuron. It is recommended to use
    `from_estimator`.

    Parameters
    ----------
    x, y : ndarray of shape (n_columns,), (n_rows,)
        The grid: values of the two features.
    layers : list of ndarray of shape (n_neurons, n_rows, n_columns)
        The activations of each hidden layer's neurons.
    outputs : ndarray of shape (n_rows, n_columns, n_classes)
        The probability of each class.
    classes : list of str
    points : ndarray of shape (n_samples, 2), default=None
        Samples to draw over the decision.
    codes : ndarray of shape (n_samples,), default=None
        Index of the class of each sample.
    names : pair of str, default=("x0", "x1")
        Names of the features.
    history : list of (layers, outputs), default=None
        The same at earlier times, for `animate`.

    Attributes
    ----------
    ax_ : matplotlib Axes, that of the decision
    figure_ : matplotlib Figure
    neuron_axes_ : list of lists of matplotlib Axes, for each hidden layer
    shown_ : list of lists of int, the neurons drawn of each hidden layer

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn_gd import GradientDescentMLPClassifier, NeuronsDisplay
    >>> X, y = make_moons(200, noise=0.2, random_state=0)
    >>> clf = GradientDescentMLPClassifier((8, 4), activation="tanh", random_state=0)
    >>> display = NeuronsDisplay.from_estimator(clf.fit(X, y), X, y)
    >>> [layer.shape for layer in display.layers]
    [(8, 60, 60), (4, 60, 60)]
    """

    def __init__(
        self,
        x,
        y,
        layers,
        outputs,
        classes,
        *,
        points=None,
        codes=None,
        names=("x0", "x1"),
        history=None,
    ):
        self.x, self.y = x, y
        self.layers, self.outputs = list(layers), outputs
        self.classes = list(classes)
        self.points, self.codes = points, codes
        self.names, self.history = list(names), history

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y=None,
        *,
        path=None,
        grid_resolution=60,
        feature_names=None,
        ax=None,
        **kwargs,
    ):
        """Compute the activations over the plane and draw them.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier, or Pipeline or search
            The last step of a Pipeline must be the network; the plane is that of the
            features before the first step.
        X : array-like or DataFrame of shape (n_samples, 2)
            Samples; the plane is as large as they need.
        y : array-like of shape (n_samples,), default=None
            Their classes, for their colours.
        path : array-like of shape (n_records, n_parameters), default=None
            Parameters during training, as `record_path` gives them, for `animate`.
        grid_resolution : int, default=60
            Points of the grid along each axis.
        feature_names : pair of str, default=None
            Names of the two features; None takes those of the columns of X.
        ax : matplotlib Axes, default=None
            Axes whose room is used; a new figure is made if None.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : NeuronsDisplay

        Raises
        ------
        ValueError
            If X has not two features, or the network predicts several labels a row.
        """
        points = np.asarray(X, dtype=float)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(
                f"X has shape {points.shape}: only data of two features can be drawn "
                "over a plane, shape (n_samples, 2)."
            )
        axes = grid_around(points, grid_resolution)
        network, grid, _ = look_through(estimator, same_kind(X, *axes))
        if network._model.labels.kind == "multilabel":
            raise ValueError(
                "the network predicts several labels a row: it draws no one boundary."
            )
        if path is not None:
            path = check_recorded(path, network.n_parameters_)
        columns = getattr(X, "columns", ("x0", "x1"))
        display = cls(
            *axes,
            *over_grid(network, grid, axes),
            [str(label) for label in network.classes_],
            points=points,
            codes=None if y is None else np.searchsorted(network.classes_, y),
            names=[str(name) for name in feature_names or columns],
            history=path if path is None else history(network, path, grid, axes),
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax=None, *, max_neurons=8):
        """Draw a tile for each neuron, layer by layer, and the decision.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes whose room is used; a new figure is made if None.
        max_neurons : int, default=8
            Neurons drawn of a layer, at least 2; the middle of wider ones is left out.

        Returns
        -------
        display : NeuronsDisplay
            Itself.
        """
        limit = max(2, max_neurons)
        columns = [cut(range(len(layer)), limit) for layer in self.layers]
        self.shown_ = [[i for i in column if i is not None] for column in columns]
        rows = [-(-len(shown) // ACROSS) for shown in self.shown_]
        height = max(3.4, TILE * sum(rows) + 0.6)
        ax = new_axes(
            ax, figsize=((ACROSS * TILE if rows else 0) + height + 0.6, height)
        )
        ax.set_axis_off()
        spec = ax.get_subplotspec().subgridspec(
            1, 2, width_ratios=(ACROSS * TILE if rows else 0.01, height)
        )
        self.figure_ = ax.figure
        self._draw_tiles(spec[0].subgridspec(max(sum(rows), 1), ACROSS), rows)
        self._draw_decision(self.figure_.add_subplot(spec[1]))
        return self

    def _draw_tiles(self, spec, rows):
        """The function of each neuron that is shown."""
        self.neuron_axes_, self._tiles = [], []
        starts = np.cumsum([0, *rows])
        for k, shown in enumerate(self.shown_):
            tiles = []
            for place, i in enumerate(shown):
                row, column = divmod(place, ACROSS)
                tile = self.figure_.add_subplot(spec[starts[k] + row, column])
                mesh = self._mesh(tile, scaled(self.layers[k][i]), "RdBu", -1)
                tile.set(xticks=[], yticks=[], xlabel="", ylabel="")
                tile.set_title(i, fontsize=7, pad=2)
                tiles.append(tile)
                self._tiles.append((k, i, mesh))
            tiles[0].set_ylabel(f"hidden {k + 1}", fontsize="small")
            self.neuron_axes_.append(tiles)

    def _draw_decision(self, ax):
        """The decision boundary, and the samples."""
        from matplotlib.colors import LinearSegmentedColormap, ListedColormap
        from matplotlib.pyplot import get_cmap

        n_classes = len(self.classes)
        if n_classes == 2:
            colors = list(TWO_CLASSES)
            cmap = LinearSegmentedColormap.from_list(
                "two", [colors[0], "white", colors[1]]
            )
        else:
            colors = [get_cmap("tab10")(i % 10) for i in range(n_classes)]
            cmap = ListedColormap(colors)
        self._decision = self._mesh(ax, self._response(self.outputs), cmap, 0)
        self._decision.set_alpha(0.6)
        self._boundary = self._draw_boundary(ax, self.outputs)
        if self.points is not None:
            marks = {"s": 12, "edgecolors": "black", "linewidths": 0.4, "zorder": 3}
            fill = (
                "0.5" if self.codes is None else [colors[code] for code in self.codes]
            )
            ax.scatter(*self.points.T, c=fill, **marks)
        for color, name in zip(colors, self.classes, strict=True):
            ax.scatter([], [], color=color, label=name)
        ax.legend(title="class", fontsize="small", loc="best")
        ax.set(xlim=self.x[[0, -1]], ylim=self.y[[0, -1]], title="decision")
        ax.set(xlabel=self.names[0], ylabel=self.names[1])
        self.ax_ = ax

    def _mesh(self, ax, response, cmap, lowest):
        """A function over the plane, as scikit-learn draws it."""
        display = plane_display(*np.meshgrid(self.x, self.y), response)
        highest = 1 if len(self.classes) == 2 or lowest < 0 else len(self.classes) - 1
        options = {"cmap": cmap, "vmin": lowest, "vmax": highest, "rasterized": True}
        return display.plot("pcolormesh", ax=ax, shading="nearest", **options).surface_

    def _response(self, outputs):
        """What is coloured: the probability of the second class, or the class."""
        return outputs[..., 1] if len(self.classes) == 2 else outputs.argmax(axis=-1)

    def _draw_boundary(self, ax, outputs):
        """A line where the two highest probabilities meet, one for each class."""
        lines = []
        for k in range(1 if len(self.classes) == 2 else 0, len(self.classes)):
            others = np.delete(outputs, k, axis=-1).max(axis=-1)
            lead = outputs[..., k] - others
            if lead.min() < -ROUNDING and lead.max() > ROUNDING:
                style = {
                    "levels": [0],
                    "colors": "black",
                    "linewidths": 1.2,
                    "zorder": 2,
                }
                lines.append(ax.contour(self.x, self.y, lead, **style))
        return lines

    def _n_moments(self):
        if self.history is None:
            raise ValueError(
                "nothing moves without a path: record it with record_path, and give "
                "it to from_estimator."
            )
        return len(self.history) + 1

    def _show(self, moment):
        layers, outputs = [*self.history, (self.layers, self.outputs)][moment]
        for k, i, mesh in self._tiles:
            mesh.set_array(scaled(layers[k][i]))
        self._decision.set_array(self._response(outputs))
        for lines in self._boundary:
            lines.remove()
        self._boundary = self._draw_boundary(self.ax_, outputs)


def scaled(values):
    """Values divided by the largest size."""
    return values / (np.abs(values).max() or 1.0)
