"""What a stored model must be: every field by itself, and all of them together.

A file may be damaged, or written by somebody who wishes us ill. What compiled code is
told later follows from these fields, so whatever does not fit is refused by name.
"""

from __future__ import annotations

from dataclasses import fields
from numbers import Real

import numpy as np

from ..core.losses import LINKS
from ..core.training import STOP_REASONS
from .fields import (
    ANY,
    ANY_NUMBER,
    DICT,
    FLAG,
    POSITIVE,
    VECTOR,
    Field,
    check,
    checked,
    number,
    one_of,
    optional,
    or_none,
    row_of,
    whole,
)

# Shares are sums of rounded numbers.
ROUNDING = 1 + 1e-6

MODEL = {
    "format": whole(1),
    "labels": DICT,
    "network": DICT,
    "loss": ANY,
    "link": ANY,
    "solver": ANY,
    "state": DICT,
}
LABELS = {
    "kind": one_of(LINKS),
    "classes": Field(
        "a vector of distinct labels in ascending order", lambda v: are_classes(v)
    ),
}
NETWORK = {
    "layer_sizes": row_of(whole(1)),
    "activations": row_of(ANY),
    "dropout": number(0.0, 1.0),
    "input_scale": optional(POSITIVE),
}
SOLVER = {"name": ANY, "settings": DICT}
SETTINGS = {
    "momentum": number(0.0, 1.0),
    "nesterovs_momentum": FLAG,
    "beta_1": number(0.0, 1.0),
    "beta_2": number(0.0, 1.0),
    "epsilon": POSITIVE,
    "tol": or_none(number(0.0)),
}
ANY_SETTING = Field(
    "a number, a name or None", lambda v: v is None or isinstance(v, Real | str)
)
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
    "cost": number(),
    "model_cost": number(),
    "calm": number(),
    "extreme": whole(),
    "block": VECTOR,
    "block_rows": number(0.0),
    "block_cost": ANY_NUMBER,  # that of a ruined network may be infinite
    "constant": number(),
    "slopes": VECTOR,
    "age": number(0.0),
}
# Fitted attributes that are compared with the model, and those that tell of the last
# call.
LEARNED = ("n_features_in_", "feature_names_in_", "classes_")
ATTRIBUTES = {
    "loss_": ANY_NUMBER,
    "best_loss_": ANY_NUMBER,
    "loss_curve_": row_of(ANY_NUMBER),
    "n_iter_": whole(),
    "best_epoch_": whole(),
    "stop_reason_": or_none(one_of(STOP_REASONS)),
    "validation_loss_curve_": or_none(row_of(ANY_NUMBER)),
    "validation_scores_": or_none(row_of(ANY_NUMBER)),
    "best_validation_score_": or_none(ANY_NUMBER),
    "_diverging": FLAG,
}


def are_classes(values):
    """Whether these are distinct labels in order."""
    if not isinstance(values, np.ndarray) or values.ndim != 1 or not len(values):
        return False
    try:
        return bool((values[1:] > values[:-1]).all() and (values == values).all())
    except (TypeError, ValueError):
        return False


def check_labels(labels):
    """Refuses classes that are not of their kind."""
    n_classes = len(labels.classes)
    kinds = {"multiclass"} if n_classes != 2 else {"binary"}
    if np.array_equal(labels.classes, np.arange(n_classes)):
        kinds.add("multilabel")
    wanted = f"one of {sorted(kinds)}, for these classes"
    check(labels.kind in kinds, "labels.kind", labels.kind, wanted)


def check_settings(settings, kind, within):
    """Refuses settings that are not those of this kind of solver."""
    wanted = {f.name: SETTINGS.get(f.name, ANY_SETTING) for f in fields(kind)}
    wanted = {name: optional(field) for name, field in wanted.items()}
    return checked(settings, wanted, within)


def check_layers(network, labels):
    """Refuses layers that do not fit one another or the classes."""
    sizes, n_outputs = network["layer_sizes"], labels.n_outputs
    n_hidden = len(network["activations"])
    wanted = (
        f"inputs, {n_hidden} hidden layers and {n_outputs} outputs (labels.classes)"
    )
    fits = len(sizes) == n_hidden + 2 and sizes[-1] == n_outputs
    check(fits, "network.layer_sizes", sizes, wanted)


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
    slopes = baseline["slopes"]
    fits = len(slopes) == n_outputs
    check(fits, "state.baseline.slopes", slopes, f"{n_outputs} numbers")


def check_attributes(stored, model):
    """Refuses fitted attributes that do not fit the model or one another."""
    n_inputs, classes = model.network.layer_sizes[0], model.labels.classes
    found = stored.get("n_features_in_")
    wanted = f"{n_inputs}, the inputs of the network"
    check(whole().holds(found) and found == n_inputs, "n_features_in_", found, wanted)
    found = stored.get("classes_")
    same = isinstance(found, np.ndarray) and found.dtype == classes.dtype
    same = same and np.array_equal(found, classes)
    check(same, "classes_", found, "the same as labels.classes")
    names = stored.get("feature_names_in_", np.zeros(n_inputs))
    fits = isinstance(names, np.ndarray) and names.shape == (n_inputs,)
    check(fits, "feature_names_in_", names, f"{n_inputs} names")
    told = {name: stored[name] for name in ATTRIBUTES if name in stored}
    checked(told, {name: ATTRIBUTES[name] for name in told})
    check_epochs(told)


def check_epochs(told):
    """Refuses curves that are not those of so many epochs."""
    n_epochs = told.get("n_iter_", 0)
    for name in ("loss_curve_", "validation_loss_curve_", "validation_scores_"):
        curve = told.get(name)
        if curve is not None:
            check(len(curve) == n_epochs, name, curve, f"a list of n_iter_, {n_epochs}")
    best = told.get("best_epoch_", 0)
    check(
        best <= max(n_epochs, 1), "best_epoch_", best, f"n_iter_, {n_epochs}, at most"
    )
    summaries = (
        ("loss_", "loss_curve_", lambda curve: curve[-1]),
        ("best_loss_", "loss_curve_", min),
        ("best_validation_score_", "validation_scores_", max),
    )
    for name, curve, summary in summaries:
        if told.get(curve) and name in told:
            found, wanted = told[name], summary(told[curve])
            check(
                found == wanted or wanted != wanted,
                name,
                found,
                f"{wanted}, of {curve}",
            )
