"""Raises an exception where a program stands, at any of its lines or opcodes.

Count the places of a call first, then raise at each of them in turn::

    with Injector() as counter:
        model.fit(X, y)
    for at in range(1, counter.events + 1):
        with contextlib.suppress(KeyboardInterrupt), Injector(at, again=5):
            model.fit(X, y)

Python delivers Ctrl-C at some opcodes only, but MemoryError may come at most of them,
so all are tried. The second exception, ``again`` events after the first, is what an
impatient second Ctrl-C does: it falls into what the first has set going.
"""

import sys
from pathlib import Path
from traceback import walk_tb

import sklearn_gd

PACKAGE = str(Path(sklearn_gd.__file__).parent)


class Injector:
    """Raises at the ``at``-th event of the frames whose files are watched.

    Parameters
    ----------
    at : int, optional
        The event to raise at, from 1. None only counts.
    again : int, optional
        So many events after it a second exception is raised.
    exception : class of exception
    opcodes : bool
        Whether an event is an opcode, or else a line.
    files : tuple of str
        What the paths of watched files begin with.
    shielded : container of str, names of functions that are left alone

    Attributes
    ----------
    events : int, how many there were
    places : list of str, "file:line function" where exceptions were raised
    """

    def __init__(
        self,
        at=None,
        again=None,
        *,
        exception=KeyboardInterrupt,
        opcodes=True,
        files=(PACKAGE,),
        shielded=(),
    ):
        self.targets = [] if at is None else [at]
        self.targets += [] if again is None else [at + again]
        self.exception, self.kind = exception, "opcode" if opcodes else "line"
        self.files, self.shielded = files, shielded
        self.events, self.places = 0, []

    def __enter__(self):
        self._before, self._outside = sys.gettrace(), sys._getframe(1)
        sys.settrace(self._call)
        return self

    def __exit__(self, kind, error, traceback):
        sys.settrace(self._before)
        self._outside, self.targets = None, []
        make_printable(error)

    def _call(self, frame, event, argument):
        code = frame.f_code
        if not code.co_filename.startswith(self.files):
            return None
        return None if code.co_name in self.shielded else self._watch(frame)

    def _watch(self, frame):
        frame.f_trace_opcodes = self.kind == "opcode"
        return Watch(self)

    def due(self, frame, event):
        """Counts the event; the exception to raise there, or None."""
        if event != self.kind:
            return None
        self.events += 1
        if not self.targets or self.events != self.targets[0]:
            return None
        del self.targets[0]
        name, line = Path(frame.f_code.co_filename).name, frame.f_lineno
        self.places.append(f"{name}:{line} {frame.f_code.co_name}")
        return self.exception(f"injected at {self.places[-1]}")

    def resume(self, frame):
        """Watches on, in a frame and in those that it was called from."""
        if not self.targets:
            return
        sys.settrace(self._call)
        while frame is not None and frame is not self._outside:
            frame.f_trace = self._call(frame, "call", None)
            frame = frame.f_back


def make_printable(error):
    """Takes away tracebacks through opcodes that belong to no line.

    Those who print a failure with such a one in its context fail themselves.
    """
    seen = []
    while error is not None and error not in seen:
        lines = [line for _, line in walk_tb(error.__traceback__)]
        if None in lines:
            error.__traceback__ = None
        seen.append(error)
        error = error.__cause__ or error.__context__


class Watch:
    """The trace function of one frame.

    Python ends all tracing when a trace function raises, and lets go of that function.
    So its end is the moment to start again.
    """

    def __init__(self, injector):
        self.injector, self.raised = injector, False

    def __call__(self, frame, event, argument):
        error = self.injector.due(frame, event)
        if error is None:
            return self
        self.raised = True
        del self  # else the traceback would keep it
        raise error

    def __del__(self):
        if self.raised:
            self.injector.resume(sys._getframe(1))
