"""How much there is to gain by a step along the negative gradient."""

from __future__ import annotations

import copy
from typing import NamedTuple

import numpy as np

# The longest step that is tried, as a learning rate; the next ones are tenths of it.
STEP = 0.1
MAX_TRIES = 8
# A step that lowers the cost by less gains next to nothing; guessing costs about 1.
LITTLE = 1e-3


class Gain(NamedTuple):
    """What a step along the negative gradient of the data brings.

    Attributes
    ----------
    step : float
        What the negative gradient is multiplied with: 0.1, or the first of 0.01, 0.001,
        ... that lowers the cost; 0 if none does.
    before, after : float, mean cost of the data without and with the step
    """

    step: float
    before: float
    after: float

    def told(self, words):
        """It as a sentence."""
        if self.step == 0:
            phrase = words.gains_nothing
        else:
            little = self.before - self.after < LITTLE
            phrase = words.gains_little if little else words.gains
        before, after = (readable(cost) for cost in (self.before, self.after))
        return phrase.format(step=f"{self.step:g}", before=before, after=after)


def gain_of(estimator, data, direction):
    """What the longest step along a direction brings that lowers the cost of data."""
    probe = copy.copy(estimator)

    def cost(step):
        probe.parameters_ = parameters + step * direction
        costs = probe._model.sample_costs(data).astype(np.float64)
        return float(np.average(costs, weights=data.sample_weight))

    parameters = estimator.parameters_
    before = cost(0.0)
    for tries in range(MAX_TRIES):
        step = STEP / 10**tries
        after = cost(step)
        if after < before:
            return Gain(step, before, after)
    return Gain(0.0, before, before)


def readable(cost):
    """A cost with three decimals, or three digits if it is small."""
    return f"{cost:.3f}" if cost >= 0.1 else f"{cost:.3g}"
