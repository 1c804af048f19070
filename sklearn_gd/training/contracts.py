"""A user's own parts, given in place of a name: do they keep their contract?

The contracts are the abstract classes in `sklearn_gd.core`. What is checked is all that
can be checked before training: that nothing is missing and can be called as it will be.
"""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np

from ..core.activations import Activation
from ..core.losses import Loss
from ..core.schedules import Schedule
from ..core.updates import UpdateRule

# The contract of each parameter that takes a user's own part.
CONTRACTS = {
    "activation": Activation,
    "loss": Loss,
    "solver": UpdateRule,
    "learning_rate_schedule": Schedule,
}
# Numbers, None and the like are no attempt at a part: other checks list what is wanted.
PLAIN_MODULES = ("builtins", "numpy")


def check_own_parts(params):
    """Check all parameters that hold a part of the user's own.

    Raises
    ------
    TypeError
        The message names the parameter, what its value lacks, and the cure.
    """
    for parameter, contract in CONTRACTS.items():
        value = getattr(params, parameter)
        several = isinstance(value, list | tuple | np.ndarray)
        for part in value if several else [value]:
            if isinstance(part, type) or type(part).__module__ not in PLAIN_MODULES:
                check_part(parameter, part, contract)


def check_part(parameter, part, contract):
    """Check one part against its contract."""
    problem = next(filter(None, problems(part, contract)), None)
    if problem is not None:
        # Not its repr, which may need what is missing.
        name = part.__name__ if isinstance(part, type) else f"{type(part).__name__}()"
        raise TypeError(
            f"{parameter}={name} does not keep the contract of {contract.__name__}: "
            f"{problem}. See {contract.__module__}.{contract.__name__}."
        )


def problems(part, contract):
    """What is wrong with a part, or None, one after the other."""
    yield class_instead_of_instance(part)
    yield missing(part, contract)
    for name in sorted(contract.__abstractmethods__):
        yield wrong_signature(part, name, getattr(contract, name))
    yield unchangeable(part, contract)


def class_instead_of_instance(part):
    is_class = isinstance(part, type)
    return f"it is a class; give an instance, {part.__name__}()" if is_class else None


def missing(part, contract):
    wanted = (*contract.__abstractmethods__, *inspect.get_annotations(contract))
    lacks = sorted(name for name in wanted if not hasattr(part, name))
    if lacks:
        derived = isinstance(part, contract)
        cure = (
            "make" if derived else f"derive its class from {contract.__name__} and make"
        )
        return f"it lacks {', '.join(lacks)}; {cure} it a frozen dataclass"
    if not isinstance(part, contract):
        wanted = f"class {type(part).__name__}({contract.__name__})"
        return f"its class is not derived from it; write {wanted}"
    return None


def wrong_signature(part, name, wanted):
    method = getattr(part, name)
    if isinstance(wanted, property):
        return None
    if not callable(method):
        return f"{name} is not a method"
    _, *arguments = inspect.signature(wanted).parameters
    try:
        inspect.signature(method).bind(*arguments)
    except TypeError:
        return (
            f"{name}{inspect.signature(method)} cannot be called as "
            f"{name}({', '.join(arguments)})"
        )
    return None


def unchangeable(part, contract):
    """The fields of a contract are set in a copy, such as the link of a loss."""
    fields = {f.name: getattr(part, f.name) for f in dataclasses.fields(contract)}
    try:
        _ = dataclasses.replace(part, **fields) if fields else part
    except TypeError as error:
        return f"its {', '.join(fields)} cannot be set; make it a dataclass ({error})"
    return None
