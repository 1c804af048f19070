import numpy as np
import pytest

from sklearn_gd import GradientDisplay
from sklearn_gd.inspection.displays.gradient import DECREASE, INCREASE


@pytest.fixture
def display(trained):
    network, X, y, _ = trained
    return GradientDisplay.from_estimator(network, X, y, n_top=9)


def test_bars_are_the_largest_components_of_the_negative_gradient(display, trained):
    network, X, y, _ = trained
    gradient = network.explain_gradient(X, y).data_part
    largest = gradient[np.argsort(-np.abs(gradient))[:9]]
    np.testing.assert_allclose([bar.get_width() for bar in display.bars_], largest)
    low, high = display.ax_.get_ylim()
    assert low > high  # the largest is on top


def test_signs_have_colours_and_words(display):
    from matplotlib.colors import same_color

    words = [text.get_text() for text in display.ax_.texts]
    for bar, said in zip(display.bars_, words, strict=True):
        up = bar.get_width() > 0
        assert said.startswith("should increase" if up else "should decrease")
        assert same_color(bar.get_facecolor(), INCREASE if up else DECREASE)
    assert words[0].endswith("a lot")


def test_bars_are_named_as_in_the_report(display, trained):
    network, X, y, _ = trained
    report = network.explain_gradient(X, y, n_top=9)
    names = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    assert names == [nudge.name for nudge in report]


def test_layers_are_drawn_with_their_part_of_the_gradient(trained):
    network, X, y, _ = trained
    report = network.explain_gradient(X, y)
    display = GradientDisplay.from_report(report, kind="layers")
    names = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    widths = [bar.get_width() for bar in display.bars_]
    assert dict(zip(names, widths, strict=True)) == report.by_layer()
    assert np.hypot.reduce(widths) == pytest.approx(np.linalg.norm(report.data_part))
    thin = [bar.get_width() for bar in display.penalty_bars_]
    assert thin == list(report.by_layer("penalty").values())


def test_l2_is_drawn_apart(display, trained):
    network, X, y, _ = trained
    report = network.explain_gradient(X, y, n_top=9)
    thin = [bar.get_width() for bar in display.penalty_bars_]
    assert thin == [nudge.penalty for nudge in report]
    heights = {bar.get_height() for bar in display.bars_}
    assert max(bar.get_height() for bar in display.penalty_bars_) < min(heights)
    bare = GradientDisplay([1.0], ["a"], ["up"], {}, {}).plot()
    assert bare.penalty_bars_ is None


def test_the_title_tells_what_there_is_to_gain(display, trained):
    network, X, y, _ = trained
    said = display.ax_.get_title().replace("\n", " ")
    assert said.endswith(network.explain_gradient(X, y).caption)


def test_features_are_drawn_from_the_one_that_matters_most(trained):
    network, X, y, _ = trained
    report = network.explain_gradient(X, y, n_top=4)
    display = GradientDisplay.from_report(report, kind="features")
    names = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    widths = [bar.get_width() for bar in display.bars_]
    assert (
        list(zip(names, widths, strict=True)) == list(report.by_feature().items())[:4]
    )


def test_weights_of_samples_count(trained):
    network, X, y, _ = trained
    weights = (y == 0).astype(float)
    weighted = GradientDisplay.from_estimator(network, X, y, sample_weight=weights)
    alone = GradientDisplay.from_estimator(network, X[y == 0], y[y == 0])
    np.testing.assert_allclose(weighted.components, alone.components)


def test_an_unknown_kind_is_refused(trained):
    network, X, y, _ = trained
    with pytest.raises(ValueError, match=r"kind='pie' is unknown.*'layers'"):
        GradientDisplay.from_estimator(network, X, y, kind="pie")
