from dataclasses import dataclass

from sklearn_gd.core.schedules import Schedule


@dataclass(frozen=True)
class WarmUp(Schedule):
    """factor = min(1, (epoch + 1) / epochs): a gentle start."""

    epochs: int = 5

    def __call__(self, progress):
        return min(1.0, (progress.epoch + 1) / self.epochs)
