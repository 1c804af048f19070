import numpy as np
import pytest
from sklearn.datasets import load_wine, make_moons
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from sklearn_gd import GradientDescentMLPClassifier, NeuronsDisplay, record_path
from sklearn_gd.inspection.displays.animation import settle


def network(*sizes, **settings):
    settings = {"activation": "tanh", "max_iter": 20, "tol": None, **settings}
    return GradientDescentMLPClassifier(sizes, random_state=0, **settings)


@pytest.fixture(scope="module")
def moons():
    return make_moons(100, noise=0.2, random_state=0)


def grid_of(display):
    return np.stack(np.meshgrid(display.x, display.y), axis=-1).reshape(-1, 2)


def test_tiles_are_the_functions_of_the_neurons(moons):
    model = network(5, 3).fit(*moons)
    display = NeuronsDisplay.from_estimator(model, *moons, grid_resolution=11)
    found = model.activations(grid_of(display))
    for layer, wanted in zip(display.layers, found, strict=False):
        np.testing.assert_allclose(layer.reshape(len(layer), -1).T, wanted)
    assert [len(tiles) for tiles in display.neuron_axes_] == [5, 3]
    tile = display.neuron_axes_[0][4]
    (mesh,) = tile.collections
    f = display.layers[0][4]
    np.testing.assert_allclose(mesh.get_array().reshape(11, 11), f / np.abs(f).max())
    assert mesh.get_clim() == (-1, 1)
    assert tile.get_title() == "4"


def test_the_boundary_is_where_the_prediction_changes(moons):
    model = network(8).fit(*moons)
    display = NeuronsDisplay.from_estimator(model, *moons)
    on_line = [p for path in boundary(display) for p in path.vertices]
    assert len(on_line) > 20
    p = model.predict_proba(np.array(on_line))
    np.testing.assert_allclose(p[:, 1], 0.5, atol=0.1)
    answers = model.predict(grid_of(display)).reshape(60, 60)
    np.testing.assert_array_equal(display.outputs[..., 1] > 0.5, answers == 1)


def boundary(display):
    from matplotlib.contour import QuadContourSet

    lines = [c for c in display.ax_.collections if isinstance(c, QuadContourSet)]
    return [path for line in lines for path in line.get_paths()]


def test_several_classes_are_coloured_by_the_answer():
    pytest.importorskip("pandas")
    X, y = load_wine(return_X_y=True, as_frame=True)
    X, y = X[["alcohol", "flavanoids"]], load_wine().target_names[y]
    model = make_pipeline(StandardScaler(), network(6)).fit(X, y)
    display = NeuronsDisplay.from_estimator(model, X, y)
    answers = model.predict(type(X)(grid_of(display), columns=X.columns))
    wanted = np.searchsorted(model.classes_, answers).reshape(60, 60)
    np.testing.assert_array_equal(display.outputs.argmax(axis=-1), wanted)
    assert display.ax_.get_xlabel() == "alcohol"
    legend = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert legend == ["class_0", "class_1", "class_2"]


def test_the_plane_is_that_before_the_pipeline(moons):
    """The network has five features there, the picture two."""
    model = make_pipeline(PolynomialFeatures(2, include_bias=False), network(4))
    display = NeuronsDisplay.from_estimator(model.fit(*moons), *moons)
    p = model.predict_proba(grid_of(display)).reshape(60, 60, 2)
    np.testing.assert_allclose(display.outputs, p)


def test_wide_layers_are_cut_in_the_middle(moons):
    display = NeuronsDisplay.from_estimator(network(20).fit(*moons), moons[0])
    assert display.shown_ == [[0, 1, 2, 3, 16, 17, 18, 19]]
    assert [ax.get_title() for ax in display.neuron_axes_[0]][-1] == "19"


def test_a_linear_model_has_a_decision_only(moons):
    display = NeuronsDisplay.from_estimator(network().fit(*moons), *moons)
    assert display.neuron_axes_ == []
    (line,) = boundary(display)
    centred = line.vertices - line.vertices.mean(axis=0)
    along, across = np.linalg.svd(centred, compute_uv=False)
    assert across < 0.01 * along  # straight


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_network_that_knows_nothing_yet_has_no_boundary(moons, dtype):
    """Its prediction is constant up to rounding, which is no line to draw."""
    X, y = moons
    model = network(6, activation="relu", learning_rate=1e-12, max_iter=1)
    display = NeuronsDisplay.from_estimator(model.fit(X.astype(dtype), y), X, y)
    assert 0 < np.ptp(display.outputs[..., 1]) < 1e-6
    assert boundary(display) == []


def test_it_moves_from_the_start_to_the_still_picture(moons):
    model = network(4, max_iter=5)
    with record_path(model) as path:
        model.fit(*moons)
    display = NeuronsDisplay.from_estimator(
        model, *moons, path=path, grid_resolution=12
    )
    before = model.parameters_
    settle(display.figure_)
    display.figure_.canvas.draw()
    still = np.asarray(display.figure_.canvas.buffer_rgba()).copy()
    animation = display.animate(n_frames=3)
    pictures = []
    for frame in animation.new_frame_seq():
        animation._func(frame)
        display.figure_.canvas.draw()
        pictures.append(np.asarray(display.figure_.canvas.buffer_rgba()).copy())
    assert (pictures[0] != pictures[1]).any()
    np.testing.assert_array_equal(pictures[-1], still)
    np.testing.assert_array_equal(model.parameters_, before)
    animation._draw_was_started = True  # it was, frame by frame


def test_wrong_wishes_are_refused(moons, wine, rng):
    X, y = moons
    model = network(4).fit(X, y)
    with pytest.raises(ValueError, match=r"two features.*\(n_samples, 2\)"):
        NeuronsDisplay.from_estimator(network(4).fit(*wine), *wine)
    labels = rng.integers(0, 2, size=(100, 3))
    with pytest.raises(ValueError, match="several labels a row"):
        NeuronsDisplay.from_estimator(network(4).fit(X, labels), X)
    with pytest.raises(ValueError, match="without a path"):
        NeuronsDisplay.from_estimator(model, X, grid_resolution=5).animate()
