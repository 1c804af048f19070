"""Pages that live in a browser: one file each, which asks no server for anything."""

from .descent import DescentPage
from .monitor import TrainingMonitor
from .network import NetworkPage

__all__ = ["DescentPage", "NetworkPage", "TrainingMonitor"]
