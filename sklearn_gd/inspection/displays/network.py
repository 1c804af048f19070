"""The network drawn: neurons and edges, and one sample on its way through."""

from __future__ import annotations

import numpy as np

from ..gradients import names_of
from ..unwrap import look_through
from .drawing import new_axes
from .graph import Graph

# What the colour and width of an edge say, by kind: label, sign and size of its sample.
LEGENDS = {
    "weights": (
        ("positive weight: excites", 1, 1.0),
        ("negative weight: inhibits", -1, 1.0),
        ("small in its layer", 1, 0.15),
    ),
    "nudges": (
        ("should increase a lot", 1, 1.0),
        ("should increase a little", 1, 0.15),
        ("should decrease a lot", -1, 1.0),
        ("should decrease a little", -1, 0.15),
    ),
}


class NetworkDisplay:
    """A network as a graph, with one sample going through it.

    Neurons are the darker the more active they are, relative to the most active of
    their layer; output neurons relative to 1. An activation below 0 is orange. Edges
    are weights, or what the sample asks of them: the width is the size, the colour the
    sign. The ring of a neuron tells the same of its bias. It is recommended to use
    `from_estimator`.

    Parameters
    ----------
    activations : list of ndarray of shape (n_neurons,)
        The input, then those of every layer.
    weights : list of ndarray of shape (fan_in, fan_out)
    biases : list of ndarray of shape (fan_out,)
    labels : list of str
        What the output neurons stand for.
    wanted : ndarray of shape (n_outputs,), default=None
        Wanted activations of the output neurons.
    nudges : pair of lists like weights and biases, default=None
        The negative gradient of the sample's cost, without L2.
    names : list of str, default=None
        Names of the input features.
    image : ndarray of shape (height, width), default=None
        The input as an image, drawn on the left.
    title : str, default=""

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    edges_ : list of matplotlib LineCollection, one for each layer
    neurons_ : list of matplotlib PathCollection, the input first
    shown_ : list of lists of int
        The neurons of each layer that are drawn, the input first. Of wide layers the
        middle is left out; of a wide input all but the features with the largest
        values.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_gd import GradientDescentMLPClassifier, NetworkDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = GradientDescentMLPClassifier((16, 16), max_iter=5, tol=None)
    >>> clf = clf.fit(X / 16, y)
    >>> display = NetworkDisplay.from_estimator(clf, X / 16, y, image_shape=(8, 8))
    >>> [len(shown) for shown in display.shown_]
    [16, 16, 16, 10]
    """

    def __init__(
        self,
        activations,
        weights,
        biases,
        labels,
        *,
        wanted=None,
        nudges=None,
        names=None,
        image=None,
        title="",
    ):
        self.activations = list(activations)
        self.weights, self.biases = list(weights), list(biases)
        self.labels, self.wanted = list(labels), wanted
        self.nudges, self.names = nudges, names
        self.image, self.title = image, title

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y=None,
        *,
        row=0,
        image_shape=None,
        feature_names=None,
        ax=None,
        **kwargs,
    ):
        """Send a sample through a network and draw both.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier, or Pipeline or search
            The last step of a Pipeline must be the network; X goes through the steps
            before it, and the features have the names that come out of them.
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
            For the wanted activations, and needed for nudges.
        row : int, default=0
            Which row of X and y the sample is.
        image_shape : tuple of two int, (height, width), default=None
            Shape of the sample as an image, whose pixels, row by row, are the features.
        feature_names : sequence of str, default=None
            Names of the columns of X.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        display : NetworkDisplay

        Raises
        ------
        ValueError
            If there is no such row, or the image shape does not hold as many pixels as
            there are features.
        """
        n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
        if not 0 <= row < n_rows:
            raise ValueError(
                f"row={row} must be between 0 and {n_rows - 1}, a row of X."
            )
        one = slice(row, row + 1)
        network, x, names = look_through(estimator, X[one], feature_names)
        activations = network.activations(x)
        told = names_of(network, names)
        inputs = x.toarray() if hasattr(x, "toarray") else np.asarray(x)
        options = {"names": [told.neuron(-1, i) for i in range(inputs.shape[1])]}
        if image_shape is not None:
            check_image_shape(image_shape, inputs.shape[1])
            options["image"] = inputs[0].reshape(image_shape)
        if y is not None:
            options |= wanted_of(network, x, np.asarray(y)[one])
        display = cls(
            [inputs[0], *(a[0] for a in activations)],
            network.coefs_,
            network.intercepts_,
            [str(label) for label in told.outputs],
            **options,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax=None, *, kind="weights", max_neurons=16):
        """Draw the network.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        kind : {"weights", "nudges"}, default="weights"
            What edges show: the weights, the widest the largest of its layer; or the
            negative gradient of the sample's cost, the widest the largest of all.
        max_neurons : int, default=16
            Neurons drawn of a layer, at least 2.

        Returns
        -------
        display : NetworkDisplay
            Itself.

        Raises
        ------
        ValueError
            For an unknown kind, or nudges without a wanted answer.
        """
        edges, rings = self._values(kind)
        ax = new_axes(ax, figsize=(8, 4.8))
        graph = Graph(ax, [len(a) for a in self.activations], max_neurons)
        graph.choose_inputs(self.activations[0])
        self.shown_ = [graph.shown(i) for i in range(len(self.activations))]
        self.edges_ = [graph.draw_edges(i, edge) for i, edge in enumerate(edges)]
        self.neurons_ = [
            graph.draw_neurons(i, self._fill(i), ring)
            for i, ring in enumerate([None, *rings])
        ]
        graph.label_inputs(self.names, self.image)
        graph.label_outputs(self.labels, self.activations[-1], self.wanted)
        graph.label_layers(self.title)
        graph.draw_legend(LEGENDS[kind])
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _values(self, kind):
        """What edges and rings show, each between -1 and 1."""
        if kind not in LEGENDS:
            raise ValueError(
                f"kind={kind!r} is unknown; choose one of {list(LEGENDS)}."
            )
        if kind == "weights":
            return tuple(map(scaled_each, (self.weights, self.biases)))
        if self.nudges is None:
            raise ValueError("kind='nudges' needs y, the wanted answer: give it too.")
        n_layers = len(self.weights)
        values = scaled_together([*self.nudges[0], *self.nudges[1]])
        return values[:n_layers], values[n_layers:]

    def _fill(self, layer):
        """Activations of a layer between -1 and 1."""
        a = self.activations[layer]
        is_output = layer == len(self.activations) - 1
        return a / (1.0 if is_output else np.abs(a).max(initial=0.0) or 1.0)


def wanted_of(network, x, y):
    """What a sample's label adds: wanted activations, nudges and a title."""
    report = network.explain_gradient(x, y)
    nudges = network._model.network.views(report.data_part)
    model = network._model
    codes, table = model.labels.encode(y, model.state.dtype)
    cost, read = network.sample_costs(x, y)[0], network.predict(x)[0]
    return {
        "wanted": table[codes][0],
        "nudges": nudges,
        "title": f"{y[0]}, read as {read}: cost {cost:.3g}",
    }


def check_image_shape(image_shape, n_features):
    """Refuse a shape that does not hold as many pixels as there are features."""
    if len(image_shape) != 2 or np.prod(image_shape) != n_features:
        raise ValueError(
            f"image_shape={tuple(image_shape)} must be (height, width) with "
            f"height × width = {n_features}, the number of features."
        )


def scaled_each(arrays):
    """Each array divided by its own largest size."""
    return [scaled_together([array])[0] for array in arrays]


def scaled_together(arrays):
    """Arrays divided by the largest size among them; all 0 stays so."""
    limit = max(np.abs(array).max(initial=0.0) for array in arrays) or 1.0
    return [array / limit for array in arrays]
