import copy

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_gd import GradientDescentMLPClassifier, NetworkDisplay
from sklearn_gd.inspection.displays.drawing import DECREASE, INCREASE
from sklearn_gd.inspection.displays.graph import WIDEST

colors = pytest.importorskip("matplotlib.colors")


def nets(X, y, *sizes, **settings):
    settings = {"max_iter": 3, "tol": None, "random_state": 0, **settings}
    return GradientDescentMLPClassifier(sizes, **settings).fit(X, y)


@pytest.fixture
def display(trained):
    network, X, y, _ = trained
    return NetworkDisplay.from_estimator(network, X, y, row=7)


def texts(display):
    return [text.get_text() for text in display.ax_.texts]


def test_activations_are_those_of_the_network(display, trained):
    network, X, _, _ = trained
    found = [a[7] for a in network.activations(X)]
    np.testing.assert_array_equal(display.activations[0], X[7])
    for shown, wanted in zip(display.activations[1:], found, strict=True):
        np.testing.assert_allclose(shown, wanted)


def test_neurons_are_filled_by_activation(display):
    """Relative to the largest of the layer; a positive one is grey."""
    hidden = display.activations[1]
    for color, a in zip(display.neurons_[1].get_facecolor(), hidden, strict=True):
        np.testing.assert_allclose(color[:3], 1 - a / hidden.max())
    outputs = display.activations[-1]
    for color, a in zip(display.neurons_[-1].get_facecolor(), outputs, strict=True):
        np.testing.assert_allclose(color[:3], 1 - a)
    inputs = display.activations[0]
    negative = inputs.argmin()
    color = display.neurons_[0].get_facecolor()[negative, :3]
    size = -inputs[negative] / np.abs(inputs).max()
    np.testing.assert_allclose(
        color, 1 - size * (1 - np.array(colors.to_rgb(DECREASE)))
    )


def edges(display, layer):
    """Width and colour of the edges that are drawn, by the places of their ends."""
    drawn = display.edges_[layer]
    lines = zip(
        drawn.get_segments(), drawn.get_linewidths(), drawn.get_colors(), strict=True
    )
    return {tuple(segment[:, 1].round(9)): (w, c) for segment, w, c in lines}


@pytest.mark.parametrize("kind", ["weights", "nudges"])
def test_edges_tell_size_and_sign(display, trained, kind):
    network, X, y, _ = trained
    values = network.coefs_
    if kind == "nudges":
        report = network.explain_gradient(X[7:8], y[7:8])
        values = network._model.network.views(report.data_part)[0]
        everywhere = np.abs(report.data_part).max()
    display.plot(kind=kind)
    for layer, W in enumerate(values):
        largest = np.abs(W).max() if kind == "weights" else everywhere
        starts = display.neurons_[layer].get_offsets()[:, 1].data.round(9)
        ends = display.neurons_[layer + 1].get_offsets()[:, 1].data.round(9)
        drawn = edges(display, layer)
        assert len(drawn) == (np.abs(W) >= 0.02 * largest).sum()
        for i, j in zip(*np.nonzero(np.abs(W) >= 0.02 * largest), strict=True):
            width, color = drawn[starts[i], ends[j]]
            assert width == pytest.approx(WIDEST * abs(W[i, j]) / largest)
            wanted = INCREASE if W[i, j] > 0 else DECREASE
            assert colors.same_color(color[:3], wanted)


def test_a_layer_that_asks_for_nothing_has_no_edges(trained):
    dead = copy.deepcopy(trained[0])
    dead.parameters_ = np.zeros(dead.n_parameters_)
    display = NetworkDisplay.from_estimator(dead, np.zeros((1, dead.n_features_in_)))
    assert all(len(edges.get_segments()) == 0 for edges in display.edges_)


def test_rings_tell_of_biases(display, trained):
    network = trained[0]
    rings = display.neurons_[-1].get_edgecolor()
    for ring, bias in zip(rings, network.intercepts_[-1], strict=True):
        if abs(bias) > 0.05 * np.abs(network.intercepts_[-1]).max():
            assert colors.same_color(ring[:3], INCREASE if bias > 0 else DECREASE)


def test_outputs_have_label_activation_and_wanted_value(display, trained):
    _, _, y, _ = trained
    outputs = display.activations[-1]
    for k, a in enumerate(outputs):
        assert f"{k}:  {a:.2f} → {int(y[7] == k)}" in texts(display)
    assert f"{y[7]}, read as {outputs.argmax()}" in display.ax_.get_title()


def test_the_legend_is_in_words(display):
    legend = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert legend[0] == "positive weight: excites"
    title = display.ax_.get_legend().get_title().get_text()
    assert all(word in title for word in ("edges", "rings", "fillings"))
    display.plot(kind="nudges")
    legend = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert {"should increase a lot", "should decrease a little"} <= set(legend)


def test_wide_layers_are_cut_in_the_middle(digits):
    X, y = digits
    display = NetworkDisplay.from_estimator(nets(X, y, 40), X)
    assert display.shown_[1] == [*range(8), *range(32, 40)]
    ink = np.sort(np.argsort(-X[0], kind="stable")[:16])
    assert display.shown_[0] == ink.tolist()
    assert texts(display).count("⋮") == 2
    assert len(display.neurons_[1].get_offsets()) == 16
    display.plot(max_neurons=64)
    assert texts(display).count("⋮") == 0
    assert display.shown_[0] == list(range(64))


def test_the_image_stands_beside_the_network(digits):
    X, y = digits
    display = NetworkDisplay.from_estimator(nets(X, y, 4), X, row=3, image_shape=(8, 8))
    (image,) = display.ax_.child_axes[0].images
    np.testing.assert_array_equal(image.get_array(), X[3].reshape(8, 8))
    with pytest.raises(ValueError, match=r"64, the number of features"):
        NetworkDisplay.from_estimator(nets(X, y, 4), X, image_shape=(8, 9))


def test_a_pipeline_names_its_features(wine):
    X, y = wine
    pipe = make_pipeline(StandardScaler(), nets(X, y, 4)).fit(X * 5, y)
    names = [f"f{i}" for i in range(13)]
    display = NetworkDisplay.from_estimator(pipe, X * 5, feature_names=names)
    assert set(names) <= set(texts(display))
    np.testing.assert_allclose(display.activations[0], pipe[0].transform(X * 5)[0])


def test_other_kinds_of_problems(cancer, rng):
    X, y = cancer
    display = NetworkDisplay.from_estimator(nets(X, y), X, y, kind="nudges")
    assert any(text.startswith("1:  ") for text in texts(display))
    X = sp.csr_array(rng.random((40, 12)) * (rng.random((40, 12)) < 0.2))
    Y = rng.integers(0, 2, size=(40, 3))
    display = NetworkDisplay.from_estimator(nets(X, Y, 4), X, Y, row=3)
    np.testing.assert_array_equal(display.wanted, Y[3])
    np.testing.assert_array_equal(display.activations[0], X.toarray()[3])


def test_wrong_wishes_are_refused(trained):
    network, X, y, _ = trained
    with pytest.raises(ValueError, match=r"kind='pie' is unknown.*'nudges'"):
        NetworkDisplay.from_estimator(network, X, y, kind="pie")
    with pytest.raises(ValueError, match="needs y"):
        NetworkDisplay.from_estimator(network, X, kind="nudges")
    for row in (-1, len(X)):
        with pytest.raises(ValueError, match=r"between 0 and 177"):
            NetworkDisplay.from_estimator(network, X, y, row=row)
