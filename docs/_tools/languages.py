"""Two languages: what a page is written in, and the switch to its sister."""

CHINESE = "zh/"


def sister_of(page):
    """The name of the same page in the other language, if there is one."""
    return page.removeprefix(CHINESE) if page.startswith(CHINESE) else CHINESE + page


def tell_language(app, page, template, context, doctree):
    """What the templates need: ``language``, and where the switch leads."""
    chinese = page.startswith(CHINESE)
    if chinese:
        context["language"] = "zh-CN"
    if sister_of(page) in app.env.found_docs:
        words = ("English", "en") if chinese else ("中文", "zh-CN")
        context["sister"] = (context["pathto"](sister_of(page)), *words)


def setup(app):
    app.connect("html-page-context", tell_language)
    return {"parallel_read_safe": True}
