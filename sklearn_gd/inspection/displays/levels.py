"""Levels of contours, so that close lines mean steep ground."""

from __future__ import annotations

import numpy as np

# How many steps there are at most, and how many of 1-2-5 are enough to see a slope.
MOST, FEWEST = 16, 3
# Colours between two of 1-2-5.
SHADES = 5


def equal_steps(values):
    """Round levels at equal distances that hold all values.

    Returns
    -------
    levels : ndarray
    name : str, what they are called
    shades : int, how many colours there are from one to the next
    """
    from matplotlib.ticker import MaxNLocator

    low, high = extent(values)
    levels = MaxNLocator(MOST, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    levels[0], levels[-1] = min(levels[0], low), max(levels[-1], high)  # rounding
    return levels, "equal steps", 1


def steps_1_2_5(values):
    """Levels 1, 2, 5, 10, ... that hold all values; returns as `equal_steps`.

    A cost comes down by a factor again and again; equal steps would show the rim only.
    Where the values do not span enough of them, or are not above 0, steps are equal.
    """
    low, high = extent(values)
    if low <= 0:
        return equal_steps(values)
    decades = 10.0 ** np.arange(
        np.floor(np.log10(low)) - 1, np.ceil(np.log10(high)) + 1
    )
    levels = np.outer(decades, [1, 2, 5]).ravel().round(300)
    first, last = np.searchsorted(levels, [low, high])
    levels = levels[max(first - (levels[first] > low), 0) : last + 1]
    if not FEWEST + 2 <= len(levels) <= 2 * MOST:
        return equal_steps(values)
    return levels, "lines: steps 1-2-5", SHADES


def between(levels, shades):
    """Levels with others between them, at equal ratios if they are above 0."""
    at = np.linspace(0, len(levels) - 1, (len(levels) - 1) * shades + 1)
    if shades == 1:
        return levels
    return np.exp(np.interp(at, np.arange(len(levels)), np.log(levels)))


def extent(values):
    """The lowest and the highest finite value, apart from one another."""
    values = values[np.isfinite(values)]
    low, high = values.min(), values.max()
    return low, high if high > low else low + 1.0
