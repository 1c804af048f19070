from dataclasses import dataclass

import numpy as np

from sklearn_gd.core.losses import Loss


@dataclass(frozen=True)
class PowerError(Loss):
    """Cost of a sample: Σ over classes of |activation - wanted|^power.

    Wrong labels count for less than in the squared error, which is power 2.
    """

    power: float = 1.5

    def evaluate(self, raw, targets, costs, scratch):
        link = self.link
        link.activation(raw, scratch)  # raw now holds p
        np.subtract(raw, targets, out=targets)
        error = np.abs(targets)
        costs[:] = (error**self.power).sum(axis=1)
        # d|e|^k / de = k |e|^(k - 1) sign(e)
        d = self.power * error ** (self.power - 1) * np.sign(targets)
        link.pullback(raw, d, scratch)  # raw now holds the gradient
        # One output that stands for two classes has the same error twice.
        raw *= link.classes_per_output
        costs *= link.classes_per_output
