"""What a stored model must be: every field by itself, and all of them together.

A file may be damaged, or written by somebody who wishes us ill. What compiled code is
told later follows from these fields, so whatever does not fit is refused by name.
"""

from __future__ import annotations

from dataclasses import fields
from numbers import Real

import numpy as np

from ...core.losses import LINKS
from .fields import (
    ANY,
    DICT,
    FLAG,
    POSITIVE,
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
