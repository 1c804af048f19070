"""The pages to touch that stand within our own: made when the site is built."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from sklearn_gd import DescentPage, GradientDescentMLPClassifier, NetworkPage

# What follows the name of a page in each language.
ENDINGS = {"en": "", "zh": "-zh"}


def landscape(x):
    """The wavy bowl of the concept page."""
    return 0.1 * (x @ x) + np.sin(1.5 * x[0]) + np.cos(1.5 * x[1])


def descent(language):
    return DescentPage.from_function(landscape, [1.4, 0.5], language=language)


def network(language):
    """The network of the concept page, and digits that it has never seen."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    trained = GradientDescentMLPClassifier(
        (16, 16),
        activation="logistic",
        output_activation="logistic",
        loss="squared_error",
        alpha=2e-4,
        average=False,
        learning_rate=0.5,
        batch_size=32,
        max_iter=40,
        tol=None,
        random_state=0,
    ).fit(X[:1297], y[:1297])
    return NetworkPage.from_estimator(
        trained, X[1297:1497], y[1297:1497], image_shape=(8, 8), language=language
    )


def write(app, exception):
    """Saves them beside the finished site, in both languages."""
    if exception is None and app.builder.format == "html":
        directory = Path(app.outdir) / "touch"
        directory.mkdir(exist_ok=True)
        for make in (descent, network):
            for language, ending in ENDINGS.items():
                make(language).save(directory / f"{make.__name__}{ending}.html")


def setup(app):
    app.connect("build-finished", write)
    return {"parallel_read_safe": True}
