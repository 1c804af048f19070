"""Fields of what is stored: what each must be, in words and as a test."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

# Counters stay below this: a float holds them, and powers of them.
MOST = 2**62
LARGEST = float(np.finfo(float).max)


class Field(NamedTuple):
    """What a field must be, in words, and whether a value is that."""

    wanted: str
    holds: Callable[[Any], bool]
    needed: bool = True


def optional(field):
    """The same for a field that need not be there."""
    return field._replace(needed=False)


def or_none(field):
    """The same for a field that may be None."""
    holds = field.holds
    return Field(f"{field.wanted} or None", lambda v: v is None or holds(v))


def whole(least=0, most=MOST):
    """A whole number."""
    return Field(
        f"a whole number from {least} to {most}",
        lambda v: isinstance(v, Integral) and not is_flag(v) and least <= v <= most,
    )


def number(least=-LARGEST, below=math.inf):
    """A finite number."""
    return Field(
        f"a finite number from {least} to below {below}",
        lambda v: isinstance(v, Real) and not is_flag(v) and least <= v < below,
    )


def one_of(names):
    """One of some names."""
    names = sorted(names)
    return Field(f"one of {names}", lambda v: isinstance(v, str) and v in names)


def row_of(field):
    """A list or tuple of such values."""
    return Field(
        f"a list, each item {field.wanted}",
        lambda v: isinstance(v, list | tuple) and all(map(field.holds, v)),
    )


def is_flag(value):
    return isinstance(value, bool | np.bool_)


def is_vector(value):
    return (
        isinstance(value, np.ndarray)
        and value.ndim == 1
        and value.dtype.kind == "f"
        and value.dtype.itemsize in (4, 8)
        and bool(np.isfinite(value).all())
    )


ANY = Field("anything", lambda v: True)
FLAG = Field("True or False", is_flag)
POSITIVE = number(float(np.finfo(float).smallest_subnormal))
ANY_NUMBER = Field("a number", lambda v: isinstance(v, Real))
VECTOR = Field("a vector of float32 or float64, finite", is_vector)
DICT = Field("a dict", lambda v: isinstance(v, dict))


def damaged(name, found, wanted):
    """The error for a field."""
    if isinstance(found, np.ndarray):
        found = f"an array of shape {found.shape} and dtype {found.dtype}"
    else:
        found = reprlib.repr(found)
    return ValueError(
        f"this model is damaged: {name} is {found} and should be {wanted}. Load "
        "another copy of it, or train it again."
    )


def check(holds, name, found, wanted):
    """Refuses a field."""
    if not holds:
        raise damaged(name, found, wanted)


def checked(stored, fields, within=""):
    """Refuses a dict whose fields are not those that are wanted; returns it."""
    check(isinstance(stored, dict), within.rstrip(".") or "it", stored, "a dict")
    for name, (wanted, holds, needed) in fields.items():
        if name in stored:
            check(holds(stored[name]), within + name, stored[name], wanted)
        else:
            check(not needed, within + name, "missing", wanted)
    for name in stored:
        check(name in fields, f"{within}{name}", stored[name], "no part of it")
    return stored
