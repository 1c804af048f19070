"""Multilayer perceptrons trained by gradient descent, for scikit-learn."""

from .classifier import GradientDescentMLPClassifier
from .core.descent import gradient_descent
from .inspection.displays import (
    CostSurfaceDisplay,
    DescentPathDisplay,
    GradientDisplay,
    LossCurveDisplay,
    NetworkDisplay,
    NeuronsDisplay,
    WeightsDisplay,
)
from .inspection.nudges import nudge_words
from .inspection.pages import DescentPage, NetworkPage, TrainingMonitor
from .inspection.recording import record_path
from .inspection.report import GradientReport
from .inspection.samples import SamplesReport
from .tabular import tabular_classifier

__all__ = [
    "CostSurfaceDisplay",
    "DescentPage",
    "DescentPathDisplay",
    "GradientDescentMLPClassifier",
    "GradientDisplay",
    "GradientReport",
    "LossCurveDisplay",
    "NetworkDisplay",
    "NetworkPage",
    "NeuronsDisplay",
    "SamplesReport",
    "TrainingMonitor",
    "WeightsDisplay",
    "gradient_descent",
    "nudge_words",
    "record_path",
    "tabular_classifier",
]
__version__ = "0.2.0"
