import copy

import numpy as np
import pytest

from sklearn_gd import GradientDescentMLPClassifier, WeightsDisplay, record_path


@pytest.fixture(scope="module")
def reader(digits):
    X, y = digits
    network = GradientDescentMLPClassifier(6, max_iter=2, tol=None, random_state=0)
    with record_path(network) as path:
        network.fit(X, y)
    return network, path


def test_each_image_holds_the_weights_of_a_neuron(reader):
    network, _ = reader
    display = WeightsDisplay.from_estimator(network, (8, 8))
    for image, weights in zip(display.images, network.coefs_[0].T, strict=True):
        np.testing.assert_allclose(image.ravel(), weights, rtol=1e-14)


def test_the_mosaic_shows_neuron_by_neuron_with_gaps_between(reader):
    network, _ = reader
    display = WeightsDisplay.from_estimator(network, (4, 16), n_columns=4)
    mosaic = display.im_.get_array()
    assert mosaic.shape == (2 * 5 - 1, 4 * 17 - 1)
    np.testing.assert_array_equal(mosaic[:4, :16], display.images[0])
    np.testing.assert_array_equal(mosaic[5:, 17:33], display.images[5])
    assert mosaic.mask[4].all()
    assert mosaic.mask[:, 16].all()
    assert mosaic.mask[5:, 34:].all()  # there are only six neurons
    assert np.ma.count(mosaic) == 6 * 64


def test_each_image_has_the_number_of_its_neuron(reader):
    network, _ = reader
    display = WeightsDisplay.from_estimator(network, (8, 8), n_columns=4)
    assert [text.get_text() for text in display.numbers_] == list("012345")
    for i, text in enumerate(display.numbers_):
        x, y = text.get_position()
        assert 9 * (i % 4) - 0.5 <= x < 9 * (i % 4) + 1
        assert 9 * (i // 4) - 0.5 <= y < 9 * (i // 4) + 1


def crossed_out(display):
    return sorted(display.dead.tolist()), len(display.crosses_.get_offsets())


def test_dead_neurons_are_crossed_out(reader, digits):
    X, _ = digits
    network = copy.deepcopy(reader[0])

    def change(function):
        parameters = network.parameters_
        weights, biases = network._model.network.views(parameters)
        function(weights[0], biases[0])
        network.parameters_ = parameters

    def kill(W, b):
        W[:, 4] = -0.1  # no ink makes it answer
        b[4] = 0

    def fade(W, b):
        W[:, 2] *= 1e-4

    change(lambda W, b: np.abs(W, out=W))  # all are alive
    assert crossed_out(WeightsDisplay.from_estimator(network, (8, 8), X=X)) == ([], 0)
    change(kill)
    display = WeightsDisplay.from_estimator(network, (8, 8), X=X)
    assert crossed_out(display) == ([4], 1)
    change(fade)  # seen without samples too
    display = WeightsDisplay.from_estimator(network, (8, 8))
    assert crossed_out(display) == ([2], 1)
    x, y = display.crosses_.get_offsets()[0]
    assert (x, y) == (2 * 9 + 3.6, 3.6)
    assert "dead" in display.ax_.get_xlabel()


@pytest.mark.parametrize(
    "n_images, n_columns", [(1, 1), (6, 6), (16, 8), (17, 6), (100, 10), (256, 10)]
)
def test_rows_are_full_where_that_can_be(n_images, n_columns):
    """And images do not become too small to read: there are ten in a row at most."""
    display = WeightsDisplay(np.zeros((n_images, 2, 2))).plot()
    assert display.im_.get_array().shape[1] == 3 * n_columns - 1
    assert display.figure_.get_figwidth() > 0.9 * n_columns


def test_zero_is_the_middle_of_the_colours(reader):
    display = WeightsDisplay.from_estimator(reader[0], (8, 8))
    low, high = display.im_.get_clim()
    assert low == -high
    assert 0 < high <= np.abs(display.images).max()


def test_the_change_since_an_earlier_time_can_be_shown(reader):
    network, path = reader
    before = network.parameters_
    display = WeightsDisplay.from_estimator(network, (8, 8), before=path[1])
    step = (path[-1] - path[1])[: 64 * 6].reshape(64, 6)
    np.testing.assert_allclose(display.images, step.T.reshape(6, 8, 8), atol=1e-12)
    assert "Change" in display.ax_.get_title()
    np.testing.assert_array_equal(network.parameters_, before)


def test_no_change_can_be_drawn(reader):
    network, path = reader
    display = WeightsDisplay.from_estimator(network, (8, 8), before=path[-1])
    assert not display.images.any()


@pytest.mark.parametrize("shape", [(8, 9), (64,), (8, 4, 2)])
def test_another_shape_than_that_of_the_features_is_refused(reader, shape):
    with pytest.raises(ValueError, match=r"image_shape=.*64, the number of features"):
        WeightsDisplay.from_estimator(reader[0], shape)


def test_parameters_of_another_network_are_refused(reader):
    with pytest.raises(ValueError, match="parameters_ has shape"):
        WeightsDisplay.from_estimator(reader[0], (8, 8), before=np.zeros(3))
