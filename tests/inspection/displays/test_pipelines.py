"""Pictures of the network at the end of a pipeline or a search."""

import numpy as np
import pytest
from sklearn.datasets import load_wine

from sklearn_gd import (
    CostSurfaceDisplay,
    GradientDisplay,
    LossCurveDisplay,
    WeightsDisplay,
)

from ..test_unwrap import STEPS, parts


@pytest.fixture(scope="module", params=sorted(STEPS))
def wrapped(request):
    X, y = load_wine(return_X_y=True)
    return STEPS[request.param]().fit(X, y), X, y


def test_displays_show_the_network_at_the_end(wrapped):
    estimator, X, y = wrapped
    inner, there = parts(estimator, X)
    surface = CostSurfaceDisplay.from_estimator(
        estimator, X, y, grid_resolution=3, random_state=0
    )
    assert surface.costs[1, 1] == pytest.approx(inner.cost(there, y))
    weights = WeightsDisplay.from_estimator(estimator, (13, 1))
    image = weights.images[2].ravel()
    np.testing.assert_allclose(image, inner.coefs_[0][:, 2], rtol=1e-14)
    curve = LossCurveDisplay.from_estimator(estimator)
    np.testing.assert_array_equal(curve.loss_curve, inner.loss_curve_)
    bars = GradientDisplay.from_estimator(estimator, X, y, n_top=2)
    assert len(bars.bars_) == 2
