"""The pages to touch that stand within our own: made when the site is built."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from sklearn_gd import DescentPage, GradientDescentMLPClassifier, NetworkPage


def landscape(x):
    """The wavy bowl of the concept page."""
    return 0.1 * (x @ x) + np.sin(1.5 * x[0]) + np.cos(1.5 * x[1])


def descent():
    return DescentPage.from_function(landscape, [1.4, 0.5])


def network():
    """The picture's network: logistic neurons, squared error."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    trained = GradientDescentMLPClassifier(
        (16, 16),
        activation="logistic",
        output_activation="logistic",
        loss="squared_error",
        learning_rate=0.5,
        batch_size=32,
        max_iter=20,
        tol=None,
        random_state=0,
    ).fit(X, y)
    return NetworkPage.from_estimator(trained, X[:200], y[:200], image_shape=(8, 8))


def write(app, exception):
    """Saves them beside the finished site."""
    if exception is None and app.builder.format == "html":
        directory = Path(app.outdir) / "touch"
        directory.mkdir(exist_ok=True)
        for make in (descent, network):
            make().save(directory / f"{make.__name__}.html")


def setup(app):
    app.connect("build-finished", write)
    return {"parallel_read_safe": True}
