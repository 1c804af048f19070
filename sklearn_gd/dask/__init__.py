"""Training and prediction on Dask collections, for rows that outgrow one machine."""

from . import sizes  # noqa: F401, so that workers know them
from .fitting import fit

__all__ = ["fit"]
