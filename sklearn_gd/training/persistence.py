"""A fitted model as plain arrays, numbers, strings and dicts, and back.

This is what pickle, joblib, skops and ``copy.deepcopy`` see of a model, so a stored
model depends on none of the package's inner classes and can outlive their names.
Registered activations, losses, links and solvers are stored by name, a user's own
instances as they are.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ..core.activations import ACTIVATIONS, Activation
from ..core.losses import LINKS, LOSSES, Link, Loss, Softmax
from ..core.network import Network
from ..core.schedules import Progress
from ..core.state import TrainingState
from ..core.training import SOLVERS
from ..core.updates import Averaged, UpdateRule
from ..data.targets import Labels
from . import stored
from .baseline import Baseline
from .checksum import checksum
from .fields import check, checked
from .model import Model

# Raised whenever `unpack` of an older version could not read what `pack` writes.
FORMAT = 3
# From this format on, models have a checksum.
SEALED = 3
# Of the training state, what is stored as the number it is.
NUMBERS = ("rule_steps", "samples", "halvings", "base_rate", "running_cost")
# What has been added since format 1, and what it was before.
ADDED = {"averages": False, "rate": 0.0, "alpha": 0.0}


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
    check(isinstance(packed, dict) and "format" in packed, "_model", packed, "a dict")
    found = packed["format"]
    if not isinstance(found, int) or not 1 <= found <= FORMAT:
        raise ValueError(
            f"this model was saved in format {found!r}, but this version of sklearn_gd "
            f"reads formats 1 to {FORMAT}. Load it with the version that saved it or a "
            "later one, or train it again."
        )
    checked(packed, stored.MODEL, "_model.")
    labels = Labels(**checked(packed["labels"], stored.LABELS, "labels."))
    stored.check_labels(labels)
    network = unpack_network(packed["network"], labels)
    loss = unpack_loss(packed["loss"], packed["link"], labels.kind)
    solver = unpack_solver(packed["solver"])
    state = unpack_state(packed["state"], network, solver)
    return Model(labels, loss, network, solver, state)


def name_of(thing, registry):
    """The name an equal thing is registered under, or else the thing itself."""
    for name, entry in registry.items():
        if type(entry) is type(thing) and entry == thing:
            return name
    return thing


def thing_of(name, registry, kind, contract):
    """The entry of that name; what keeps the contract is the thing itself."""
    if not isinstance(name, str):
        wanted = f"a name or an instance of {contract.__name__}"
        check(isinstance(name, contract), kind, name, wanted)
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
    link = thing_of(link, links, f"output activation for {kind} targets", Link)
    return dataclasses.replace(thing_of(loss, LOSSES, "loss", Loss), link=link)


def unpack_network(packed, labels):
    checked(packed, stored.NETWORK, "network.")
    stored.check_layers(packed, labels)
    activations = tuple(
        thing_of(a, ACTIVATIONS, "activation", Activation)
        for a in packed["activations"]
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


def unpack_solver(packed, averaged=False):
    if not isinstance(packed, dict):
        check(isinstance(packed, UpdateRule), "solver", packed, "an UpdateRule")
        return packed
    if "averaged" in packed and not averaged:
        checked(packed, {"averaged": stored.ANY}, "solver.")
        return Averaged(unpack_solver(packed["averaged"], averaged=True))
    checked(packed, stored.SOLVER, "solver.")
    kind = thing_of(packed["name"], SOLVERS, "solver", str)
    return kind(**stored.check_settings(packed["settings"], kind, "solver.settings."))


def pack_state(state):
    """The training state, with the generator's state instead of the generator."""
    state = state if state.idle is None else state.copy()
    # The lease keeps the memory from being used again while it is being stored.
    theta, *vectors = (
        state.lease if array is state.fitted else array for array in state.stored
    )
    return {
        **{name: getattr(state, name) for name in (*NUMBERS, *ADDED)},
        "theta": theta,
        "vectors": vectors,
        "rng": state.rng_state,
        "baseline": state.baseline and state.baseline._asdict(),
        "progress": dataclasses.asdict(state.progress),
    }


def unpack_state(packed, network, solver):
    checked(packed, stored.STATE, "state.")
    stored.check_vectors(packed, network, solver)
    numbers = {name: packed[name] for name in NUMBERS}
    numbers |= {name: packed.get(name, before) for name, before in ADDED.items()}
    theta, *vectors = map(native, (packed["theta"], *packed["vectors"]))
    progress = Progress(
        **checked(packed["progress"], stored.PROGRESS, "state.progress.")
    )
    state = TrainingState(theta, vectors, packed["rng"], progress, **numbers)
    state.baseline = unpack_baseline(packed.get("baseline"), network.layer_sizes[-1])
    check_generator(state)
    return state


def unpack_baseline(packed, n_outputs):
    if packed is None:
        return None
    checked(packed, stored.BASELINE, "state.baseline.")
    stored.check_baseline(packed, n_outputs)
    return Baseline(**packed)


def native(vector):
    """The vector in the byte order of this machine, contiguous; shared if it is."""
    return np.ascontiguousarray(vector, dtype=vector.dtype.newbyteorder("="))


def check_generator(state):
    """Refuses what is no state of a generator."""
    found = state.rng_state
    checked(found, stored.GENERATOR, "state.rng.")
    checked(found["state"], stored.GENERATOR_STATE, "state.rng.state.")
    again = state.generator().bit_generator.state
    check(again == found, "state.rng", found, "the state of a PCG64")


def pack_estimator(state, parameters):
    """The attributes of an estimator, with its model packed and a checksum of all."""
    if "_model" not in state:
        return state
    state = {**state, "_model": pack(state["_model"])}
    return {**state, "_checksum": checksum(sealed(state, parameters))}


def unpack_estimator(state, parameters):
    """The attributes that `pack_estimator` was given.

    Parameters
    ----------
    parameters : the names of the estimator's parameters

    Raises
    ------
    ValueError
        If anything does not fit, as for `unpack`, or has changed.
    """
    wanted = state.get("_checksum")
    if "_model" not in state:
        check(wanted is None, "_model", "missing", "there, as a checksum is")
        return dict(state)
    model = unpack(state["_model"])
    stored.check_attributes(state, model)
    if wanted is not None or state["_model"]["format"] >= SEALED:
        found = checksum(sealed(state, parameters))
        check(
            wanted == found, "_checksum", wanted, f"{found}, or something has changed"
        )
    unpacked = {**state, "_model": model}
    unpacked.pop("_checksum", None)
    return unpacked


def sealed(state, parameters):
    """What the checksum is of; a subclass may store more, or less."""
    names = {"_model", *stored.ATTRIBUTES, *stored.LEARNED, *parameters}
    return {name: value for name, value in state.items() if name in names}
