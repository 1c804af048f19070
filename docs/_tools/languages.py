"""Two languages: what a page is written in, and the switch to its sister."""

from docutils import nodes

CHINESE = "zh/"


def sister_of(page):
    """The name of the same page in the other language, if there is one."""
    return page.removeprefix(CHINESE) if page.startswith(CHINESE) else CHINESE + page


def places(app, page):
    """The places of a page that an address can end with, from top to bottom."""
    sections = app.env.get_doctree(page).findall(nodes.section)
    return [section["ids"][0] for section in sections]


def same_places(app, page):
    """Pairs of places, here and on the sister; none if they are built otherwise."""
    ours, theirs = places(app, page), places(app, sister_of(page))
    return list(zip(ours, theirs, strict=True)) if len(ours) == len(theirs) else []


def tell_language(app, page, template, context, doctree):
    """What the templates need: ``language``, and where the switch leads to."""
    chinese = page.startswith(CHINESE)
    if chinese:
        context["language"] = "zh-CN"
    if sister_of(page) in app.env.found_docs:
        words = ("English", "en") if chinese else ("中文", "zh-CN")
        context["sister"] = (context["pathto"](sister_of(page)), *words)
        context["same_places"] = same_places(app, page)


def setup(app):
    app.connect("html-page-context", tell_language)
    return {"parallel_read_safe": True}
