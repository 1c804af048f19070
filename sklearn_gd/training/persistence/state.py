"""The training state as plain arrays and numbers, and back; and what they must be."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...core.schedules import Progress
from ...core.state import TrainingState
from ..baseline import Baseline
from .fields import (
    ANY_NUMBER,
    DICT,
    FLAG,
    VECTOR,
    check,
    checked,
    number,
    one_of,
    optional,
    or_none,
    row_of,
    whole,
)

# Of the training state, what is stored as the number it is.
NUMBERS = ("rule_steps", "samples", "halvings", "base_rate", "running_cost")
# What has been added since format 1, and what it was before.
ADDED = {"averages": False, "rate": 0.0, "alpha": 0.0}
# Shares are sums of rounded numbers.
ROUNDING = 1 + 1e-6
STATE = {
    "theta": VECTOR,
    "vectors": row_of(VECTOR),
    "rng": DICT,
    "progress": DICT,
    "rule_steps": whole(),
    "samples": whole(),
    "halvings": whole(most=2**31),
    "base_rate": number(0.0),
    "rate": optional(number(0.0)),
    "alpha": optional(number(0.0)),
    "averages": optional(FLAG),
    "running_cost": or_none(number()),
    "baseline": optional(or_none(DICT)),
}
# Of a PCG64.
GENERATOR = {
    "bit_generator": one_of(["PCG64"]),
    "state": DICT,
    "has_uint32": whole(most=1),
    "uinteger": whole(most=2**32 - 1),
}
GENERATOR_STATE = {"state": whole(most=2**128 - 1), "inc": whole(most=2**128 - 1)}
PROGRESS = {
    "epoch": whole(),
    "max_epochs": whole(1),
    "steps": whole(),
    "drops": whole(most=2**31),
}
BASELINE = {
    "sums": VECTOR,
    "weight": number(0.0),
    "raw": VECTOR,
    "constant": number(),
    "slopes": VECTOR,
    "age": number(0.0),
    "floor": number(),
    "unit": number(),
    "block": VECTOR,
    "block_rows": number(0.0),
    "block_cost": ANY_NUMBER,  # that of a ruined network may be infinite
    "ruined": number(0.0),
    "ahead": number(0.0),
    "lost": number(0.0),
    "lagging": number(0.0),
    "unseen_parts": whole(),
    "unseen_rows": whole(),
    "followed": or_none(VECTOR),
    "calm": number(0.0),
    "told": number(0.0),
    "told_of_rows": number(0.0),
}


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
    checked(packed, STATE, "state.")
    check_vectors(packed, network, solver)
    numbers = {name: packed[name] for name in NUMBERS}
    numbers |= {name: packed.get(name, before) for name, before in ADDED.items()}
    theta, *vectors = map(native, (packed["theta"], *packed["vectors"]))
    progress = Progress(**checked(packed["progress"], PROGRESS, "state.progress."))
    state = TrainingState(theta, vectors, packed["rng"], progress, **numbers)
    state.baseline = unpack_baseline(packed.get("baseline"), network.layer_sizes[-1])
    check_generator(state)
    return state


def unpack_baseline(packed, n_outputs):
    if packed is None:
        return None
    checked(packed, BASELINE, "state.baseline.")
    check_baseline(packed, n_outputs)
    return Baseline(**packed)


def native(vector):
    """The vector in the byte order of this machine, contiguous; shared if it is."""
    return np.ascontiguousarray(vector, dtype=vector.dtype.newbyteorder("="))


def check_generator(state):
    """Refuses what is no state of a generator."""
    found = state.rng_state
    checked(found, GENERATOR, "state.rng.")
    checked(found["state"], GENERATOR_STATE, "state.rng.state.")
    again = state.generator().bit_generator.state
    check(again == found, "state.rng", found, "the state of a PCG64")


def check_vectors(state, network, solver):
    """Refuses vectors that are not those of this network and solver."""
    theta, vectors = state["theta"], state["vectors"]
    names = ["state.theta", *(f"state.vectors[{i}]" for i in range(len(vectors)))]
    for name, vector in zip(names, [theta, *vectors], strict=True):
        fits = vector.shape == (network.n_parameters,) and vector.dtype == theta.dtype
        wanted = f"a vector of {network.n_parameters} values of {theta.dtype}"
        check(fits, name, vector, wanted)
    averages = state.get("averages", False)
    if vectors or averages:  # else it was trimmed for prediction
        n, wanted = len(vectors), f"{solver.n_vectors} vectors, for {solver}"
        check(n == solver.n_vectors, "state.vectors", f"{n} vectors", wanted)
        check(averages == solver.averages, "state.averages", averages, solver.averages)


def check_baseline(baseline, n_outputs):
    """Refuses sums that are not those of so many outputs and rows."""
    for sums, rows in (("sums", "weight"), ("block", "block_rows")):
        found, most = baseline[sums], baseline[rows] * ROUNDING
        fits = len(found) == n_outputs and ((found >= 0) & (found <= most)).all()
        wanted = f"{n_outputs} numbers from 0 to {rows}, {baseline[rows]}"
        check(fits, f"state.baseline.{sums}", found, wanted)
    for name in ("raw", "slopes", "followed"):
        found = baseline[name]
        fits = found is None or len(found) == n_outputs
        check(fits, f"state.baseline.{name}", found, f"{n_outputs} numbers")
