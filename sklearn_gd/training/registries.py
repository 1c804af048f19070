"""From the names that parameters take to the things that are registered under them."""

from __future__ import annotations

import dataclasses

from ..core.activations import ACTIVATIONS, Activation
from ..core.losses import LINKS, LOSSES, Loss
from ..core.network import Network
from ..core.schedules import SCHEDULES, Schedule
from ..core.training import SOLVERS
from ..core.updates import Averaged, UpdateRule
from .contracts import check_part


def resolve(parameter, value, registry, contract):
    """The entry of that name, or the user's own instance if it keeps the contract.

    Raises
    ------
    ValueError
        For an unknown name; the message lists the known ones.
    TypeError
        For an object that does not keep the contract; the message names what it lacks.
    """
    if isinstance(value, str):
        if value not in registry:
            raise ValueError(
                f"{parameter}={value!r} is unknown; choose one of {sorted(registry)}, "
                f"or give an instance of {contract.__name__}."
            )
        return registry[value]
    check_part(parameter, value, contract)
    return value


def resolve_loss(loss, output_activation, labels):
    """The loss, with the link that fits the kind of the targets."""
    loss = resolve("loss", loss, LOSSES, Loss)
    links = LINKS[labels.kind]
    if output_activation == "auto":
        output_activation = next(iter(links))
    if output_activation not in links:
        raise ValueError(
            f"output_activation={output_activation!r} does not fit {labels.kind} "
            f"targets with {len(labels.classes)} classes; use 'auto' or one of "
            f"{sorted(links)}."
        )
    return dataclasses.replace(loss, link=links[output_activation])


def resolve_solver(estimator):
    """The update rule or minimiser, made from the parameters of the same name."""
    solver = resolve("solver", estimator.solver, SOLVERS, UpdateRule)
    if isinstance(solver, type):
        names = (field.name for field in dataclasses.fields(solver))
        solver = solver(**{name: getattr(estimator, name) for name in names})
    averaged = estimator.average and not solver.whole_data
    return Averaged(solver) if averaged else solver


def resolve_schedule(schedule):
    """The learning rate schedule."""
    return resolve("learning_rate_schedule", schedule, SCHEDULES, Schedule)


def resolve_network(hidden_layer_sizes, activation, dropout, n_inputs, n_outputs):
    """The network with these layers.

    Raises
    ------
    ValueError
        If there is not one activation for each hidden layer, or the parameters would
        not fit in memory.
    """
    if isinstance(activation, str | Activation):
        activation = [activation] * len(hidden_layer_sizes)
    activations = tuple(
        resolve("activation", a, ACTIVATIONS, Activation) for a in activation
    )
    if len(activations) != len(hidden_layer_sizes):
        raise ValueError(
            f"activation names {len(activations)} activations, but hidden_layer_sizes="
            f"{hidden_layer_sizes} has {len(hidden_layer_sizes)} layers. Give one name "
            "for all of them, or one a layer."
        )
    sizes = (n_inputs, *hidden_layer_sizes, n_outputs)
    return Network(sizes, activations, dropout)
