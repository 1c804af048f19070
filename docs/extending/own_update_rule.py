from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sklearn_gd.core.updates import UpdateRule


@dataclass(frozen=True)
class RMSprop(UpdateRule):
    """v ← ρ v + (1 - ρ) g²,  θ ← θ - η g / (√v + ε)."""

    decay: float = 0.9
    epsilon: float = 1e-6
    learning_rate: ClassVar[float] = 0.003

    @property
    def n_vectors(self):
        return 1

    def step(self, theta, grad, learning_rate, state, t):
        (v,) = state
        v *= self.decay
        v += (1 - self.decay) * grad**2
        theta -= learning_rate * grad / (np.sqrt(v) + self.epsilon)
