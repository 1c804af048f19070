"""Ctrl-C: the first one lets the step end as a whole, the second is raised at once."""

from __future__ import annotations

import signal
import threading
from typing import Any

from .part import Part


class Interrupts(Part):
    """Turns a first Ctrl-C into a wish to end the training after the present step.

    Only the main thread receives signals, and only Python's own handler is replaced.
    """

    def __init__(self) -> None:
        self.usual: Any = None

    def begin(self, run: Any) -> None:
        in_main = threading.current_thread() is threading.main_thread()
        usual = signal.getsignal(signal.SIGINT)
        if in_main and usual is signal.default_int_handler:

            def note(signum: int, frame: Any) -> None:
                self.close()
                run.stop("interrupted")

            self.usual = usual
            signal.signal(signal.SIGINT, note)

    def close(self) -> None:
        if self.usual is not None:
            signal.signal(signal.SIGINT, self.usual)
