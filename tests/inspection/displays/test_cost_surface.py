import copy

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import NotFittedError

from sklearn_gd import CostSurfaceDisplay, GradientDescentMLPClassifier
from sklearn_gd.inspection.displays.planes import path_plane, random_plane


def cost_with(network, parameters, X, y, sample_weight=None):
    probe = copy.deepcopy(network)
    probe.parameters_ = parameters
    return probe.cost(X, y, sample_weight)


def test_the_surface_is_the_real_cost_along_given_directions(trained, rng):
    network, X, y, _ = trained
    u, v = rng.normal(size=(2, network.n_parameters_))
    display = CostSurfaceDisplay.from_estimator(
        network, X, y, directions=(u, v), limits=((-1, 1), (0, 0.5)), grid_resolution=3
    )
    for j, b in enumerate([0, 0.25, 0.5]):
        for i, a in enumerate([-1, 0, 1]):
            there = network.parameters_ + a * u + b * v
            assert display.costs[j, i] == pytest.approx(cost_with(network, there, X, y))
    assert display.costs[0, 1] == pytest.approx(network.cost(X, y))
    assert display.path_line_ is None


def test_weights_of_samples_count(trained, rng):
    network, X, y, _ = trained
    weights = rng.random(len(X))
    display = CostSurfaceDisplay.from_estimator(
        network, X, y, sample_weight=weights, grid_resolution=3, random_state=0
    )
    assert display.costs[1, 1] == pytest.approx(network.cost(X, y, weights))


def test_the_plane_of_a_path_keeps_most_of_it(trained):
    network, X, y, path = trained
    display = CostSurfaceDisplay.from_estimator(
        network, X, y, path=path, grid_resolution=3
    )
    path = np.array(path)
    first, second = display.explained_variance_ratio
    assert first >= second > 0
    assert first + second <= 1 + 1e-12
    # What the projection keeps of the spread is what it says it keeps.
    kept = display.path.var(axis=0).sum() / path.var(axis=0).sum()
    assert kept == pytest.approx(first + second)
    np.testing.assert_allclose(display.path[-1], 0, atol=1e-9)
    assert (display.path[0] <= 1e-9).all()


def test_the_path_is_drawn_with_its_real_costs(trained):
    network, X, y, path = trained
    display = CostSurfaceDisplay.from_estimator(
        network, X, y, path=path, grid_resolution=3, kind="surface"
    )
    costs = [cost_with(network, record, X, y) for record in path]
    np.testing.assert_allclose(display.path_costs, costs)
    x, y_, z = display.path_line_.get_data_3d()
    np.testing.assert_array_equal(np.column_stack([x, y_]), display.path)
    np.testing.assert_array_equal(z, display.path_costs)


def test_a_flat_path_lies_on_the_surface(trained, rng):
    network, X, y, _ = trained
    u, v = np.linalg.qr(rng.normal(size=(network.n_parameters_, 2)))[0].T
    places = np.array([[-3, 1], [-2, 0.2], [-1, -0.5], [0, 0]])
    path = network.parameters_ + places @ [u, v]
    display = CostSurfaceDisplay.from_estimator(
        network, X, y, path=path, directions=(u, v), limits=((-3, 0), (0, 1)),
        grid_resolution=4,
    )  # fmt: skip
    np.testing.assert_allclose(display.path, places, atol=1e-9)
    assert display.path_costs[0] == pytest.approx(display.costs[-1, 0])
    plane = path_plane(network.parameters_, path)
    assert plane.explained_variance_ratio.sum() == pytest.approx(1)
    back = [plane.point(place) for place in plane.project(path)]
    np.testing.assert_allclose(back, path)


def test_axes_tell_what_they_show(trained):
    network, X, y, path = trained
    display = CostSurfaceDisplay.from_estimator(
        network, X, y, path=path, grid_resolution=3
    )
    share = display.explained_variance_ratio[0]
    assert display.ax_.get_xlabel() == f"Component 1 ({share:.0%} of variance)"
    display = CostSurfaceDisplay.from_estimator(network, X, y, grid_resolution=3)
    assert display.ax_.get_ylabel() == "Steps along direction 2"


def test_random_directions_have_the_length_of_each_neurons_weights(trained, rng):
    network = copy.deepcopy(trained[0])
    lengths = [np.linalg.norm(W, axis=0) for W in network.coefs_]
    for direction in random_plane(trained[0], rng).directions:
        network.parameters_ = direction
        for W, b, length in zip(
            network.coefs_, network.intercepts_, lengths, strict=True
        ):
            np.testing.assert_allclose(np.linalg.norm(W, axis=0), length)
            assert not b.any()


def test_random_directions_follow_the_random_state(trained):
    network, X, y, _ = trained
    one, same, other = (
        CostSurfaceDisplay.from_estimator(
            network, X, y, grid_resolution=3, random_state=seed
        ).costs
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_the_network_is_not_changed(trained):
    network, X, y, path = trained
    before, samples = network.parameters_, network.t_
    CostSurfaceDisplay.from_estimator(network, X, y, path=path, grid_resolution=3)
    np.testing.assert_array_equal(network.parameters_, before)
    assert network.t_ == samples


def test_sparse_rows_and_several_labels(rng):
    X = sp.csr_array(rng.random((40, 12)) * (rng.random((40, 12)) < 0.2))
    Y = rng.integers(0, 2, size=(40, 3))
    network = GradientDescentMLPClassifier(4, max_iter=3, tol=None).fit(X, Y)
    display = CostSurfaceDisplay.from_estimator(network, X, Y, grid_resolution=3)
    assert display.costs[1, 1] == pytest.approx(network.cost(X, Y))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"directions": np.zeros((2, 5))}, r"shape \(2, \d+\), got shape \(2, 5\)"),
        ({"path": np.zeros((9, 5))}, r"\(n_records, \d+\).* got \(9, 5\)"),
    ],
)
def test_vectors_of_another_length_are_refused(trained, arguments, message):
    network, X, y, _ = trained
    with pytest.raises(ValueError, match=message):
        CostSurfaceDisplay.from_estimator(network, X, y, **arguments)


def test_what_spans_no_plane_is_refused(trained):
    network, X, y, path = trained
    step = np.ones(network.n_parameters_)
    with pytest.raises(ValueError, match="do not span a plane"):
        CostSurfaceDisplay.from_estimator(network, X, y, directions=(step, 2 * step))
    for line in (path[:1], path[:2], [0 * step, step, 2 * step]):
        with pytest.raises(ValueError, match="does not span a plane"):
            CostSurfaceDisplay.from_estimator(network, X, y, path=line)


def test_an_unfitted_network_is_refused(trained):
    _, X, y, _ = trained
    with pytest.raises(NotFittedError):
        CostSurfaceDisplay.from_estimator(GradientDescentMLPClassifier(), X, y)
