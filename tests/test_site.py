"""Every page of the built site, on a phone and on a laptop: does it serve its readers?

Build the site first: ``sphinx-build docs docs/_build``, or name its directory in the
environment variable SKLEARN_GD_SITE.
"""

import json
import os
import re
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from .datasets import REPOSITORY

SITE = Path(os.environ.get("SKLEARN_GD_SITE", REPOSITORY / "docs" / "_build")).resolve()
# Listings that Sphinx makes of source code; no prose of ours.
LISTINGS = ("_modules", "_static", "genindex", "py-modindex", "search.html", "touch")
PAGES = sorted(
    path.relative_to(SITE)
    for path in SITE.rglob("*.html")
    if not path.relative_to(SITE).parts[0].startswith(LISTINGS)
)
SISTERS = [path for path in PAGES if path.parts[0] == "zh"]
WIDTHS = {"phone": (390, 844), "laptop": (1280, 900)}
# What a reader cannot read, or not by ear.
RULES = """
    color-contrast image-alt link-name html-has-lang valid-lang frame-title
    document-title button-name list svg-img-alt
""".split()
WIDER = """() => {
  const width = document.documentElement.clientWidth;
  const hidden = (e) => e.closest('.bd-sidebar-primary, dialog, .visually-hidden');
  const scrolls = (e) => {
    for (let p = e.parentElement; p; p = p.parentElement)
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)
          && p !== document.body && p !== document.documentElement) return true;
    return false;
  };
  return document.documentElement.scrollWidth <= width ? [] :
    [...document.querySelectorAll('body *')]
      .filter(e => e.getBoundingClientRect().right > width + 1)
      .filter(e => !hidden(e) && !scrolls(e))
      .map(e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 60));
}"""
LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
# Thumbnails stand beside their titles, which say it all.
ALTS = """() => [...document.querySelectorAll('article img')]
  .filter(e => !e.closest('.sphx-glr-thumbcontainer'))
  .filter(e => e.alt.trim().length < 8).map(e => e.src.slice(0, 200))"""

if not PAGES:
    pytest.skip(f"no site has been built in {SITE}", allow_module_level=True)


@pytest.fixture(scope="module")
def axe():
    """The source of axe, the checker of accessibility."""
    module = pytest.importorskip("axe_playwright_python", exc_type=ImportError)
    return (Path(module.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=WIDTHS)
def context(request, browser):
    """A screen of some width."""
    width, height = WIDTHS[request.param]
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context
    context.close()


def open_page(context, path):
    """The page, and what it complained of or asked other hosts for."""
    page, troubles = context.new_page(), []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None,
    )
    page.on("request", lambda r: troubles.append(r.url) if is_foreign(r.url) else None)
    page.goto((SITE / path).as_uri())
    return page, troubles


def is_foreign(url):
    return not url.startswith(("file:", "data:", "blob:", "about:"))


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_page_can_be_read(context, path, axe):
    page, troubles = open_page(context, path)
    try:
        assert page.evaluate(WIDER) == [], "wider than the screen"
        assert page.evaluate(ALTS) == [], "pictures without a description"
        page.evaluate(axe)
        options = json.dumps({"runOnly": RULES, "iframes": False})
        found = page.evaluate(f"axe.run(document, {options})")["violations"]
        told = [(v["id"], n["html"][:120]) for v in found for n in v["nodes"]]
        assert told == []
        assert troubles == []
    finally:
        page.close()


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_links_lead_somewhere(path):
    """Every link within the site has a page, and the place on it, at its end."""
    page = (SITE / path).read_text(encoding="utf-8")
    lost = [target for target in LINK.findall(page) if not leads(SITE / path, target)]
    assert lost == []
    assert "example.org" not in page


def leads(path, target):
    """Whether there is such a place; addresses of other hosts are not asked."""
    address, _, place = unquote(target).partition("#")
    if ":" in address or not (address or place):
        return True
    file = (path.parent / address.partition("?")[0]) if address else path
    if not file.exists():
        return False
    if not place or file.suffix != ".html" or "touch" in file.parts:
        return True
    return f'id="{place}"' in text_of(file)


@cache
def text_of(file):
    return unescape(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SISTERS, ids=str)
def test_languages_lead_to_each_other(context, path):
    """There and back, in the language that each page says it has."""
    page, troubles = open_page(context, path)
    try:
        for language in ("en", "zh-CN"):
            assert page.locator("html").get_attribute("lang") != language
            switch_language(page)
            assert page.locator("html").get_attribute("lang") == language
        assert Path(unquote(page.url.removeprefix("file://"))) == SITE / path
        assert troubles == []
    finally:
        page.close()


def test_the_language_switch_leads_to_the_same_place(context):
    """From the seventh part of the concept to the seventh, whatever it is called."""
    page, _ = open_page(context, "concept.html")
    try:
        page.evaluate("document.querySelectorAll('h2')[6].scrollIntoView()")
        switch_language(page)
        top = page.locator("h2").nth(6).evaluate("e => e.getBoundingClientRect().top")
        assert 0 <= top < 300
    finally:
        page.close()


@pytest.mark.parametrize("path", SISTERS, ids=str)
def test_the_theme_speaks_chinese_on_chinese_pages(path):
    """What stands around a page, for the eye and for the ear."""
    page = (SITE / path).read_text(encoding="utf-8")
    for word in ("Search", "On this page", "Skip to", "Back to top", "Color mode"):
        assert not re.search(rf'(>|aria-label="|placeholder=")\s*{word}', page), word
    assert "搜索" in page


@pytest.mark.parametrize("path", ["index.html", "zh/index.html"])
def test_a_start_page_has_a_description_and_a_sign(path):
    page = (SITE / path).read_text(encoding="utf-8")
    assert re.search(r'<meta content="[^"]{30,}" name="description"', page)
    assert 'rel="icon"' in page


def test_paper_shows_whole_pages(context):
    """Nothing scrolls on paper: what would is cut off."""
    page, _ = open_page(context, "concept.html")
    try:
        page.emulate_media(media="print")
        for place in (".bd-content", ".bd-article-container", "body"):
            style = page.locator(place).first.evaluate(
                "e => [getComputedStyle(e).overflowX, getComputedStyle(e).overflowY]"
            )
            assert style == ["visible", "visible"], place
    finally:
        page.close()


def test_pictures_match_the_dark_mode(context):
    """The corner of a picture on white has the colour of the page around it."""
    page, _ = open_page(context, "concept.html")
    try:
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        picture = page.locator("article img:not(.only-light)").first
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        corner = {"x": box["x"] + 1, "y": box["y"] + 1, "width": 8, "height": 8}
        beside = corner | {"x": box["x"] - 10}
        assert page.screenshot(clip=corner) == page.screenshot(clip=beside)
    finally:
        page.close()


def switch_language(page):
    """By the link that is in sight: on a phone it stands in the menu."""
    with page.expect_navigation():
        # Clicked later, for a page that is left answers nothing.
        page.locator("a.language-switch").first.evaluate(
            "link => void setTimeout(() => link.click())"
        )
