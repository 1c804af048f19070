import numpy as np
import pytest

from sklearn_gd.inspection.displays.levels import between, equal_steps, steps_1_2_5


@pytest.mark.parametrize("low, high", [(0.0315, 1.9), (1e-6, 3.0), (0.2, 7), (1, 500)])
def test_costs_have_levels_1_2_5(low, high):
    levels, name, shades = steps_1_2_5(np.array([low, 0.5 * high, np.nan, high]))
    assert name == "lines: steps 1-2-5"
    leading = {f"{level:.0e}"[0] for level in levels}
    assert leading <= {"1", "2", "5"}
    ratios = levels[1:] / levels[:-1]
    assert set(ratios.round(6)) <= {2.0, 2.5}
    assert levels[0] <= low < levels[1] and levels[-2] < high <= levels[-1]
    shaded = between(levels, shades)
    np.testing.assert_allclose(shaded[::shades], levels)
    ratios = shaded[1:] / shaded[:-1]
    np.testing.assert_allclose(ratios[:shades], ratios[0])


@pytest.mark.parametrize(
    "low, high", [(0.85, 0.91), (-1.0, 5.0), (0.0, 2.0), (3.0, 3.0)]
)
def test_costs_that_span_no_decade_have_equal_steps(low, high):
    levels, name, shades = steps_1_2_5(np.array([low, high]))
    assert (name, shades) == ("equal steps", 1)
    np.testing.assert_allclose(np.diff(levels), levels[1] - levels[0])
    assert levels[0] <= low and levels[-1] >= high
    np.testing.assert_array_equal(levels, equal_steps(np.array([low, high]))[0])
