"""Pictures of cost, gradient and training, in scikit-learn's manner.

A display computes in ``from_estimator`` (or ``from_...``), keeps what it shows in
attributes, and draws it in ``plot``. Matplotlib is imported when something is drawn.
"""

from .cost_surface import CostSurfaceDisplay
from .descent_path import DescentPathDisplay
from .gradient import GradientDisplay
from .loss_curve import LossCurveDisplay
from .network import NetworkDisplay
from .neurons import NeuronsDisplay
from .weights import WeightsDisplay

__all__ = [
    "CostSurfaceDisplay",
    "DescentPathDisplay",
    "GradientDisplay",
    "LossCurveDisplay",
    "NetworkDisplay",
    "NeuronsDisplay",
    "WeightsDisplay",
]
