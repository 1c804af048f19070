"""Make the pages that the concept page shows, in both languages.

The site makes them when it is built. By hand, from the root of the repository::

    python docs/live_pages.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from sklearn_gd import DescentPage, GradientDescentMLPClassifier, NetworkPage

# What follows the name of a page in each language.
LANGUAGES = {"en": "", "zh": "-zh"}


def landscape(x):
    """The function of the concept page."""
    return 0.1 * (x @ x) + np.sin(1.5 * x[0]) + np.cos(1.5 * x[1])


def network():
    """The network of the concept page, and digits that it has never seen."""
    X, y = load_digits(return_X_y=True)
    X = X / 16
    model = GradientDescentMLPClassifier(
        (16, 16),
        activation="logistic",
        output_activation="logistic",
        loss="squared_error",
        learning_rate=0.5,
        batch_size=32,
        max_iter=40,
        tol=None,
        random_state=0,
    )
    return model.fit(X[:1297], y[:1297]), X[1297:1497], y[1297:1497]


def write_pages(folder):
    """Write all pages into a folder; returns their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    fitted, paths = network(), []
    for language, ending in LANGUAGES.items():
        page = NetworkPage.from_estimator(
            *fitted, image_shape=(8, 8), language=language
        )
        walk = DescentPage.from_function(landscape, [1.4, 0.5], language=language)
        paths.append(page.save(folder / f"network{ending}.html"))
        paths.append(walk.save(folder / f"descent{ending}.html"))
    return paths


if __name__ == "__main__":
    for path in write_pages(sys.argv[1]):
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
