"""Rounds on a cluster: a state goes out, learners take steps, the mean comes back."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np

from ..core.averaging import mean_of, tree
from ..core.rounds import learn
from ..data.blocks import Blocks
from ..training.model import costs_and_hits, with_threads_for

# Bytes of the arguments of one graph; of ten million or more Dask warns.
MOST_BYTES = 8 * 2**20


class Learners:
    """The learners of a run: ``round_of(state, number)`` as `Rounds` wants it.

    Parameters
    ----------
    cluster : Cluster
    recipe : Recipe
    params : what is left of the estimator, its n_jobs
    groups : list of lists of futures, the blocks of each learner
    """

    def __init__(self, cluster, recipe, params, groups):
        self.cluster, self.told, self.groups = cluster, (recipe, params), groups
        self.serials = count()

    def __call__(self, state, number):
        cluster, serial = self.cluster, next(self.serials)
        sent = send(cluster, state, serial)
        results = [
            cluster.task(
                "learn",
                learn_blocks,
                *(*self.told, sent, number, learner, blocks),
                key=(serial, learner),
            )
            for learner, blocks in enumerate(self.groups)
        ]
        names = count()

        def merge(results):
            return cluster.task("mean", mean_of, results, key=(serial, next(names)))

        return cluster.gather(cluster.compute([tree(results, merge)]))[0]


def learn_blocks(recipe, params, state, number, learner, blocks):
    """The round of a learner, in a task."""
    data = Blocks(blocks) if len(blocks) > 1 else blocks[0]
    sparse = not isinstance(blocks[0].X, np.ndarray)
    return with_threads_for(
        params,
        recipe,
        recipe.batch_rows,
        lambda: learn(recipe, data, state, number, learner),
        sparse,
    )


def send(cluster, state, serial, name="state"):
    """The task of a state, which any worker can have and none can lose.

    It is an argument of a task, and kept by the scheduler until all learners are done.
    """
    if sum(array.nbytes for array in state.stored) <= MOST_BYTES:
        return cluster.task(name, itself, state, key=(serial,))
    pieces = [
        cluster.submit(name, itself, piece, key=(serial, i, j))
        for i, array in enumerate(state.stored)
        for j, piece in enumerate(cut(array))
    ]
    sizes = [len(cut(array)) for array in state.stored]
    nothing = state.theta[:0]
    bare = state.with_arrays(nothing, [nothing] * len(state.vectors))
    return cluster.task(name, assembled, bare, sizes, pieces, key=(serial,))


def cut(array):
    """An array in pieces that Dask takes without a warning."""
    size = MOST_BYTES // array.itemsize
    return [array[start : start + size] for start in range(0, len(array), size)]


def itself(argument):
    """What is given."""
    return argument


def assembled(bare, sizes, pieces):
    """A state of arrays that were cut into so many pieces each."""
    ends = np.cumsum(sizes)
    theta, *vectors = [
        np.concatenate(pieces[end - size : end])
        for size, end in zip(sizes, ends, strict=True)
    ]
    return bare.with_arrays(theta, vectors)


def validator(cluster, model, parts):
    """A function that has the present model judged on rows of the cluster.

    Parameters
    ----------
    model : Model, whose state is being trained
    parts : list of futures of Data, or of None
    """
    serials = count()

    def validate():
        serial = next(serials)
        bare = replace(model.state.trimmed(), rng_state={})
        sent = send(cluster, bare, serial, name="fitted")
        network = model.with_state(None)
        tasks = [
            cluster.task("validate", judged, network, sent, part, key=(serial, i))
            for i, part in enumerate(parts)
        ]
        futures = cluster.compute(tasks)
        cost, right, weight = np.sum(cluster.gather(futures), axis=0)
        return float(cost / weight), float(right / weight)

    return validate


def judged(model, state, data):
    """Weighted sums of cost, of rows predicted right and of one, over some rows."""
    if data is None:
        return 0.0, 0.0, 0.0
    costs, right = costs_and_hits(model.with_state(state), data)
    weights = data.sample_weight
    weights = np.ones(len(data)) if weights is None else weights
    return float(weights @ costs), float(weights @ right), float(weights.sum())
