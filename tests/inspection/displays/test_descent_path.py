import numpy as np
import pytest

from sklearn_gd import DescentPathDisplay, gradient_descent


def bowl(x):
    return x[0] ** 2 + 4 * x[1] ** 2


@pytest.fixture(scope="module")
def walks():
    starts = [[2.0, 1.0], [-1.5, 0.5]]
    return [gradient_descent(bowl, x, learning_rate=0.05, max_iter=20) for x in starts]


def test_the_function_is_that_on_the_grid():
    display = DescentPathDisplay.from_function(
        bowl, limits=((-1, 2), (0, 3)), grid_resolution=4
    )
    np.testing.assert_array_equal(display.x, [-1, 0, 1, 2])
    np.testing.assert_array_equal(display.y, [0, 1, 2, 3])
    expected = display.x[None, :] ** 2 + 4 * display.y[:, None] ** 2
    np.testing.assert_allclose(display.values, expected)
    assert display.path_lines_ == []


@pytest.mark.parametrize("one", [True, False])
def test_paths_are_those_of_the_results(walks, one):
    display = DescentPathDisplay.from_result(walks[0] if one else walks, bowl)
    assert len(display.path_lines_) == (1 if one else 2)
    for line, walk in zip(display.path_lines_, walks, strict=False):
        np.testing.assert_array_equal(line.get_xydata(), walk.path)


def test_what_is_shown_has_room_for_all_paths(walks):
    display = DescentPathDisplay.from_result(walks, bowl, grid_resolution=5)
    points = np.concatenate([walk.path for walk in walks])
    limits = display.ax_.get_xlim(), display.ax_.get_ylim()
    for coordinates, (low, high) in zip(points.T, limits, strict=True):
        assert low < coordinates.min()
        assert coordinates.max() < high


def test_a_surface_lifts_the_path_to_the_value_of_the_function(walks):
    display = DescentPathDisplay.from_result(walks[0], bowl, kind="surface")
    assert display.ax_.name == "3d"
    assert display.contour_ is None
    np.testing.assert_allclose(
        np.transpose(display.path_lines_[0].get_data_3d()),
        np.column_stack([walks[0].path, walks[0].fun_values]),
    )
    assert display.ax_.get_zlabel() == "f(x)"


def hill(x):
    """A ridge along the first axis, between the eye and what is behind it."""
    return np.exp(-4 * (x[1] + 1) ** 2) * 5


@pytest.mark.parametrize("side, seen", [(-2.5, True), (0.0, False)])
def test_a_hill_hides_the_path_behind_it(side, seen):
    """The eye of Matplotlib stands at negative x2, 30° above the plane."""
    path = [[x, side] for x in np.linspace(-1, 1, 5)]
    display = DescentPathDisplay.from_function(
        hill, [path], limits=((-3, 3), (-3, 3)), kind="surface"
    )
    (front,) = (line for line in display.ax_.lines if line.get_label() == "_front")
    z = front.get_data_3d()[2]
    assert np.isfinite(z).all() if seen else np.isnan(z).all()
    assert display.path_lines_[0].get_linestyle() == ":"


def test_between_its_points_a_path_follows_the_surface():
    """A straight line from one side of a hill to the other would cut through it."""
    path = [[0, -2.0], [0, -0.9]]
    display = DescentPathDisplay.from_function(
        hill, [path], limits=((-3, 3), (-3, 3)), kind="surface"
    )
    (front,) = (line for line in display.ax_.lines if line.get_label() == "_front")
    x, y, z = front.get_data_3d()
    on_it = [hill(place) for place in np.c_[x, y]]
    np.testing.assert_allclose(z, np.where(np.isnan(z), np.nan, on_it), atol=0.05)
    assert np.isfinite(z).sum() >= 5


def test_starts_are_rings_and_ends_are_stars(walks):
    display = DescentPathDisplay.from_result(walks[0], bowl)
    marks = {line.get_marker(): line.get_xydata() for line in display.ax_.lines[1:]}
    np.testing.assert_array_equal(marks["o"], walks[0].path[:1])
    np.testing.assert_array_equal(marks["*"], walks[0].path[-1:])


def test_names_make_a_legend_of_the_paths_only(walks):
    display = DescentPathDisplay.from_result(walks, bowl, names=["right", "left"])
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["right", "left"]
    assert len({line.get_color() for line in display.path_lines_}) == 2


def test_lines_are_close_where_it_is_steep():
    display = DescentPathDisplay.from_function(bowl, limits=((-3, 3), (-3, 3)))
    steps = np.diff(display.contour_.levels)
    np.testing.assert_allclose(steps, steps[0])
    assert 8 <= len(steps) <= 17
    assert display.contour_.levels[0] <= display.values.min()
    assert display.contour_.levels[-1] >= display.values.max()
    bar = display.figure_.axes[1]
    assert bar.get_ylabel() == "f(x) (equal steps)"


def test_the_colour_bar_can_be_left_out():
    options = {"limits": ((-1, 1), (-1, 1)), "grid_resolution": 9}
    display = DescentPathDisplay.from_function(bowl, colorbar=False, **options)
    assert display.figure_.axes == [display.ax_]


def test_levels_can_be_given():
    display = DescentPathDisplay.from_function(
        bowl, limits=((-1, 1), (-1, 1)), levels=[0, 1, 2, 5]
    )
    np.testing.assert_array_equal(display.contour_.levels, [0, 1, 2, 5])


@pytest.mark.parametrize("kind", ["contour", "surface"])
@pytest.mark.parametrize(
    "function", [lambda x: 3.0, lambda x: np.log(x[0])], ids=["plain", "not finite"]
)
def test_plain_and_partly_undefined_functions_are_drawn(kind, function):
    DescentPathDisplay.from_function(
        function, limits=((-1, 1), (-1, 1)), grid_resolution=7, kind=kind
    )


def test_a_path_that_goes_straight_is_drawn_on_a_plane():
    display = DescentPathDisplay.from_function(bowl, [[[1, 1], [0.5, 1], [0.2, 1]]])
    assert np.ptp(display.y) > 0


def test_axes_that_are_given_are_used(walks, plt):
    axes = plt.subplots(1, 2)[1]
    display = DescentPathDisplay.from_result(walks[0], bowl, ax=axes[1])
    assert display.ax_ is axes[1]
    assert display.figure_ is axes[1].figure


def test_flat_axes_are_refused_for_a_surface(walks, plt):
    ax = plt.subplots()[1]
    with pytest.raises(ValueError, match="projection='3d'"):
        DescentPathDisplay.from_result(walks[0], bowl, ax=ax, kind="surface")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({}, "limits is missing"),
        ({"paths": [np.zeros((4, 3))]}, r"\(n_points, 2\), got \(4, 3\)"),
        ({"paths": [np.zeros((0, 2))]}, r"got \(0, 2\)"),
        ({"paths": [np.eye(2)], "names": ["a", "b"]}, "2 entries for 1 paths"),
        ({"paths": [np.eye(2)], "kind": "map"}, r"kind='map' is unknown.*surface"),
    ],
)
def test_wrong_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        DescentPathDisplay.from_function(bowl, **arguments)
