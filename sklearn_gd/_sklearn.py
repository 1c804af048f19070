"""The one place for scikit-learn's private names and for what its version decides."""

from __future__ import annotations

import inspect

import numpy as np
from sklearn import get_config
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._array_api import _is_numpy_namespace, get_namespace
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _get_feature_names as feature_names

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn below 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Says that callbacks are missing, when asked."""

        def set_callbacks(self, *callbacks):
            """Raise an error: this version of scikit-learn has no callbacks."""
            from sklearn import __version__

            raise NotImplementedError(
                f"set_callbacks needs scikit-learn 1.9 or newer, found {__version__}. "
                "Update scikit-learn, or use verbose=1 to watch the training."
            )

    def with_callbacks(method):
        """Leave the method as it is."""
        return method


# What a running fit with callbacks leaves on its estimator, until it ends.
CALLBACK_ATTRIBUTES = ("_callback_fit_ctx", "_skl_callbacks_to_teardown")

__all__ = [
    "CALLBACK_ATTRIBUTES",
    "CallbackSupportMixin",
    "Interval",
    "StrOptions",
    "feature_names",
    "is_foreign",
    "safe_indexing",
    "validate_parameters",
    "with_callbacks",
]


def validate_parameters(estimator):
    """Compare the parameters with the estimator's ``_parameter_constraints``.

    Not with scikit-learn's option ``skip_parameter_validation``.

    Raises
    ------
    InvalidParameterError (a ValueError)
        Names the parameter, what it must be and what it was.
    """
    if not get_config()["skip_parameter_validation"]:
        estimator._validate_params()


def is_foreign(array):
    """Whether scikit-learn would compute with array in a library other than NumPy."""
    if isinstance(array, np.ndarray) or not get_config()["array_api_dispatch"]:
        return False
    namespace, is_array = get_namespace(array)
    return is_array and not _is_numpy_namespace(namespace)


def plane_display(xx0, xx1, response):
    """scikit-learn's picture of a function over the plane of two features."""
    from sklearn.inspection import DecisionBoundaryDisplay

    wanted = inspect.signature(DecisionBoundaryDisplay).parameters
    # From 1.9 on it is told that there is one function to draw, and not one per class.
    options = {"n_classes": 2} if "n_classes" in wanted else {}
    return DecisionBoundaryDisplay(xx0=xx0, xx1=xx1, response=response, **options)
