"""Pictures that move: a display drawn again and again, up to a moment of its time."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class Animated(ABC):
    """A display with a time: steps of a path, epochs, records of training."""

    @abstractmethod
    def plot(self, ax=None, **kwargs):
        """Draws the whole, as it is in the last moment."""

    @abstractmethod
    def _n_moments(self):
        """How many moments there are, the last of them that of the still picture."""

    @abstractmethod
    def _show(self, moment):
        """Changes what is drawn to how it was in a moment, counted from 0."""

    def animate(self, ax=None, *, n_frames=60, interval=80, **kwargs):
        """Let the picture move; the last frame is the still picture.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None takes the picture as it was drawn last; with other
            arguments for `plot`, a new figure is made.
        n_frames : int, default=60
            Frames at most, at equal distances in time.
        interval : float, default=80
            Milliseconds from frame to frame.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        animation : matplotlib FuncAnimation
            Keep it while it runs. ``animation.to_jshtml()`` is for notebooks and pages,
            ``animation.save("walk.mp4")`` makes a film where ffmpeg is installed, and
            ``animation.save("walk.gif")`` does so without.

        Raises
        ------
        ValueError
            If nothing moves, or n_frames is not an int of 2 or more.
        """
        if not isinstance(n_frames, int | np.integer) or n_frames < 2:
            raise ValueError(f"n_frames={n_frames!r} must be an int of 2 or more.")
        n_moments = self._n_moments()
        moments = np.linspace(0, n_moments - 1, min(n_frames, n_moments))
        if ax is not None or kwargs or not hasattr(self, "figure_"):
            self.plot(ax, **kwargs)
        from matplotlib.animation import FuncAnimation

        settle(self.figure_)
        return FuncAnimation(
            self.figure_,
            self._show,
            frames=moments.round().astype(int).tolist(),
            interval=interval,
            repeat_delay=20 * interval,
        )


def settle(figure):
    """Lay a figure out for good: else axes tremble from frame to frame."""
    for _ in range(3):  # each time, constrained layout comes closer to its end
        figure.draw_without_rendering()
    figure.set_layout_engine("none")


def show_paths(paths, moment):
    """Shows each path up to a moment; shorter ones wait at their end."""
    for path in paths:
        path.show(min(moment + 1, len(path.coordinates[0])))
