"""A fitted model as plain arrays, numbers, strings and dicts, and back.

This is what pickle, joblib, skops and ``copy.deepcopy`` see of a model, so a stored
model depends on none of the package's inner classes and can outlive their names.
Registered activations, losses, links and solvers are stored by name, a user's own
instances as they are.
"""

from __future__ import annotations

import dataclasses

from ..core.activations import ACTIVATIONS
from ..core.losses import LINKS, LOSSES, Softmax
from ..core.network import Network
from ..core.schedules import Progress
from ..core.state import TrainingState
from ..core.training import SOLVERS
from ..core.updates import Averaged
from ..data.targets import Labels
from .baseline import Baseline
from .model import Model

# Raised whenever `unpack` of an older version could not read what `pack` writes.
FORMAT = 2
# Of the training state, what is stored as the number it is.
NUMBERS = ("rule_steps", "samples", "halvings", "base_rate", "running_cost")
# What has been added since format 1, and what it was before.
ADDED = {"averages": False, "rate": 0.0}


def pack(model):
    """The model as a dict of plain types; arrays are shared with it, not copied."""
    loss, link = pack_loss(model)
    return {
        "format": FORMAT,
        "labels": {"kind": model.labels.kind, "classes": model.labels.classes},
        "network": {
            "layer_sizes": list(model.network.layer_sizes),
            "activations": [name_of(a, ACTIVATIONS) for a in model.network.activations],
            "dropout": model.network.dropout,
            "input_scale": model.network.input_scale,
        },
        "loss": loss,
        "link": link,
        "solver": pack_solver(model.solver),
        "state": pack_state(model.state),
    }


def unpack(packed):
    """The model that `pack` was given.

    Raises
    ------
    ValueError
        If the dict is of a later format, is damaged, or names an activation, loss or
        solver that is not registered.
    """
    found = packed.get("format") if isinstance(packed, dict) else None
    if not isinstance(found, int) or not 1 <= found <= FORMAT:
        raise ValueError(
            f"this model was saved in format {found!r}, but this version of sklearn_gd "
            f"reads formats 1 to {FORMAT}. Load it with the version that saved it or a "
            "later one, or train it again."
        )
    labels = Labels(**packed["labels"])
    network = unpack_network(packed["network"])
    loss = unpack_loss(packed["loss"], packed["link"], labels.kind)
    solver = unpack_solver(packed["solver"])
    return Model(labels, loss, network, solver, unpack_state(packed["state"], network))


def name_of(thing, registry):
    """The name an equal thing is registered under, or else the thing itself."""
    for name, entry in registry.items():
        if type(entry) is type(thing) and entry == thing:
            return name
    return thing


def thing_of(name, registry, kind):
    """The entry of that name; whatever is not a name is the thing itself."""
    if not isinstance(name, str):
        return name
    if name not in registry:
        raise ValueError(
            f"this model uses the {kind} {name!r}, which is not registered here; "
            f"registered are {sorted(registry)}. Import what registers it before "
            "loading, or load with the version of sklearn_gd that saved the model."
        )
    return registry[name]


def pack_loss(model):
    """Loss and link, each by name where registered."""
    bare = dataclasses.replace(model.loss, link=Softmax())
    return name_of(bare, LOSSES), name_of(model.loss.link, LINKS[model.labels.kind])


def unpack_loss(loss, link, kind):
    links = LINKS.get(kind, {})
    link = thing_of(link, links, f"output activation for {kind} targets")
    return dataclasses.replace(thing_of(loss, LOSSES, "loss"), link=link)


def unpack_network(packed):
    activations = tuple(
        thing_of(a, ACTIVATIONS, "activation") for a in packed["activations"]
    )
    return Network(
        tuple(packed["layer_sizes"]),
        activations,
        packed["dropout"],
        packed.get("input_scale", 1.0),  # format 1 had none
    )


def pack_solver(solver):
    """Name and settings of a registered solver; a user's own as it is."""
    if solver.averages:
        return {"averaged": pack_solver(solver.rule)}
    for name, kind in SOLVERS.items():
        if type(solver) is kind:
            return {"name": name, "settings": dataclasses.asdict(solver)}
    return solver


def unpack_solver(packed):
    if not isinstance(packed, dict):
        return packed
    if "averaged" in packed:
        return Averaged(unpack_solver(packed["averaged"]))
    return thing_of(packed["name"], SOLVERS, "solver")(**packed["settings"])


def pack_state(state):
    """The training state, with the generator's state instead of the generator."""
    state = state if state.idle is None else state.copy()
    return {
        **{name: getattr(state, name) for name in (*NUMBERS, *ADDED)},
        "theta": state.theta,
        "vectors": list(state.vectors),
        "rng": state.rng_state,
        "baseline": state.baseline and dataclasses.asdict(state.baseline),
        "progress": dataclasses.asdict(state.progress),
    }


def unpack_state(packed, network):
    numbers = {name: packed[name] for name in NUMBERS}
    numbers |= {name: packed.get(name, before) for name, before in ADDED.items()}
    theta, vectors = packed["theta"], list(packed["vectors"])
    for vector in (theta, *vectors):
        if vector.shape != (network.n_parameters,) or vector.dtype != theta.dtype:
            raise ValueError(
                f"this model is damaged: a vector of shape {vector.shape} and dtype "
                f"{vector.dtype} stands where one of {network.n_parameters} parameters "
                f"and dtype {theta.dtype} was saved."
            )
    progress = Progress(**packed["progress"])
    state = TrainingState(theta, vectors, packed["rng"], progress, **numbers)
    if packed.get("baseline") is not None:
        state.baseline = Baseline(**packed["baseline"])
    state.generator()  # raises if that is no state of a generator
    return state
