"""Multilayer perceptrons trained by gradient descent, for scikit-learn."""

from .classifier import GradientDescentMLPClassifier
from .core.descent import gradient_descent
from .gradient_report import GradientReport
from .nudges import nudge_words

__all__ = [
    "GradientDescentMLPClassifier",
    "GradientReport",
    "gradient_descent",
    "nudge_words",
]
__version__ = "0.1.0"
