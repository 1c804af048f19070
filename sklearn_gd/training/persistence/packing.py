"""A fitted model as plain arrays, numbers, strings and dicts, and back.

This is what pickle, joblib, skops and ``copy.deepcopy`` see of a model, so a stored
model depends on none of the package's inner classes and can outlive their names.
Registered activations, losses, links and solvers are stored by name, a user's own
instances as they are.
"""

from __future__ import annotations

import dataclasses

from ...core.activations import ACTIVATIONS, Activation
from ...core.losses import LINKS, LOSSES, Link, Loss, Softmax
from ...core.network import Network
from ...core.training import SOLVERS
from ...core.updates import Averaged, UpdateRule
from ...data.targets import Labels
from ..model import Model
from . import stored
from .fields import check, checked
from .state import pack_state, unpack_state

# Raised whenever `unpack` of an older version could not read what `pack` writes.
FORMAT = 3


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
