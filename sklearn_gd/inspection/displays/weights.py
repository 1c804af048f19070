"""The weights of the first layer as images."""

from __future__ import annotations

import copy

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..unwrap import unwrap
from .animation import Animated
from .drawing import new_axes
from .network import check_image_shape
from .planes import check_recorded

TITLE = "Weights of the first layer"
# The width of an image in inches, and how many stand in a row at most.
TILE, MOST = 0.95, 10
# The share of the liveliest neuron's activity up to which one is dead.
DEAD = 0.02


class WeightsDisplay(Animated):
    """What each neuron of the first layer looks for, as an image.

    Light on a blue pixel excites the neuron, on a red one it inhibits it. The images
    stand in a mosaic, each with the number of its neuron. Dead neurons, which answer
    nearly the same to every sample, are crossed out. It is recommended to use
    `from_estimator`.

    Parameters
    ----------
    images : ndarray of shape (n_neurons, height, width)
        The weights of each neuron.
    title : str, default="Weights of the first layer"
    n_columns : int, default=None
        Images in a row; None makes the mosaic about twice as wide as high, but not more
        than ten images.
    dead : array-like of int, default=()
        The neurons to cross out.
    history : ndarray of shape (n_records, n_neurons, height, width), default=None
        The images at earlier times, for `animate`.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    im_ : matplotlib AxesImage, the mosaic; gaps are masked
    colorbar_ : matplotlib Colorbar
    numbers_ : list of matplotlib Text, one for each neuron
    crosses_ : matplotlib PathCollection, on the neurons that are dead

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn_gd import GradientDescentMLPClassifier, WeightsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = GradientDescentMLPClassifier(16, max_iter=10, tol=None, random_state=0)
    >>> display = WeightsDisplay.from_estimator(clf.fit(X / 16, y), (8, 8))
    >>> display.images.shape
    (16, 8, 8)
    """

    def __init__(
        self,
        images,
        *,
        title=TITLE,
        n_columns=None,
        dead=(),
        history=None,
    ):
        self.images = np.asarray(images)
        self.title = title
        self.n_columns = n_columns
        self.dead = np.asarray(dead, dtype=int)
        self.history = history

    @classmethod
    def from_estimator(
        cls,
        estimator,
        image_shape,
        *,
        X=None,
        before=None,
        path=None,
        n_columns=None,
        ax=None,
        **kwargs,
    ):
        """Draw the first layer's weights of a network, or how they have changed.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier, or Pipeline or search
            The last step of a Pipeline must be the network.
        image_shape : tuple of two int, (height, width)
            Shape of an image whose pixels, row by row, are the features.
        X : {array-like, CSR matrix} of shape (n_samples, n_features), default=None
            Samples to find dead neurons with: those that answer nearly the same to all.
            None takes neurons for dead that have next to no weights.
        before : array-like of shape (n_parameters,), default=None
            Earlier ``parameters_`` of this network, for instance a snapshot of
            `record_path`. What changed since is then shown in place of the weights.
        path : array-like of shape (n_records, n_parameters), default=None
            Parameters during training, as `record_path` gives them, for `animate`.
        n_columns : int, default=None
            Images in a row.
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to matplotlib's ``imshow``.

        Returns
        -------
        display : WeightsDisplay

        Raises
        ------
        ValueError
            If the image shape does not hold as many pixels as there are features.
        """
        estimator, steps = unwrap(estimator)
        check_is_fitted(estimator)
        check_image_shape(image_shape, estimator.n_features_in_)
        start = images_of(estimator, before, image_shape) if before is not None else 0
        path = None if path is None else check_recorded(path, estimator.n_parameters_)
        display = cls(
            images_of(estimator, estimator.parameters_, image_shape) - start,
            title=TITLE if before is None else "Change of the first layer's weights",
            n_columns=n_columns,
            dead=dead_neurons(estimator, steps, X),
            history=None
            if path is None
            else np.array([images_of(estimator, p, image_shape) for p in path]) - start,
        )
        return display.plot(ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw the mosaic of images.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure is made if None.
        **kwargs : dict
            Passed to matplotlib's ``imshow``. The colours run from -v to v, where all
            but one weight in 200 lie between; ``vmin`` and ``vmax`` override them.

        Returns
        -------
        display : WeightsDisplay
            Itself.
        """
        mosaic, n_columns = self._mosaic(self.images)
        height, width = self.images.shape[1:]
        n_rows = -(-len(self.images) // n_columns)
        size = 1 + TILE * n_columns, 0.7 + TILE * n_rows * height / width
        ax = new_axes(ax, figsize=size)
        limit = float(np.quantile(np.abs(self.images), 0.995)) or 1.0
        options = {"cmap": "RdBu", "vmin": -limit, "vmax": limit, **kwargs}
        self.im_ = ax.imshow(mosaic, **options)
        self.colorbar_ = ax.figure.colorbar(
            self.im_,
            cax=ax.inset_axes([1.02, 0, 0.025, 1]),  # as high as the mosaic
            label="Weight",
            extend="both",
        )
        self._draw_numbers(ax, n_columns)
        ax.set(xticks=[], yticks=[], title=self.title)
        ax.spines[:].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _n_moments(self):
        if self.history is None:
            raise ValueError(
                "nothing moves without a path: record it with record_path, and give "
                "it to from_estimator."
            )
        return len(self.history) + 1

    def _show(self, moment):
        images = [*self.history, self.images][moment]
        self.im_.set_data(self._mosaic(images)[0])

    def _draw_numbers(self, ax, n_columns):
        """The number of each neuron on its image, and crosses on dead ones."""
        from matplotlib.patheffects import withStroke

        _, height, width = self.images.shape
        row, column = np.divmod(np.arange(len(self.images)), n_columns)
        left, top = column * (width + 1) - 0.4, row * (height + 1) - 0.4
        halo = [withStroke(linewidth=2, foreground="white")]
        style = {"va": "top", "fontsize": 7, "path_effects": halo}
        self.numbers_ = [
            ax.text(x, y, str(i), **style)
            for i, (x, y) in enumerate(zip(left, top, strict=True))
        ]
        middle = np.c_[left + width / 2, top + height / 2][self.dead]
        self.crosses_ = ax.scatter(*middle.T, marker="x", s=300, c="black")
        if len(self.dead):
            ax.set_xlabel("crossed out: dead, nearly the same answer to every sample")

    def _mosaic(self, images):
        """All images in one, with masked gaps of one pixel, and the images in a row."""
        n_images, height, width = images.shape
        n_columns = min(self.n_columns or columns_for(n_images), n_images)
        n_rows = -(-n_images // n_columns)
        shape = (n_rows * (height + 1) - 1, n_columns * (width + 1) - 1)
        mosaic = np.ma.array(np.zeros(shape, dtype=images.dtype), mask=True)
        for i, image in enumerate(images):
            top, left = i // n_columns * (height + 1), i % n_columns * (width + 1)
            mosaic[top : top + height, left : left + width] = image
        return mosaic, n_columns


def images_of(estimator, parameters, image_shape):
    """The weights of each neuron of the first layer, as images."""
    other = copy.copy(estimator)
    other.parameters_ = parameters
    return other.coefs_[0].T.reshape(-1, *image_shape)


def dead_neurons(estimator, steps, X=None):
    """Neurons of the first layer that X, or next to no weights, shows to be dead."""
    if X is None:
        life = np.linalg.norm(estimator.coefs_[0], axis=0)
    else:
        for step in steps:
            X = step.transform(X)
        life = np.ptp(estimator.activations(X)[0], axis=0)
    return np.flatnonzero(life <= DEAD * life.max())


def columns_for(n_images):
    """About √(2n) columns, at most MOST, if possible such that the last row is full."""
    least = min(int(np.ceil(np.sqrt(2 * n_images))), MOST)
    full = (n for n in range(least, min(2 * least, MOST + 1)) if n_images % n == 0)
    return next(full, least)
