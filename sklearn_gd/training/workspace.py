"""Memory and bindings that calls of partial_fit keep for the calls to come.

A call trains on vectors that nobody reads, and publishes them. Those that were
published before are then free, once nobody reads them any more, for the next call.
"""

from __future__ import annotations

import weakref
from collections import namedtuple

import numpy as np

from ..core.gathering import TouchedRows
from ..core.idle import without_log
from ..core.objective import MAX_ROWS

# What a part of a stream is trained with: `result()` is the state to publish.
Bench = namedtuple("Bench", "data objective state result")


class Workspace:
    """Where parts of a stream are trained, for one estimator and its parameters."""

    def __init__(self):
        self.slots = []
        self.touched = self.sparse_objective = None

    def bench_for(self, sparse, recorded):
        """The bench that suits the rows; recorders want to see all parameters."""
        if sparse:
            return self.whole if recorded else self.touched_rows
        return self.dense

    def whole(self, model, alpha, data, rows):
        """A bench with a new copy of the model's state, for CSR rows."""
        state = model.state.copy()
        copied = model.with_state(state)
        objective = copied.sparse_objective(alpha, data.table, rows)
        return Bench(data, objective, state, lambda: state)

    def dense(self, model, alpha, data, rows):
        """A bench with a copy of the model's state, for a part with dense rows."""
        rows = min(rows, MAX_ROWS)
        busy, fit = [], None
        for slot in self.slots:
            if not slot.free:
                busy.append(slot)
            elif fit is None and slot.fits(model, rows):
                fit = slot
        slot = fit or Slot(model, alpha, data.table, rows)
        self.slots = [slot, *busy][:2]
        state = slot.take(model.state)
        slot.objective.table, slot.objective.alpha = data.table, alpha
        return Bench(data, slot.objective, state, lambda: state)

    def touched_rows(self, model, alpha, data, rows):
        """A bench with the rows of W1 that a part with CSR rows touches."""
        before = without_log(model.state, in_place=False)
        # From now on these vectors are written to by way of logs.
        slots = self.slots
        self.slots = [slot for slot in slots if slot.arrays[0] is not before.theta]
        n_steps = -(-len(data) // rows)
        if self.touched is None:
            self.touched = TouchedRows(model.network.layer_sizes[0])
        touched = self.touched
        touched.bind(model.network, before, data.X, n_steps)
        objective = self.sparse_objective
        if objective is None or objective.max_rows < min(rows, MAX_ROWS):
            objective = model.sparse_objective(alpha, data.table, rows)
            self.sparse_objective = objective
        objective.table, objective.alpha = data.table, alpha
        objective.bind(touched.network, touched.state, one_batch=n_steps == 1)
        return Bench(data.with_X(touched.X), objective, touched.state, touched.result)

    def take_back(self, log):
        """Uses the memory of a log again that nobody reads any more."""
        if self.touched is not None:
            self.touched.take_back(log)


class Slot:
    """Vectors for one state, and an objective that is bound to them."""

    def __init__(self, model, alpha, table, rows):
        self.arrays = [np.empty_like(vector) for vector in model.state.stored]
        self.objective = model.objective(alpha, table, rows, theta=self.arrays[0])
        self.lease = None

    @property
    def free(self):
        """Whether nobody reads the vectors."""
        return self.lease is None or self.lease() is None

    def fits(self, model, rows):
        """Whether these are vectors for such a model, and buffers for so many rows."""
        n_vectors = len(model.state.stored)
        return len(self.arrays) == n_vectors and self.objective.max_rows >= rows

    def take(self, state):
        """Overwrites the vectors with those of a state; returns one to train."""
        for array, vector in zip(self.arrays, state.stored, strict=True):
            np.copyto(array, vector)
        taken = state.with_arrays(self.arrays[0], self.arrays[1:])
        if state.idle is not None:
            taken.idle = state.idle.copy()
            taken.settle()
        self.lease = weakref.ref(taken.lease)
        return taken


def lease_of(estimator):
    """A weak reference to the lease of the published state."""
    model = estimator.__dict__.get("_model")
    return (lambda: None) if model is None else weakref.ref(model.state.lease)


def write_log(estimator, before):
    """Writes what the last part of a stream has changed into the published vectors.

    It publishes a model with the same parameters. An interrupt leaves the one that was
    published, whose log is what counts.

    Parameters
    ----------
    before : weak reference to the lease of the state before
    """
    model = estimator._model
    log = None if model.state.idle is None else model.state.idle.log
    if log is None:
        return
    unread = before() is None and model.state.theta.flags.writeable
    state, lease = without_log(model.state, unread), weakref.ref(model.state.lease)
    estimator._model = model.with_state(state)
    del model, state
    if lease() is None:
        estimator._workspace.take_back(log)
