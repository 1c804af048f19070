"""Multilayer perceptrons trained by gradient descent, for scikit-learn."""

from .classifier import GradientDescentMLPClassifier

__all__ = ["GradientDescentMLPClassifier"]
__version__ = "0.1.0"
