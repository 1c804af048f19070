"""Animations of the gallery: described, and without a font from another host."""

import re

FOREIGN = re.compile(r'<link rel="stylesheet"\s+href="https?://[^>]*>')
DUMB = '<img id="_anim_img'
TOLD = (
    '<img alt="The animation that the code above makes, frame by frame" id="_anim_img'
)


def describe(app, page, template, context, doctree):
    """Says what is in the picture whose frames a script draws."""
    if DUMB in context.get("body", ""):
        context["body"] = FOREIGN.sub("", context["body"].replace(DUMB, TOLD))


def setup(app):
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True}
