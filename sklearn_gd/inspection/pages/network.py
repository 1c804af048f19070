"""A fitted network with its gradient, to be touched in a browser."""

from __future__ import annotations

import dataclasses
from numbers import Integral

import numpy as np
import scipy.sparse as sp

from ...core.activations import ACTIVATIONS
from ...core.losses import LOSSES
from ...data.validation import check_X
from ..gradients import data_to_look_at, names_of
from ..unwrap import look_through
from .encoding import matrix, vector
from .page import Page, assemble

# More cannot be drawn, nor stepped in a browser while somebody waits.
MAX_PARAMETERS = 500_000
# Numbers in X: about as many megabytes if they are stored as bytes.
MAX_VALUES = 2_000_000
MODULES = (
    "activations.js",
    "losses.js",
    "network.js",
    "basics.js",
    "decoding.js",
    "training.js",
    "view.js",
    "drawing.js",
    "picture.js",
    "neuron.js",
    "outputs.js",
    "network_page.js",
)


class NetworkPage(Page):
    """A fitted network in a page: draw, look, ask for nudges, and let it learn.

    Draw a digit, pick a row or move the sliders, and see it go through the network:
    every neuron with its activation, every weight or the nudge that the negative
    gradient asks for, and the cost as the squares or logarithms that it is the sum of.
    Steps of gradient descent on a sample or on batches are taken in the page. Its
    numbers are those of `cost`, `cost_gradient` and `predict`, in double precision.

    The page is one file. It needs no server and makes no request.

    Attributes
    ----------
    html : str
        The whole page.

    See Also
    --------
    DescentPage : Gradient descent on a function of two variables.
    GradientDisplay : The gradient as a picture for print.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_gd import GradientDescentMLPClassifier, NetworkPage
    >>> X, y = load_digits(return_X_y=True)
    >>> model = GradientDescentMLPClassifier((16, 16), max_iter=5, tol=None)
    >>> model = model.fit(X / 16, y)
    >>> page = NetworkPage.from_estimator(
    ...     model, X[:200] / 16, y[:200], image_shape=(8, 8)
    ... )
    >>> page.html.startswith("<!doctype html>")
    True

    ``page.save("network.html")`` writes it; a notebook shows it.
    """

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        y,
        *,
        image_shape=None,
        feature_names=None,
        language="en",
    ):
        """Make the page of a fitted classifier.

        Parameters
        ----------
        estimator : GradientDescentMLPClassifier, or Pipeline or search that ends in one
            A fitted one. The page works on a copy of its parameters. Of a pipeline the
            network at its end is shown, with what the steps before it make of X.
        X : {array-like, CSR matrix} of shape (n_samples, n_features)
            The rows that the page shows and learns from; a few hundred are plenty.
        y : array-like of shape (n_samples,), or (n_samples, n_labels) for multilabel
        image_shape : tuple (height, width), default=None
            The shape of a row that is an image, such as (28, 28). With it, the page has
            a canvas to draw on; without it, a slider for each feature.
        feature_names : sequence of str, default=None
            Names of the columns of X; None means those that X had in ``fit``.
        language : {"en", "zh"}, default="en"
            The language that the page starts in. A button changes it.

        Returns
        -------
        page : NetworkPage

        Raises
        ------
        TypeError
            If there is no network at the end of the estimator, or it has an activation
            or loss of your own, which only Python can compute.
        ValueError
            If the network is too large to draw, X has too many values for a page or
            does not fit, or image_shape is no shape of a row.
        """
        network, X, features = look_through(estimator, X, feature_names)
        model = structure(network)
        data = {
            **model,
            **samples(network, X, y),
            **names(network, features),
            "image": checked_shape(image_shape, model["layers"][0]),
        }
        return cls(assemble("network.html", MODULES, data, language))


def structure(estimator):
    """Layers, functions and parameters of a fitted network."""
    model = estimator._model
    if estimator.n_parameters_ > MAX_PARAMETERS:
        raise ValueError(
            f"the network has {estimator.n_parameters_:,} parameters; a page draws and "
            f"steps at most {MAX_PARAMETERS:,}. Fit one with smaller "
            "hidden_layer_sizes, or reduce the number of features."
        )
    link = model.loss.link
    return {
        "layers": list(model.network.layer_sizes),
        "activations": [known(a, ACTIVATIONS) for a in model.network.activations],
        "link": link.name,
        "loss": known(model.loss, LOSSES)["name"],
        "copies": link.classes_per_output,
        "kind": model.labels.kind,
        "alpha": float(estimator.alpha_),
        "inputScale": float(model.network.input_scale),
        "theta": vector(estimator.parameters_),
    }


def known(part, registry):
    """Name and settings of a registered activation or loss.

    Raises
    ------
    TypeError
        If it is the user's own.
    """
    for name, entry in registry.items():
        if type(entry) is type(part):
            fields = [f.name for f in dataclasses.fields(part) if f.name != "link"]
            settings = {field: getattr(part, field) for field in fields}
            gain = {"gain": part.gain} if hasattr(part, "gain") else {}
            return {"name": name, **gain, **settings}
    raise TypeError(
        f"{part!r} is not registered, and a page cannot run Python: it knows "
        f"{sorted(registry)} only."
    )


def samples(estimator, X, y):
    """The rows of the page, checked and encoded."""
    n_values = np.prod(np.shape(X), dtype=float)
    if n_values > MAX_VALUES:
        n_rows, n_features = np.shape(X)
        raise ValueError(
            f"X holds {n_rows:,} rows of {n_features:,} values; a page takes at most "
            f"{MAX_VALUES:,} values. Give it fewer rows, such as X[:200], y[:200]."
        )
    wanted = data_to_look_at(estimator, X, y, None)
    X = check_X(estimator, X)
    X = X.toarray() if sp.issparse(X) else np.asarray(X)
    return {
        "X": matrix(X.astype(np.float64)),
        "wanted": matrix(wanted.table[wanted.codes].astype(np.float64)),
    }


def checked_shape(image_shape, n_features):
    """image_shape as a list, or None."""
    if image_shape is None:
        return None
    shape = tuple(image_shape) if np.iterable(image_shape) else (image_shape,)
    whole = all(isinstance(side, Integral) and side > 0 for side in shape)
    if not (whole and len(shape) == 2 and shape[0] * shape[1] == n_features):
        raise ValueError(
            f"image_shape={image_shape!r} must be (height, width), whole numbers whose "
            f"product is the number of features, {n_features}."
        )
    return [int(side) for side in shape]


def names(estimator, features):
    """What classes and features are called."""
    labels = estimator._model.labels
    features = names_of(estimator, features).features
    return {
        "classes": [str(label) for label in labels.classes.tolist()],
        "features": None if features is None else [str(name) for name in features],
    }
