"""The order of the gallery, which is that of learning: sections, and their scripts."""

from pathlib import Path

ORDER = {
    "concept": [
        "gradient_descent",
        "network",
        "nudges",
        "batch_gradients",
        "cost_surface",
    ],
    "inside": ["mnist_digits", "loss_curves", "weights", "neurons", "costly_digits"],
    "work": ["table", "text_stream"],
}
SCRIPTS = [f"plot_{name}.py" for names in ORDER.values() for name in names]


class InOrder:
    """The key by which sphinx-gallery sorts the scripts of a section."""

    def __init__(self, directory):
        self.directory = directory

    def __call__(self, script):
        name = Path(script).name
        # Scripts of the command line are sorted too, before they are left out.
        return SCRIPTS.index(name) if name.startswith("plot_") else -1
