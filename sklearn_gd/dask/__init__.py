"""Training and prediction on Dask collections, for rows that outgrow one machine."""

try:
    import distributed as _distributed  # noqa: F401
except ImportError as error:
    raise ImportError(
        "sklearn_gd.dask needs Dask: pip install sklearn_gd[dask]."
    ) from error

from . import sizes as _sizes  # noqa: F401  (workers learn the sizes of our objects)
from .fitting import fit
from .prediction import decision_function, predict, predict_proba, score

__all__ = ["decision_function", "fit", "predict", "predict_proba", "score"]
