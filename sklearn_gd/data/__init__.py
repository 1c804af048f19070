"""The way in: rows, labels and weights, checked and encoded for training."""

from .holdout import hold_out
from .rows import Data, training_data
from .targets import Labels
from .validation_set import validation_data

__all__ = ["Data", "Labels", "hold_out", "training_data", "validation_data"]
