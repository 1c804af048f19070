from dataclasses import dataclass

import numpy as np

from sklearn_gd.core.activations import Activation


@dataclass(frozen=True)
class Softsign(Activation):
    """f(z) = z / (1 + |z|), f'(z) = (1 - |a|)²."""

    def function(self, z, a):
        np.divide(z, 1 + np.abs(z), out=a)

    def derivative(self, z, a, d):
        np.abs(a, out=a)
        np.subtract(1, a, out=a)
        np.multiply(a, a, out=a)
        np.multiply(d, a, out=d)
