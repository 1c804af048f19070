"""Pictures are drawn in memory and thrown away; networks to draw are made once."""

import pytest

from sklearn_gd import GradientDescentMLPClassifier, record_path


@pytest.fixture(autouse=True)
def plt():
    """matplotlib.pyplot without a screen; all figures are drawn, then closed."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    yield plt
    try:
        for number in plt.get_fignums():
            plt.figure(number).canvas.draw()  # what cannot be drawn shows itself here
    finally:
        plt.close("all")


@pytest.fixture(scope="module")
def trained(wine):
    """A network, its data, and the path of its training; not to be changed."""
    X, y = wine
    network = GradientDescentMLPClassifier((6, 5), max_iter=8, tol=None, random_state=0)
    with record_path(network) as path:
        network.fit(X, y)
    return network, X, y, path
