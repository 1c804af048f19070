"""Rounds: several learners take steps from one state, each on rows of its own.

A learner knows its rows, what it is told in a `Recipe`, and the state that all of them
start from. What it returns is a pure function of these, of the number of the round and
of its own number: whoever loses a result computes the same one again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .batches import Batches
from .losses import Loss
from .network import Network
from .objective import Objective
from .quiet import quiet
from .schedules import Schedule
from .sparse import SparseObjective
from .state import TrainingState
from .training import Training
from .updates import UpdateRule

# Averaging a few steps only, learners never leave the way of their mean.
MIN_STEPS = 10


@dataclass(frozen=True)
class Recipe:
    """What a learner is told besides its rows and the state that it starts from.

    Attributes
    ----------
    network, loss, alpha, solver, schedule, learning_rate, max_step : as in training
    batch_rows : int, rows of a learner's batch
    n_rounds : int, rounds in which each learner has walked once over its rows
    seed : int, which decides with the epoch which rows belong to which round
    shuffle : bool, whether the order is random
    """

    network: Network
    loss: Loss
    alpha: float
    solver: UpdateRule
    schedule: Schedule
    learning_rate: float
    max_step: float
    batch_rows: int
    n_rounds: int
    seed: int
    shuffle: bool = True


@dataclass
class Learned:
    """What comes out of a round, of one learner or of several.

    Attributes
    ----------
    state : TrainingState, of the learner, or the mean of several by weight
    weight : float, the sum of the weights of the rows
    cost : float, the mean by weight of the cost with which each row was met
    samples : int, how many of them were learned from
    """

    state: TrainingState
    weight: float
    cost: float
    samples: int


@quiet
def learn(
    recipe: Recipe, data: Any, state: TrainingState, round_: int, learner: int
) -> Learned | None:
    """One round of one learner, or None if no rows of this round are its own.

    Parameters
    ----------
    recipe : Recipe
    data : Data or, with several rounds, Blocks: the rows of this learner
    state : TrainingState, what all learners start from; it stays as it is
    round_ : int, from 0 to ``recipe.n_rounds - 1``
    learner : int, from 0
    """
    if recipe.n_rounds > 1:
        data = data.part(rows_of_round(recipe, len(data), state, round_, learner))
    weights = data.batch_weight
    weight = float(len(data) if weights is None else weights.sum(dtype=np.float64))
    if not weight > 0:
        return None
    samples, state = state.samples, state.copy()
    if learner:
        state.rng_state = generator(recipe, state, round_, learner).bit_generator.state
    run = training(recipe, data, weights, state)
    run.run()
    state.settle()
    cost = run.epochs[0].cost * (len(data) / weight)
    return Learned(state, weight, cost, state.samples - samples)


def training(recipe: Recipe, data: Any, weights: Any, state: TrainingState) -> Training:
    """One epoch over these rows, from this state."""
    rows = min(recipe.batch_rows, len(data))
    of_model = recipe.network, recipe.loss, recipe.alpha
    sparse = not isinstance(data.X, np.ndarray)
    objective: Objective | SparseObjective
    if sparse:
        objective = SparseObjective(*of_model, state, data.table, rows)
    else:
        objective = Objective(*of_model, state.theta, data.table, rows)
    batches = Batches(
        data.X,
        data.codes,
        weights,
        rows=data.rows,
        batch_size=rows,
        shuffle=recipe.shuffle,
    )
    return Training(
        objective,
        batches,
        recipe.solver,
        recipe.schedule,
        state,
        learning_rate=recipe.learning_rate,
        max_step=recipe.max_step,
    )


def rows_of_round(
    recipe: Recipe, n_rows: int, state: TrainingState, round_: int, learner: int
) -> NDArray[np.intp]:
    """The numbers of a learner's rows in a round; each row is in one of an epoch."""
    bounds = (
        n_rows * round_ // recipe.n_rounds,
        n_rows * (round_ + 1) // recipe.n_rounds,
    )
    if not recipe.shuffle or recipe.n_rounds == 1:
        return np.arange(*bounds)
    order = generator(recipe, state, -1, learner).permutation(n_rows)
    return np.sort(order[slice(*bounds)])


def generator(
    recipe: Recipe, state: TrainingState, round_: int, learner: int
) -> np.random.Generator:
    """The generator of a learner in a round of an epoch, or with -1 of its epoch."""
    key = [recipe.seed, state.progress.epoch, round_ + 1, learner]
    return np.random.default_rng(key)


def learner_batch(batch_rows: int, n_learners: int, rows_of_a_round: int) -> int:
    """Rows of a learner's batch: batch_rows / √n_learners, for 10 steps or more.

    The mean of G learners has less noise by a factor √G, at the price of fewer steps:
    smaller batches give back both.
    """
    rows = batch_rows / math.sqrt(n_learners)
    if n_learners > 1:
        rows = min(rows, rows_of_a_round / MIN_STEPS)
    return max(1, round(rows))
