"""Multilayer perceptrons trained by gradient descent, for scikit-learn."""

from .classifier import GradientDescentMLPClassifier
from .core.descent import gradient_descent
from .displays import (
    CostSurfaceDisplay,
    DescentPathDisplay,
    GradientDisplay,
    LossCurveDisplay,
    WeightsDisplay,
)
from .gradient_report import GradientReport
from .nudges import nudge_words
from .recording import record_path

__all__ = [
    "CostSurfaceDisplay",
    "DescentPathDisplay",
    "GradientDescentMLPClassifier",
    "GradientDisplay",
    "GradientReport",
    "LossCurveDisplay",
    "WeightsDisplay",
    "gradient_descent",
    "nudge_words",
    "record_path",
]
__version__ = "0.1.0"
