"""The way in: rows, labels and weights, checked and encoded for training."""

from .holdout import hold_out
from .rows import Data, training_data, validation_data
from .targets import Labels

__all__ = ["Data", "Labels", "hold_out", "training_data", "validation_data"]
