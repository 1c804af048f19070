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
# Rows of the batch that a rule's own learning rate is for.
REFERENCE_ROWS = 200
# The average's weights grow with this power of the step: the last ninth of the steps
# has most of the weight.
AVERAGE_POWER = 8.0


@dataclass(frozen=True)
class UpdateRule(ABC):
    """The contract of an update rule: a frozen dataclass of its settings.

    Attributes
    ----------
    learning_rate : float
        The rule's own default for a batch of 200 rows.
    averages : bool
        Whether the last of the vectors is what the network predicts with.
    whole_data : bool
        False: a rule steps from one batch to the next.
    """

    learning_rate: ClassVar[float] = 0.1
    whole_data: ClassVar[bool] = False
    averages: ClassVar[bool] = False

    def rate_for(self, batch_rows: int) -> float:
        """The learning rate of ``learning_rate="auto"`` for batches of so many rows."""
        return self.learning_rate

    @property
    def max_step(self) -> float:
        """The longest step along one gradient with ``learning_rate="auto"``.

        A longer gradient is shortened: gradient clipping (Pascanu et al. 2013).
        """
        return math.inf

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

    def idle_step_at(self, t: int, learning_rate: float, alpha: float) -> Array | None:
        """`idle_step` of step number t, for a rule where it depends on that."""
        return self.idle_step(learning_rate, alpha)


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
    def max_step(self) -> float:
        """0.1: at the rate for a batch of 200 rows, gradients of at most length 1/2."""
        return 0.1

    def rate_for(self, batch_rows: int) -> float:
        """0.2 (batch_rows / 200)^0.85, at most 0.8.

        The noise of a gradient falls with the root of the rows and its signal does not:
        measured, the best rate grows with a power between 1/2 and 1. The most is what
        curvature allows.
        """
        return min(0.8, self.learning_rate * (batch_rows / REFERENCE_ROWS) ** 0.85)

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

    def rate_for(self, batch_rows: int) -> float:
        """0.005 √(batch_rows / 200), at most 0.005."""
        return self.learning_rate * min(1.0, math.sqrt(batch_rows / REFERENCE_ROWS))

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


@dataclass(frozen=True)
class Averaged(UpdateRule):
    """Another rule, and the running average of its iterates.

    ::

        θ ← the other rule's step
        a ← a + c (θ - a)           c = 9 / (t + 8)

    The weights of the average grow with the eighth power of the step, so that it needs
    no horizon and forgets the way to where it is: polynomial-decay averaging (Shamir
    and Zhang 2013, section 4), after Polyak and Ruppert. The last vector of the state
    holds a.

    Parameters
    ----------
    rule : UpdateRule
    """

    rule: UpdateRule
    averages: ClassVar[bool] = True

    def rate_for(self, batch_rows: int) -> float:
        """That of the other rule."""
        return self.rule.rate_for(batch_rows)

    @property
    def max_step(self) -> float:
        """That of the other rule."""
        return self.rule.max_step

    @property
    def n_vectors(self) -> int:
        return self.rule.n_vectors + 1

    def step(
        self,
        theta: Array,
        grad: Array,
        learning_rate: float,
        state: list[Array],
        t: int,
    ) -> None:
        *vectors, average = state
        self.rule.step(theta, grad, learning_rate, vectors, t)
        np.subtract(average, theta, out=grad)
        descend(average, grad, self._share(t))

    def idle_step_at(self, t: int, learning_rate: float, alpha: float) -> Array:
        """The step above for a weight whose gradient comes from L2 alone."""
        size, share = 1 + self.n_vectors, self._share(t)
        matrix = np.eye(size)
        of_rule = self.rule.idle_step(learning_rate, alpha)
        if of_rule is not None:
            matrix[:-1, :-1] = of_rule
        matrix[-1] *= 1.0 - share
        matrix[-1, :-1] = share * matrix[0, :-1]
        return matrix

    def _share(self, t: int) -> float:
        return (AVERAGE_POWER + 1.0) / (t + AVERAGE_POWER)


UPDATE_RULES: dict[str, type[UpdateRule]] = {"sgd": GradientDescent, "adam": Adam}
