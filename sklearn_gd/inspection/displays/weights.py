"""The weights of the first layer as images."""

from __future__ import annotations

import copy

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..unwrap import unwrap
from .drawing import new_axes
from .network import check_image_shape


class WeightsDisplay:
    """What each neuron of the first layer looks for, as an image.

    Light on a red pixel excites the neuron, on a blue one it inhibits it. The images
    stand in a mosaic; the number of a neuron is the sum of the numbers beside its row
    and below its column. It is recommended to use `from_estimator`.

    Parameters
    ----------
    images : ndarray of shape (n_neurons, height, width)
        The weights of each neuron.
    title : str, default="Weights of the first layer"
    n_columns : int, default=None
        Images in a row; None makes the mosaic about twice as wide as high.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    im_ : matplotlib AxesImage, the mosaic; gaps are masked
    colorbar_ : matplotlib Colorbar

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

    def __init__(self, images, *, title="Weights of the first layer", n_columns=None):
        self.images = np.asarray(images)
        self.title = title
        self.n_columns = n_columns

    @classmethod
    def from_estimator(
        cls, estimator, image_shape, *, before=None, n_columns=None, ax=None, **kwargs
    ):
        """Draw the first layer's weights of a network, or how they have changed.

        Parameters
        ----------
        estimator : fitted GradientDescentMLPClassifier, or Pipeline or search
            The last step of a Pipeline must be the network.
        image_shape : tuple of two int, (height, width)
            Shape of an image whose pixels, row by row, are the features.
        before : array-like of shape (n_parameters,), default=None
            Earlier ``parameters_`` of this network, for instance a snapshot of
            `record_path`. What changed since is then shown in place of the weights.
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
        estimator, _ = unwrap(estimator)
        check_is_fitted(estimator)
        weights = estimator.coefs_[0]
        check_image_shape(image_shape, len(weights))
        title = "Weights of the first layer"
        if before is not None:
            earlier = copy.deepcopy(estimator)
            earlier.parameters_ = before
            weights = weights - earlier.coefs_[0]
            title = "Change of the first layer's weights"
        images = weights.T.reshape(-1, *image_shape)
        return cls(images, title=title, n_columns=n_columns).plot(ax, **kwargs)

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
        mosaic, n_columns = self._mosaic()
        size = 8, 1 + 6.5 * mosaic.shape[0] / mosaic.shape[1]
        ax = new_axes(ax, figsize=size)
        limit = float(np.quantile(np.abs(self.images), 0.995)) or 1.0
        options = {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit, **kwargs}
        self.im_ = ax.imshow(mosaic, **options)
        self.colorbar_ = ax.figure.colorbar(
            self.im_,
            cax=ax.inset_axes([1.02, 0, 0.025, 1]),  # as high as the mosaic
            label="Weight",
            extend="both",
        )
        height, width = self.images.shape[1:]
        n_rows = mosaic.shape[0] // (height + 1) + 1
        ax.set_xticks(np.arange(n_columns) * (width + 1) + (width - 1) / 2)
        ax.set_xticklabels([f"+{i}" if i else "0" for i in range(n_columns)])
        ax.set_yticks(np.arange(n_rows) * (height + 1) + (height - 1) / 2)
        ax.set_yticklabels(np.arange(n_rows) * n_columns)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set(title=self.title, xlabel="Neuron", ylabel="Neuron")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _mosaic(self):
        """All images in one, with masked gaps of one pixel, and the images in a row."""
        n_images, height, width = self.images.shape
        n_columns = min(self.n_columns or columns_for(n_images), n_images)
        n_rows = -(-n_images // n_columns)
        shape = (n_rows * (height + 1) - 1, n_columns * (width + 1) - 1)
        mosaic = np.ma.array(np.zeros(shape, dtype=self.images.dtype), mask=True)
        for i, image in enumerate(self.images):
            top, left = i // n_columns * (height + 1), i % n_columns * (width + 1)
            mosaic[top : top + height, left : left + width] = image
        return mosaic, n_columns


def columns_for(n_images):
    """About √(2n) columns, if possible such that the last row is full."""
    least = int(np.ceil(np.sqrt(2 * n_images)))
    full = (n for n in range(least, 2 * least) if n_images % n == 0)
    return next(full, least)
