"""The attributes of an estimator as they are stored, with a checksum of all."""

from __future__ import annotations

from .attributes import ATTRIBUTES, LEARNED, check_attributes
from .checksum import checksum
from .fields import check
from .packing import pack, unpack

# From this format on, models have a checksum.
SEALED = 3


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
    check_attributes(state, model)
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
    names = {"_model", *ATTRIBUTES, *LEARNED, *parameters}
    return {name: value for name, value in state.items() if name in names}
