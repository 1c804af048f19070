"""Draw the pictures of the pages: all, or those that are named.

``concept``: what the snippets of the concept page draw. The page is run from top to
bottom; where it shows a picture, the newest figure is saved under that name.
``cards``: the four on the start page. ``charts``: how it compares, of
``docs/comparison.json``, and how fast it is, of the tables in ``docs/measurements.md``.
``rooms``: who imports from whom in the package, of its source.
From the root of the repository::

    python examples/benchmarks/tables.py --save docs/comparison.json
    python docs/draw_images.py charts
"""

import doctest
import re
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from PIL import Image

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_tools"))

from cards import draw_cards  # noqa: E402
from charts import draw_comparison, draw_performance  # noqa: E402
from rooms import draw_rooms  # noqa: E402

# Twice that of a screen; the site shows a picture as large as its resolution says.
DPI = 200
PARTS = re.compile(r"^```pycon\n(.*?)^```|^!\[.*?\]\((images/.*?)\)", re.M | re.S)


def draw_concept():
    """Run the snippets in order, and save a figure where the page shows one."""
    namespace, parser = {"__name__": "__main__"}, doctest.DocTestParser()
    page = (DOCS / "concept.md").read_text(encoding="utf-8")
    for snippet, picture in PARTS.findall(page):
        for example in parser.get_examples(snippet):
            # One page in this directory, written by us: as trusted as this file.
            exec(compile(example.source, "concept.md", "single"), namespace)
        if picture:
            path = DOCS / picture
            save = save_lines if path.suffix == ".svg" else save_areas
            save(path)
            plt.close("all")
            print(f"{picture}: {path.stat().st_size / 1000:.0f} kB")


def save_lines(path):
    """As SVG, the words as words; places, of six decimals, to a tenth of a point."""
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem}):
        plt.savefig(path, bbox_inches="tight", metadata={"Date": None})
    drawn = path.read_text(encoding="utf-8").replace(" \nL", "L")
    drawn = re.sub(r"-?\d+\.\d{5,}", lambda match: f"{float(match[0]):.1f}", drawn)
    drawn = re.sub(r'(?<=[:;]) (?=[^"<>]*"[ />])', "", drawn)  # blanks in styles
    path.write_text(drawn, encoding="utf-8")


def save_areas(path):
    """As PNG with a palette, which takes a third of the room."""
    plt.savefig(path, dpi=DPI, bbox_inches="tight")
    with Image.open(path) as image:
        colours = image.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE)
        colours.save(path, optimize=True, dpi=(DPI, DPI))


def draw_charts():
    """Those that are drawn of what was measured."""
    draw_comparison()
    draw_performance()


PICTURES = {
    "concept": draw_concept,
    "cards": draw_cards,
    "charts": draw_charts,
    "rooms": draw_rooms,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PICTURES:
        PICTURES[name]()
