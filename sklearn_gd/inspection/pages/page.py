"""A page in one file: markup, style, words, modules and data, put together."""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path

from ..words import LANGUAGES

# Phrases that pages share with the reports.
SHARED = ("increase", "decrease", "stay", "hidden", "output", "neuron", "output_neuron")
# What a page may do: run what stands in it, and nothing from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:"
)
IMPORT = re.compile(r"^import\b[^;]*;\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


class Page:
    """A page that opens from a file and in a notebook; it makes no request.

    Parameters
    ----------
    html : str
        The whole page.

    Attributes
    ----------
    html : str
    """

    # Pixels that a notebook gives the page.
    height = 900

    def __init__(self, html):
        self.html = html

    def save(self, path):
        """Write the page into a file, which any browser opens.

        Parameters
        ----------
        path : str or path-like
            Such as "network.html". A file of that name is overwritten.

        Returns
        -------
        path : pathlib.Path
        """
        path = Path(path)
        path.write_text(self.html, encoding="utf-8")
        return path

    def _repr_html_(self):
        return (
            f'<iframe srcdoc="{escape(self.html)}" '
            f'style="width: 100%; height: {self.height}px; border: 0" '
            'sandbox="allow-scripts"></iframe>'
        )

    def __repr__(self):
        size = len(self.html.encode()) / 1000
        return f"<{type(self).__name__} of {size:.0f} kB; .save(path) writes it>"


@cache
def static(name):
    """The text of a file that is shipped for the pages."""
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")


def table(name):
    """A table of words that is shipped for the pages."""
    return json.JSONDecoder().decode(static(name))


def as_one_module(*names):
    """The modules of these names as one, so that a page needs no second file.

    They share one scope then: none may declare a name that another one declares.
    """
    return "\n".join(EXPORT.sub("", IMPORT.sub("", static(name))) for name in names)


def assemble(markup, modules, data, language):
    """A page of markup, style, words, modules and data.

    Raises
    ------
    ValueError
        If the page does not speak that language.
    """
    if language not in LANGUAGES:
        raise ValueError(
            f"language={language!r} is not spoken; choose one of {list(LANGUAGES)}. "
            "Every page has a button for the other one."
        )
    parts = {
        "policy": POLICY,
        "style": static("style.css"),
        "words": as_json(words()),
        "data": as_json({"language": language, **data}),
        "script": as_one_module(*modules),
    }
    # In one pass, so that nothing that is filled in is taken for a place to fill.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], static(markup))


def words():
    """All that a page can say: for each key the phrase in every language."""
    shared = {
        name: {code: getattr(phrases, name) for code, phrases in LANGUAGES.items()}
        for name in SHARED
    }
    sizes = {
        f"size{level}": {
            code: phrases.sizes[level] for code, phrases in LANGUAGES.items()
        }
        for level in range(3)
    }
    return shared | sizes | table("words.json")


def as_json(value):
    """JSON that no label can break out of: it holds no <."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
