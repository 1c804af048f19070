"""Update rules: the step that changes the parameter vector.

All of them work on one flat vector, so no rule knows of layers. Where the vectors of a
rule's state come from, and where they are kept, is not its business: it gets them with
each call.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class UpdateRule(ABC):
    """The contract of an update rule: a frozen dataclass of its settings.

    Attributes
    ----------
    learning_rate : float
        The rule's own default, used for ``learning_rate="auto"``.
    whole_data : bool
        False: a rule steps from one batch to the next.
    """

    learning_rate: ClassVar[float] = 0.1
    whole_data: ClassVar[bool] = False

    @property
    @abstractmethod
    def n_vectors(self) -> int:
        """How many vectors of the parameters' length and dtype the state holds."""

    @abstractmethod
    def step(
        self,
        theta: Array,
        grad: Array,
        learning_rate: float,
        state: list[Array],
        t: int,
    ) -> None:
        """Overwrites theta with the next parameters, and state; grad is used up.

        Parameters
        ----------
        theta, grad : ndarray of shape (n_parameters,)
        learning_rate : float, per step. 0 must leave theta unchanged.
        state : list of ``n_vectors`` ndarrays like theta, all zero before step 1
        t : int, the number of this step since the state was zero, from 1
        """

    def idle_step(self, learning_rate: float, alpha: float) -> Array | None:
        """What a step does to a weight whose gradient comes from L2 alone.

        Returns
        -------
        A : ndarray of float64, shape (1 + n_vectors, 1 + n_vectors), or None
            The step is ``(w, *state) ← A (w, *state)`` with gradient ``alpha * w``.
            Training on CSR batches then catches up on the steps that a weight of the
            first layer has missed, exactly. None, for a step that is not linear or
            depends on t: such a weight and its state stay as they are until its
            feature occurs in a batch.
        """
        return None


@dataclass(frozen=True)
class GradientDescent(UpdateRule):
    """Gradient descent, with momentum m and Nesterov's correction if m > 0.

    ::

        v ← m v + g                       v starts at 0
        θ ← θ - η (g + m v)               Nesterov
        θ ← θ - η v                       classical momentum

    The velocity is that of Sutskever et al. (2013) in the form in which it does not
    contain the learning rate, so that a new rate acts at once (PyTorch's form). The
    state holds m v.
    """

    momentum: float = 0.9
    nesterovs_momentum: bool = True
    learning_rate: ClassVar[float] = 0.2

    @property
    def n_vectors(self) -> int:
        return int(self.momentum > 0)

    def step(
        self,
        theta: Array,
        grad: Array,
        learning_rate: float,
        state: list[Array],
        t: int,
    ) -> None:
        if self.momentum > 0:
            (velocity,) = state
            np.add(velocity, grad, out=velocity)
            if not self.nesterovs_momentum:
                np.copyto(grad, velocity)
            np.multiply(velocity, self.momentum, out=velocity)
            if self.nesterovs_momentum:
                np.add(grad, velocity, out=grad)
        descend(theta, grad, learning_rate)

    def idle_step(self, learning_rate: float, alpha: float) -> Array:
        """The step above with g = α w, as a matrix for (w, m v)."""
        m, rate = self.momentum, learning_rate
        if m == 0:
            return np.array([[1.0 - rate * alpha]])
        ahead = m if self.nesterovs_momentum else 0.0
        slope = m if self.nesterovs_momentum else 1.0
        return np.array(
            [[1.0 - rate * alpha * (1.0 + ahead), -rate * slope], [m * alpha, m]]
        )


@dataclass(frozen=True)
class Adam(UpdateRule):
    """Adam (Kingma and Ba 2015, algorithm 1).

    ::

        m ← β₁ m + (1 - β₁) g
        v ← β₂ v + (1 - β₂) g²
        θ ← θ - η (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + ε)

    ε stands outside the root and after the correction, as in the algorithm.

    On CSR input the step is lazy: the first layer's weights of features that do not
    occur in a batch stay as they are, with their m and v, and L2 does not act on them.
    Dense input gives every weight its step, so the results differ.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    learning_rate: ClassVar[float] = 0.005

    @property
    def n_vectors(self) -> int:
        return 2

    def step(
        self,
        theta: Array,
        grad: Array,
        learning_rate: float,
        state: list[Array],
        t: int,
    ) -> None:
        m, v = state
        # β m + (1 - β) g = β (m - g) + g needs no third vector.
        np.subtract(m, grad, out=m)
        np.multiply(m, self.beta_1, out=m)
        np.add(m, grad, out=m)
        np.multiply(grad, grad, out=grad)
        np.multiply(grad, 1.0 - self.beta_2, out=grad)
        np.multiply(v, self.beta_2, out=v)
        np.add(v, grad, out=v)
        # The corrections are numbers: taken out of the fraction they cost nothing.
        root = math.sqrt(1.0 - self.beta_2**t)
        np.sqrt(v, out=grad)
        np.add(grad, self.epsilon * root, out=grad)
        np.divide(m, grad, out=grad)
        descend(theta, grad, learning_rate * root / (1.0 - self.beta_1**t))


def descend(theta: Array, grad: Array, rate: float) -> None:
    """Overwrites theta with theta - rate * grad, and grad, without a third vector."""
    np.multiply(grad, -rate, out=grad)
    np.add(theta, grad, out=theta)


UPDATE_RULES: dict[str, type[UpdateRule]] = {"sgd": GradientDescent, "adam": Adam}
