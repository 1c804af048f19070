import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.neural_network import MLPClassifier

from sklearn_gd import GradientDescentMLPClassifier, LossCurveDisplay


def fitted(wine, **settings):
    network = GradientDescentMLPClassifier(
        8, max_iter=7, tol=None, random_state=0, **settings
    )
    return network.fit(*wine)


def test_training_cost_stands_over_the_epochs(wine):
    network = fitted(wine)
    display = LossCurveDisplay.from_estimator(network)
    np.testing.assert_array_equal(display.line_.get_xdata(), np.arange(1, 8))
    np.testing.assert_array_equal(display.line_.get_ydata(), network.loss_curve_)
    assert display.validation_line_ is None
    assert display.ax_.get_xlabel() == "Epoch"
    assert display.ax_.get_ylabel() == "Cost"


def test_validation_cost_is_dashed_in_the_same_colour(wine):
    network = fitted(wine, early_stopping=True)
    display = LossCurveDisplay.from_estimator(network)
    np.testing.assert_array_equal(
        display.validation_line_.get_ydata(), network.validation_loss_curve_
    )
    assert display.validation_line_.get_linestyle() == "--"
    assert display.validation_line_.get_color() == display.line_.get_color()


@pytest.mark.parametrize(
    "validation, epoch, cost", [(None, 3, 0.2), ([0.5, 0.3, 0.4], 2, 0.3)]
)
def test_best_epoch_is_that_of_the_validation_if_there_is_one(validation, epoch, cost):
    display = LossCurveDisplay([0.9, 0.5, 0.2], validation_loss_curve=validation).plot()
    assert display.best_epoch == epoch
    assert display.best_point_.get_xdata() == [epoch]
    assert display.best_point_.get_ydata() == [cost]


def test_models_share_an_axis_and_are_told_apart(wine, plt):
    first = LossCurveDisplay.from_estimator(fitted(wine), name="small")
    second = LossCurveDisplay.from_estimator(
        fitted(wine, early_stopping=True), name="careful", ax=first.ax_
    )
    assert first.ax_ is second.ax_
    assert len(plt.get_fignums()) == 1
    assert first.line_.get_color() != second.line_.get_color()
    labels = [text.get_text() for text in second.ax_.get_legend().get_texts()]
    assert labels == [
        f"small\n★ lowest: epoch {first.best_epoch}, {stopped(first)}",
        "careful, training",
        f"careful, validation\n★ kept: epoch {second.best_epoch}, {stopped(second)}",
    ]


def stopped(display):
    reason = "" if display.stop_reason is None else f" ({display.stop_reason})"
    return f"■ stopped: 7{reason}"


def test_stopped_is_marked_beside_kept():
    """Early stopping goes on for a while after the epoch that it keeps."""
    display = LossCurveDisplay(
        [0.9, 0.5, 0.4, 0.3],
        validation_loss_curve=[0.8, 0.5, 0.6, 0.7],
        stop_reason="no progress",
    ).plot()
    assert display.best_point_.get_xydata().tolist() == [[2, 0.5]]
    assert display.last_point_.get_xydata().tolist() == [[4, 0.7]]
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels[1] == "validation\n★ kept: epoch 2, ■ stopped: 4 (no progress)"


def test_settings_of_the_line_reach_matplotlib(wine):
    display = LossCurveDisplay.from_estimator(
        fitted(wine), color="red", linewidth=3, label="mine"
    )
    assert display.line_.get_color() == "red"
    assert display.line_.get_linewidth() == 3
    assert display.line_.get_label() == "mine"


def test_it_draws_the_peer_too(wine):
    peer = MLPClassifier(8, max_iter=5, random_state=0).fit(*wine)
    display = LossCurveDisplay.from_estimator(peer)
    np.testing.assert_array_equal(display.line_.get_ydata(), peer.loss_curve_)


def test_an_unfitted_network_is_refused():
    with pytest.raises(NotFittedError):
        LossCurveDisplay.from_estimator(GradientDescentMLPClassifier())
