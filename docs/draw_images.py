"""Draw the pictures of the concept page: what its own snippets draw.

Runs the page from top to bottom; where it shows a picture, the newest figure is saved
under that name. From the root of the repository::

    python docs/draw_images.py
"""

import doctest
import re
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from PIL import Image

DOCS = Path(__file__).parent
PARTS = re.compile(r"^```pycon\n(.*?)^```|^!\[.*?\]\((images/.*?)\)", re.M | re.S)


def main():
    """Run the snippets in order, and save a figure where the page shows one."""
    namespace, parser = {"__name__": "__main__"}, doctest.DocTestParser()
    page = (DOCS / "concept.md").read_text(encoding="utf-8")
    for snippet, picture in PARTS.findall(page):
        for example in parser.get_examples(snippet):
            # One page in this directory, written by us: as trusted as this file.
            exec(compile(example.source, "concept.md", "single"), namespace)
        if picture:
            path = DOCS / picture
            path.parent.mkdir(exist_ok=True)
            plt.savefig(path, dpi=80, bbox_inches="tight")
            with Image.open(path) as image:  # a palette takes a third of the room
                colours = image.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE)
                colours.save(path, optimize=True)
            plt.close("all")
            print(f"{picture}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
