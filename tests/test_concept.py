"""The concept page in its two languages: the same calls, the same pictures."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = (DOCS / "concept.md", DOCS / "zh" / "concept.md")
SNIPPET = re.compile(r"^```pycon\n.*?^```", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
HEADING = re.compile(r"^#+ ", re.MULTILINE)

if not DOCS.exists():
    pytest.skip("the pages are not beside the tests", allow_module_level=True)


def pictures(page):
    found = PICTURE.findall(page.read_text(encoding="utf-8"))
    return [(page.parent / name).resolve() for name in found]


@pytest.mark.parametrize("pattern", [SNIPPET, HEADING], ids=["snippets", "headings"])
def test_both_languages_show_the_same(pattern):
    english, chinese = (
        pattern.findall(page.read_text(encoding="utf-8")) for page in PAGES
    )
    assert english == chinese and len(english) > 5


def test_every_picture_is_there_and_shown_on_both_pages():
    kept = sorted((DOCS / "images").glob("*.png"))
    english, chinese = map(pictures, PAGES)
    assert english == chinese
    assert set(english) <= set(kept)


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in set(pictures(PAGES[0]))}
    assert all(size < 100_000 for size in sizes.values()), sizes
