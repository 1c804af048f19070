"""What is trained: the pieces that a fitted estimator consists of.

A `Model` is made from the estimator's parameters and the first data it sees;
`prepare` makes a training run of the two.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_array

from ..core.batches import Batches
from ..core.idle import without_log
from ..core.losses import MODERATE, Loss
from ..core.network import STARTS, Network
from ..core.objective import MAX_ROWS, Objective
from ..core.parts.guard import Guard
from ..core.parts.validation import Validation
from ..core.quiet import quiet
from ..core.sparse import SparseObjective
from ..core.state import TrainingState, lent
from ..core.training import Solver, Training
from ..data.scale import input_scale
from ..data.targets import Labels, mean_targets
from .automatic import (
    AUTO_BATCH,
    batch_rows,
    l2_strength,
    learning_rate,
    max_step,
)
from .registries import resolve_loss, resolve_network, resolve_schedule, resolve_solver
from .threads import n_threads, with_blas_threads

# Activations of output neurons that are judged together: they stay in the cache.
MAX_ACTIVATIONS = 2**17


@dataclass(frozen=True)
class Model:
    """Labels, loss, network and solver, and the training state with the parameters.

    What an estimator predicts with: published by one assignment, and from then on only
    read.
    """

    labels: Labels
    loss: Loss
    network: Network
    solver: Solver
    state: TrainingState

    @property
    def parameters(self):
        """All weights and biases as they are now, one vector that is read only.

        Rows of W1 that wait for their steps are brought up to date in a copy.
        """
        state = self.state if self.state.idle is None else self.state.copy()
        if self.network.input_scale == 1.0:
            return state.lease
        return lent(self.network.shown(state.fitted))

    @property
    def architecture(self):
        """What cannot change while training goes on."""
        return self.network, self.loss

    @quiet
    def raw_prediction(self, X):
        """Raw prediction for X of any numeric dtype, shape (n_rows, n_outputs)."""
        state, product = without_log(self.state, in_place=False), None
        X = X if X.dtype == state.dtype else converted(X, state.dtype)
        if state.idle is not None:
            product = state.idle.product(state.stored, X, -1 if state.averages else 0)
        return self.network.raw_prediction(state.fitted, X, product)

    def with_state(self, state):
        """The same model in another state."""
        return Model(self.labels, self.loss, self.network, self.solver, state)

    def by_blocks(self, X, function):
        """``function(raw prediction)`` for all rows, a block of them at a time.

        Raises
        ------
        ValueError
            If a row is so large that its prediction overflows.
        """
        n_rows = X.shape[0]
        if n_rows <= MAX_ROWS:
            return function(finite(self.raw_prediction(X)))
        out = None
        for start in range(0, n_rows, MAX_ROWS):
            raw = self.raw_prediction(X[start : start + MAX_ROWS])
            part = function(finite(raw, start))
            if out is None:
                out = np.empty((n_rows, *part.shape[1:]), dtype=part.dtype)
            out[start : start + len(part)] = part
        return out

    @quiet
    def activations(self, X):
        """Of every layer, the last with its link: list of (n_rows, n_neurons)."""
        dtype, parameters = self.state.dtype, self.state.parameters()
        shapes = [(X.shape[0], fan_out) for _, fan_out in self.network.shapes]
        found = [np.empty(shape, dtype=dtype) for shape in shapes]
        for start in range(0, X.shape[0], MAX_ROWS):
            rows = slice(start, start + MAX_ROWS)
            part = X[rows] if X.dtype == dtype else converted(X[rows], dtype)
            *hidden, raw = self.network.layers(parameters, part)
            self.loss.link.activation(raw, np.empty(len(raw), dtype=dtype))
            for whole, block in zip(found, (*hidden, raw), strict=True):
                whole[rows] = block
        return found

    def sample_costs(self, data):
        """The cost of each row, without L2, shape (n_rows,)."""
        costs = np.empty(len(data), dtype=self.state.dtype)
        for rows, raw, targets in self.blocks_of(data):
            costs[rows] = self.costs_of(raw, targets)
        return costs

    def blocks_of(self, data):
        """Yields slices of the rows with raw prediction and wanted activations."""
        size = min(MAX_ROWS, max(1, MAX_ACTIVATIONS // self.labels.n_outputs))
        for start in range(0, len(data), size):
            rows = slice(start, start + size)
            yield rows, self.raw_prediction(data.X[rows]), data.table[data.codes[rows]]

    @quiet
    def costs_of(self, raw, targets):
        """The cost of each row; raw and targets are used up."""
        costs, scratch = np.empty((2, len(raw)), dtype=raw.dtype)
        self.loss.evaluate(raw, targets, costs, scratch)
        return costs

    def objective(self, alpha, table, max_rows, theta=None):
        """Cost and gradient of this model, or of other parameters of its network."""
        theta = self.state.parameters() if theta is None else theta
        return Objective(self.network, self.loss, alpha, theta, table, max_rows)

    def sparse_objective(self, alpha, table, max_rows):
        """The same for steps on CSR batches, which change the state of this model."""
        of_model = self.network, self.loss, alpha, self.state
        return SparseObjective(*of_model, table, max_rows)


def finite(raw, first=0):
    """A raw prediction, of rows from the first on, in which nothing has overflowed."""
    if not np.isfinite(raw).all():
        row = first + int(np.flatnonzero(~np.isfinite(raw).all(axis=1))[0])
        raise ValueError(
            f"the prediction for row {row} of X overflows: its values are too large "
            "for this network. Scale X as the rows it was trained on."
        )
    return raw


def converted(X, dtype):
    """X in the dtype of a model.

    Raises
    ------
    ValueError
        If values are too large for it.
    """
    narrow = X.astype(dtype)
    values = narrow.data if sp.issparse(narrow) else narrow
    if X.dtype.itemsize > dtype.itemsize and not np.isfinite(values).all():
        raise ValueError(
            f"X holds values that are too large for {dtype}, the number type that the "
            f"network was trained in. Scale X, or train on X of {X.dtype}."
        )
    return narrow


def build_structure(params, labels, n_inputs):
    """The network and loss that the parameters ask for."""
    loss = resolve_loss(params.loss, params.output_activation, labels)
    network = resolve_network(
        layer_sizes(params.hidden_layer_sizes),
        params.activation,
        params.dropout,
        n_inputs,
        labels.n_outputs,
    )
    return network, loss


def layer_sizes(hidden_layer_sizes):
    """Hidden layer sizes as a tuple of int, from an int or any sequence or array."""
    sizes = np.atleast_1d(np.asarray(hidden_layer_sizes))
    whole = sizes.ndim == 1 and (
        sizes.size == 0 or np.issubdtype(sizes.dtype, np.integer)
    )
    if not whole or (sizes < 1).any():
        raise ValueError(
            f"hidden_layer_sizes={hidden_layer_sizes!r} must be an int or a sequence "
            "of ints, each 1 or more."
        )
    return tuple(sizes.tolist())


def build(params, labels, data, rng, mean=None):
    """A new model for data, with its first parameters drawn from rng.

    Parameters
    ----------
    mean : ndarray of shape (n_outputs,), optional
        The mean of the wanted activations, if data are only some of the rows.

    Raises
    ------
    ValueError
        If the parameters of the network would not fit in memory.
    """
    network, loss = build_structure(params, labels, data.X.shape[1])
    solver = resolve_solver(params)
    dtype = data.table.dtype
    check_memory(network, dtype, solver.n_vectors)
    if isinstance(params.learning_rate, str):
        network = replace(network, input_scale=input_scale(data))
    if mean is None:
        mean, _ = mean_targets(data.codes, data.table, data.sample_weight)
    theta = start(params.init, network, rng, loss.link.start(mean), dtype)
    state = TrainingState(theta, [], rng.bit_generator.state)
    state.reset_rule(solver.n_vectors, solver.averages)
    state.alpha = l2_strength(params, data.ordinary, len(data))
    return Model(labels, loss, network, solver, state)


def start(init, network, rng, output_bias, dtype):
    """The parameters that training starts from.

    Raises
    ------
    ValueError
        If init is a vector of another length, or one that is not finite or too large.
    """
    if isinstance(init, str):
        return STARTS[init](network, rng, output_bias, dtype)
    theta = quiet(check_array)(init, ensure_2d=False, dtype=dtype, input_name="init")
    if theta.shape != (network.n_parameters,):
        raise ValueError(
            f"init has shape {theta.shape}, but a network with layers of "
            f"{network.layer_sizes} neurons has {network.n_parameters} weights and "
            f"biases: give one value for each, shape ({network.n_parameters},)."
        )
    return as_stored(network, theta)


@quiet
def as_stored(network, theta):
    """A parameter vector as the network computes with it, from what is shown of it.

    Raises
    ------
    ValueError
        If weights are too large for X in its units.
    """
    stored = network.shown(theta, power=-1)
    if not np.isfinite(stored).all():
        raise ValueError(
            "the weights of the first layer overflow: for rows as long as those of X "
            f"they are divided by {network.input_scale:.3g}, which is too much for "
            f"{theta.dtype}. Scale X, or choose smaller weights."
        )
    return stored


def check_memory(network, dtype, n_vectors):
    """Refuse a network that the machine cannot hold, before memory is taken."""
    needed = network.n_parameters * dtype.itemsize * (3 + n_vectors)
    try:
        available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not told on this system
        available = 2**40
    if needed > available:
        raise ValueError(
            f"a network with layers of {network.layer_sizes} neurons has "
            f"{network.n_parameters:,} parameters; training it needs "
            f"{needed / 2**30:,.0f} GiB, and the machine has "
            f"{available / 2**30:,.0f}. Choose smaller hidden_layer_sizes, or reduce "
            "the number of features."
        )


def with_solver(model, params):
    """The model with the solver that the parameters now ask for."""
    solver = resolve_solver(params)
    if solver == model.solver and solver.n_vectors == len(model.state.vectors):
        return model
    state = model.state
    if kind_of(solver) != kind_of(model.solver) or solver.n_vectors != len(
        state.vectors
    ):
        state = state.copy()
        state.reset_rule(solver.n_vectors, solver.averages)
    return replace(model, solver=solver, state=state)


def kind_of(solver):
    """What the vectors of a solver's state mean."""
    return type(solver.rule if solver.averages else solver), solver.averages


def start_of(model, data):
    """Raw prediction and cost of the class frequencies, where training starts from."""
    mean, shares = mean_targets(data.codes, data.table, data.sample_weight)
    raw = model.loss.link.start(mean).astype(data.table.dtype)
    rows = np.tile(raw, (len(data.table), 1))
    return raw, float(shares @ model.costs_of(rows, data.table.copy()))


def cost_of_being_right(model, data):
    """The mean cost of the class of each row, predicted with near certainty."""
    _, shares = mean_targets(data.codes, data.table, data.sample_weight)
    certain = (2 * data.table - 1) * data.table.dtype.type(MODERATE)
    return float(shares @ model.costs_of(certain, data.table.copy()))


def prepare(params, model, data, n_ordinary, objective, parts, state, max_epochs):
    """A training run on data, which count as so many rows; parts judge it."""
    solver = model.solver
    rate = begin_call(params, solver, state, n_ordinary)
    state.alpha = objective.alpha
    return Training(
        objective,
        Batches(
            data.X,
            data.codes,
            data.batch_weight,
            rows=data.rows,
            batch_size=batch_rows(params, solver, len(data)),
            shuffle=params.shuffle,
        ),
        solver,
        resolve_schedule(params.learning_rate_schedule),
        state,
        learning_rate=rate,
        max_step=max_step(params, solver),
        max_epochs=max_epochs,
        parts=parts,
    )


def begin_call(params, solver, state, n_ordinary):
    """The learning rate of a call with so many ordinary rows, noted in the state."""
    rate = learning_rate(params, solver, batch_rows(params, solver, n_ordinary))
    state.use_rate(learning_rate(params, solver, AUTO_BATCH), rate)
    state.progress.max_epochs = params.max_iter
    return rate


def guard_of(model, data, start_counts):
    """A guard that knows what guessing and what being right costs."""
    bias, baseline = start_of(model, data)
    return Guard(baseline, cost_of_being_right(model, data), bias, start_counts)


def with_threads_for(params, model, n_rows, function, sparse=False):
    """``function()``, with the BLAS threads that suit a batch of so many rows."""
    shapes = model.network.shapes[sparse:]  # CSR batches meet W1 without BLAS
    largest = max((fan_in * fan_out for fan_in, fan_out in shapes), default=0)
    return with_blas_threads(n_threads(params.n_jobs, n_rows * largest), function)


def validation(model, data):
    """The part that watches cost and accuracy of the model on a validation set."""

    def validate():
        costs, right = costs_and_hits(model, data)
        weights = data.sample_weight
        return float(np.average(costs, weights=weights)), float(
            np.average(right, weights=weights)
        )

    return Validation(validate)


def costs_and_hits(model, data):
    """The cost of each row without L2, and whether it is predicted right."""
    several = model.labels.kind == "multilabel"
    costs, right = np.empty(len(data)), np.empty(len(data), dtype=bool)
    for rows, raw, targets in model.blocks_of(data):
        hit = model.loss.link.decide(raw)
        if several:
            right[rows] = (hit == targets).all(axis=1)
        else:
            right[rows] = hit == data.codes[rows]
        costs[rows] = model.costs_of(raw, targets)
    return costs, right
