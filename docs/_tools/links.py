"""Code on a page that is the name of something public leads to its page, and back."""

import re
from html import escape
from os.path import relpath

from docutils import nodes
from inventories import foreign_names
from sphinx import addnodes

import sklearn_gd

OURS = {name: f"sklearn_gd.{name}" for name in sklearn_gd.__all__}
NAMES = {**foreign_names(), **OURS}
CALL = re.compile(r"(?:sklearn_gd\.)?(\w+)(?:\(.*\))?", re.DOTALL)
# Pages that name everything tell nothing of it.
INDICES = ("api", "whats_new", "architecture")


def name_in(text):
    """The full name of what some code speaks of, or None."""
    match = CALL.fullmatch(text.strip())
    return NAMES.get(match.group(1)) if match else None


def link_names(app, doctree):
    """Turns inline code into references; notes which page names what of ours."""
    page = app.env.current_document.docname
    told = app.env.__dict__.setdefault("gd_told", {})
    told[page] = set()
    for literal in list(doctree.findall(nodes.literal)):
        full = name_in(literal.astext())
        inside = (nodes.title, nodes.reference, addnodes.pending_xref)
        if full is None or any(isinstance(p, inside) for p in parents(literal)):
            continue
        if full.startswith("sklearn_gd."):
            told[page].add(full)
        literal.replace_self(reference(page, full, literal))


def parents(node):
    while node.parent is not None:
        node = node.parent
        yield node


def reference(page, full, literal):
    """A reference that Sphinx resolves, here or in an inventory."""
    options = {"refdomain": "py", "reftype": "obj", "reftarget": full, "refdoc": page}
    return addnodes.pending_xref("", literal.deepcopy(), refexplicit=True, **options)


def tell_back(app, page, template, context, doctree):
    """Below each page of the reference: the pages that speak of it."""
    name = page.removeprefix("generated/")
    if name == page or "body" not in context:
        return
    told = getattr(app.env, "gd_told", {})
    pages = sorted(p for p, names in told.items() if name in names and is_prose(p))
    if pages:
        items = "".join(f"<li>{link(app, page, other)}</li>" for other in pages)
        context["body"] += (
            f'<section><h2>Told of in</h2><ul class="told">{items}</ul></section>'
        )


def is_prose(page):
    return page not in INDICES and not page.startswith(("generated/", "auto_examples/"))


def link(app, page, other):
    """An anchor from one page to another, with the title of the other."""
    address = relpath(app.builder.get_target_uri(other), f"{page}/..")
    return f'<a href="{escape(address)}">{app.env.titles[other].astext()}</a>'


def setup(app):
    app.connect("doctree-read", link_names)
    app.connect("html-page-context", tell_back)
    return {"parallel_read_safe": False}
