"""What a training can be watched in: a widget in a notebook, or lines."""

from __future__ import annotations

import time
from functools import cache

from ...training.reporting import PLAIN_LINES, REFRESH, clock
from .page import static, table

MISSING = (
    "view='widget' needs anywidget, which is not installed: "
    "pip install sklearn_gd[notebook]"
)
# Messages of the notebook that are looked at between two epochs.
MESSAGES = 10


@cache
def phrases():
    """What a view can say, in every language."""
    return table("training_words.json")


class Lines:
    """Prints about ten lines of a fit, and why it ended."""

    asked_to_stop = False

    @staticmethod
    def check():
        """Lines need nothing."""

    def __init__(self, max_epochs, language):
        self.max_epochs, self.language = max_epochs, language
        self.every = -(-max_epochs // PLAIN_LINES)

    def epoch(self, progress):
        """Prints the line of an epoch if it is its turn."""
        self.latest = progress
        if progress["epoch"] % self.every == 0:
            print(self.line(progress), flush=True)

    def line(self, progress):
        """Epoch, cost, validation cost, time left at most."""
        parts = [
            self.say("epoch", progress["epoch"], self.max_epochs),
            f"{self.say('cost')} {progress['costs'][-1]:.6f}",
        ]
        if progress["validation_costs"]:
            last = progress["validation_costs"][-1]
            parts.append(f"{self.say('validation')} {last:.6f}")
        return "  ".join([*parts, self.say("left", clock(progress["seconds_left"]))])

    def end(self, reason):
        """Prints why training has ended."""
        print(self.say("ended", self.say(reason)), flush=True)

    def say(self, key, *values):
        """The words under this key."""
        entry = phrases().get(key, {self.language: key})
        return entry[self.language].format(*values)


class Widget:
    """A live view in a notebook: `widget` is what the notebook shows."""

    @staticmethod
    def check():
        """Raises an ImportError without anywidget."""
        try:
            import anywidget  # noqa: F401
        except ImportError as error:
            raise ImportError(MISSING) from error

    def __init__(self, max_epochs, language):
        from IPython.display import display

        self.max_epochs = max_epochs
        self.shown, self.latest = -REFRESH, {}
        words = {key: entry[language] for key, entry in phrases().items()}
        self.widget = widget_class()(max_epochs=max_epochs, words=words)
        display(self.widget)

    @property
    def asked_to_stop(self):
        """Whether the button was pressed."""
        return self.widget.stop

    def epoch(self, progress):
        """Shows the epoch, unless another one has just been shown."""
        self.latest = progress
        if time.monotonic() - self.shown >= REFRESH:
            self.widget.progress = progress
            hear(self.widget)
            self.shown = time.monotonic()

    def end(self, reason):
        """Shows the last epoch, and why training has ended."""
        self.widget.progress = {**self.latest, "seconds_left": 0.0}
        self.widget.reason = reason


VIEWS = {"widget": Widget, "lines": Lines}


def best_view():
    """A widget in a notebook that can show it, else lines."""
    try:
        from IPython import get_ipython

        Widget.check()
    except ImportError:
        return Lines
    return Widget if hasattr(get_ipython(), "kernel") else Lines


@cache
def widget_class():
    """The widget, made when it is first needed: it derives from an optional package."""
    import anywidget
    import traitlets

    class TrainingWidget(anywidget.AnyWidget):
        _esm = static("training_widget.js")
        _css = static("training_widget.css")
        max_epochs = traitlets.Int().tag(sync=True)
        words = traitlets.Dict().tag(sync=True)
        progress = traitlets.Dict().tag(sync=True)
        reason = traitlets.Unicode("").tag(sync=True)
        stop = traitlets.Bool(False).tag(sync=True)

    return TrainingWidget


def hear(widget):
    """Lets a notebook's kernel take what the button says while a cell runs.

    From ipykernel 7 on, front ends such as JupyterLab 4.4 say it to a second shell, but
    ipykernel 7.4 sends it on to the shell that the widget has last spoken from, which
    is busy: so it has to forget that. Below 7, messages wait until somebody polls.
    """
    vars(widget.comm).pop("_reply_subshell_id", None)
    try:
        from IPython import get_ipython
        from jupyter_ui_poll import ui_events
    except ImportError:
        return
    kernel = getattr(get_ipython(), "kernel", None)
    if hasattr(kernel, "do_one_iteration"):
        with ui_events() as poll:
            poll(MESSAGES)
