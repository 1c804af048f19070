"""Pictures that move end as the still picture, to the pixel."""

from itertools import pairwise

import numpy as np
import pytest

from sklearn_gd import (
    CostSurfaceDisplay,
    DescentPathDisplay,
    GradientDescentMLPClassifier,
    LossCurveDisplay,
    WeightsDisplay,
    gradient_descent,
    record_path,
)
from sklearn_gd.inspection.displays.animation import settle


def pixels(figure):
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba()).copy()


def bowl(x):
    return x[0] ** 2 + 4 * x[1] ** 2


def descent(kind):
    walks = [
        gradient_descent(bowl, [2.0, 1.0], learning_rate=0.05, max_iter=20),
        gradient_descent(bowl, [-1.0, 0.5], learning_rate=0.1, max_iter=7),
    ]
    return DescentPathDisplay.from_result(walks, bowl, grid_resolution=30, kind=kind)


@pytest.fixture(scope="module")
def recorded(digits):
    X, y = digits
    network = GradientDescentMLPClassifier(
        6, max_iter=8, tol=None, random_state=0, early_stopping=True
    )
    with record_path(network) as path:
        network.fit(X, y)
    return network, X, y, path


def surface(network, X, y, path, kind):
    return CostSurfaceDisplay.from_estimator(
        network, X[:50], y[:50], path=path, grid_resolution=5, kind=kind
    )


DISPLAYS = {
    "path": (lambda *_: descent("contour"), {}),
    "path in 3-D": (lambda *_: descent("surface"), {"kind": "surface"}),
    "cost": (lambda *data: surface(*data, "contour"), {}),
    "cost in 3-D": (lambda *data: surface(*data, "surface"), {"kind": "surface"}),
    "curve": (lambda network, *_: LossCurveDisplay.from_estimator(network), {}),
    "weights": (
        lambda network, X, y, path: WeightsDisplay.from_estimator(
            network, (8, 8), path=path
        ),
        {},
    ),
}


@pytest.mark.parametrize("name", DISPLAYS)
def test_the_last_frame_is_the_still_picture(name, recorded):
    make, options = DISPLAYS[name]
    still = make(*recorded).figure_
    settle(still)
    display = make(*recorded)
    animation = display.animate(n_frames=5, **options)
    frames = list(animation.new_frame_seq())
    assert len(frames) == 5 and frames[0] == 0
    pictures = []
    for frame in frames:
        animation._func(frame)
        pictures.append(pixels(display.figure_))
    np.testing.assert_array_equal(pictures[-1], pixels(still))
    for one, next_one in pairwise(pictures):
        assert (one != next_one).any()
    animation._draw_was_started = True  # it was, frame by frame


def test_the_ball_stands_where_the_walk_is():
    display = descent("contour")
    animation = display.animate()
    walk = display.paths[0]
    for moment in (0, 3, 20):
        animation._func(moment)
        star = next(line for line in display.ax_.lines if line.get_marker() == "*")
        np.testing.assert_array_equal(star.get_xydata(), walk[moment : moment + 1])
        np.testing.assert_array_equal(
            display.path_lines_[0].get_xydata(), walk[: moment + 1]
        )
    assert len(display.path_lines_[1].get_xdata()) == 8  # the shorter one waits
    animation._draw_was_started = True


def test_weights_turn_from_the_start_to_the_end(recorded):
    network, _, _, path = recorded
    display = WeightsDisplay.from_estimator(network, (8, 8), path=path)
    animation = display.animate()
    animation._func(0)
    start = path[0][: 64 * 6].reshape(64, 6).T.reshape(6, 8, 8)
    shown = display.im_.get_array()[:8, :8]
    np.testing.assert_allclose(shown, start[0], rtol=1e-14)
    animation._draw_was_started = True


def test_the_curve_grows(recorded):
    display = LossCurveDisplay.from_estimator(recorded[0])
    animation = display.animate()
    animation._func(2)
    np.testing.assert_array_equal(display.line_.get_xdata(), [1, 2, 3])
    costs = display.validation_loss_curve
    assert display.last_point_.get_xydata().tolist() == [[3, costs[2]]]
    assert display.best_point_.get_ydata() == [costs[:3].min()]
    animation._draw_was_started = True


def test_it_becomes_a_page_for_notebooks(recorded):
    animation = LossCurveDisplay.from_estimator(recorded[0]).animate(n_frames=3)
    page = animation.to_jshtml()
    assert page.count("data:image/png;base64") == 3


def test_a_film_needs_ffmpeg(recorded, tmp_path):
    from matplotlib.animation import writers

    if not writers.is_available("ffmpeg"):
        pytest.skip("ffmpeg is not installed")
    animation = LossCurveDisplay.from_estimator(recorded[0]).animate(n_frames=3)
    animation.save(tmp_path / "curve.mp4")
    assert (tmp_path / "curve.mp4").stat().st_size > 1000


def test_what_does_not_move_is_refused(recorded):
    network, X, y, _ = recorded
    with pytest.raises(ValueError, match="without a path: record it"):
        CostSurfaceDisplay.from_estimator(
            network, X[:9], y[:9], grid_resolution=3
        ).animate()
    with pytest.raises(ValueError, match="without a path: record it"):
        WeightsDisplay.from_estimator(network, (8, 8)).animate()
    with pytest.raises(ValueError, match="without a path"):
        DescentPathDisplay.from_function(
            bowl, limits=((-1, 1), (-1, 1)), grid_resolution=3
        ).animate()
    with pytest.raises(ValueError, match="n_frames=1"):
        LossCurveDisplay.from_estimator(network).animate(n_frames=1)
