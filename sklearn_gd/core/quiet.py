"""Running code so that nothing outside changes for good, whatever is raised in it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def quiet(function: F) -> F:
    """Lets a function overflow and divide by zero without a warning.

    NumPy keeps its error state in the context, so it is set in a copy of the context:
    if an interrupt keeps it from being set back there, it is dropped with the copy.
    """
    ignoring = np.errstate(all="ignore")(function)

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return copy_context().run(ignoring, *args, **kwargs)

    return cast(F, wrapper)


def surely(action: Callable[[], Any], restore: Callable[[], object]) -> Any:
    """Calls action, then restore, which must do no harm when it is called again.

    An interrupt can come in the middle of a ``finally``, too; here it takes three.
    """
    try:
        try:
            try:
                return action()
            finally:
                restore()
        finally:
            restore()
    finally:
        restore()
