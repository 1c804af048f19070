"""Pictures: as large as they say, and animations described, without foreign fonts."""

import re
from pathlib import Path

from docutils import nodes
from PIL import Image

# Pixels of a page to an inch, as browsers count.
PAGE = 96
FOREIGN = re.compile(r'<link rel="stylesheet"\s+href="https?://[^>]*>')
DUMB = '<img id="_anim_img'
TOLD = (
    '<img alt="The animation that the code above makes, frame by frame" id="_anim_img'
)


def size(app, doctree):
    """Shows a PNG of ours as large as its resolution says: those of 200 are sharp."""
    for node in doctree.findall(nodes.image):
        path = Path(app.srcdir) / node["uri"]
        if path.suffix == ".png" and path.parent.name == "images" and is_free(node):
            with Image.open(path) as image:
                inches = image.width / image.info.get("dpi", (PAGE, PAGE))[0]
            node["width"] = f"{inches * PAGE:.0f}px"


def is_free(node):
    """Whether nothing else says how large the picture is."""
    return "width" not in node and "sd-card-img-top" not in node["classes"]


def describe(app, page, template, context, doctree):
    """Says what is in the picture whose frames a script draws."""
    if DUMB in context.get("body", ""):
        context["body"] = FOREIGN.sub("", context["body"].replace(DUMB, TOLD))


def setup(app):
    app.connect("doctree-read", size)
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True}
