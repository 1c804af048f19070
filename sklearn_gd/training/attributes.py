"""Fitted attributes that are views of the model: nothing is stored twice."""

from __future__ import annotations

import numpy as np
from sklearn.utils import check_array

from ..core.quiet import quiet
from .automatic import AUTO_BATCH, learning_rate
from .model import as_stored
from .registries import resolve_schedule


class fitted_property(property):
    """A property that is absent from an estimator that is not fitted."""

    def __get__(self, estimator, owner=None):
        if estimator is not None and "_model" not in estimator.__dict__:
            raise AttributeError(f"this {type(estimator).__name__} is not fitted yet")
        return super().__get__(estimator, owner)


class FittedAttributes:
    """The attributes of a fitted network, read from its model."""

    @fitted_property
    def parameters_(self):
        """Copy of the parameter vector [W1 .. WL | b1 .. bL]; can be assigned."""
        return self._model.parameters.copy()

    @parameters_.setter
    def parameters_(self, values):
        model = self._model
        state = model.state
        values = quiet(check_array)(values, ensure_2d=False, dtype=state.dtype)
        if values.shape != state.theta.shape:
            raise ValueError(
                f"parameters_ has shape {state.theta.shape}, got {values.shape}: give "
                "one value for each weight and bias, in the order of coefs_, "
                "intercepts_."
            )
        state = state.copy()
        values = as_stored(model.network, values)
        np.copyto(state.theta, values)
        np.copyto(state.fitted, values)
        self._model = model.with_state(state)

    @fitted_property
    def coefs_(self):
        """List of weight matrices, shape (fan_in, fan_out), read only."""
        model = self._model
        return model.network.views(model.parameters)[0]

    @fitted_property
    def intercepts_(self):
        """List of bias vectors, shape (fan_out,), read only."""
        model = self._model
        return model.network.views(model.parameters)[1]

    @fitted_property
    def n_parameters_(self):
        """Number of weights and biases."""
        return self._model.network.n_parameters

    @fitted_property
    def n_layers_(self):
        """Number of layers, with input and output layer."""
        return len(self._model.network.layer_sizes)

    @fitted_property
    def n_outputs_(self):
        """Number of output neurons."""
        return self._model.labels.n_outputs

    @fitted_property
    def out_activation_(self):
        """Name of the activation of the output neurons."""
        return self._model.loss.link.name

    @fitted_property
    def t_(self):
        """Number of training samples seen since the start."""
        return self._model.state.samples

    @fitted_property
    def alpha_(self):
        """Strength of the L2 penalty: `alpha`, or what "auto" came to last."""
        return self._model.state.alpha if isinstance(self.alpha, str) else self.alpha

    @fitted_property
    def learning_rate_(self):
        """Learning rate of the next epoch: after schedule and guard."""
        model = self._model
        state = model.state
        schedule = resolve_schedule(self.learning_rate_schedule)
        base = learning_rate(self, model.solver, AUTO_BATCH)
        known = base == state.base_rate
        rate, halvings = (state.rate, state.halvings) if known else (base, 0)
        return rate * schedule(state.progress) * 0.5**halvings

    @fitted_property
    def running_loss_(self):
        """Decayed mean of ``loss_`` over the calls of partial_fit."""
        return self._model.state.running_cost
