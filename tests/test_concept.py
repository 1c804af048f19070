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


def parts(page):
    """Title and text of each part of the page."""
    found = re.split(r"^## (.*)\n", page.read_text(encoding="utf-8"), flags=re.M)[1:]
    return list(zip(found[::2], found[1::2], strict=True))


def anchor(title):
    """The end of the address of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower().replace(" ", "-"))


def test_each_part_leads_to_the_same_place_in_the_other_language():
    english, chinese = map(parts, PAGES)
    for (title, text), (other, other_text) in zip(english, chinese, strict=True):
        assert text.startswith(f"\n[中文](zh/concept.md#{anchor(other)})\n")
        assert other_text.startswith(f"\n[English](../concept.md#{anchor(title)})\n")


@pytest.mark.parametrize("page", PAGES, ids=["English", "Chinese"])
def test_each_part_ends_with_an_exercise_whose_answer_is_hidden_and_run(page):
    *told, _ = parts(page)
    for title, text in told:
        exercise = re.search(r"<details>\n(.*?)</details>\n*$", text, re.S)
        assert exercise and text.count("<details>") == 1, title
        question, _, answer = exercise[1].partition("</summary>")
        assert question.startswith("<summary><b>")
        # test_docs.py runs it with all the rest of the page.
        assert SNIPPET.search(answer), title


def test_live_pages_are_made_for_both_languages(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    from live_pages import write_pages

    made = {path.name: path for path in write_pages(tmp_path)}
    assert all(path.stat().st_size < 200_000 for path in made.values())
    shown = set()
    for page, ending in zip(PAGES, ("", "-zh"), strict=True):
        text = page.read_text(encoding="utf-8")
        frames = re.findall(r'<iframe [^>]*src="(?:\.\./)?live/([\w-]+\.html)"', text)
        linked = re.findall(r'href="(?:\.\./)?live/([\w-]+\.html)', text)
        assert frames == [f"network{ending}.html", f"descent{ending}.html"]
        assert set(linked) == set(frames)
        shown |= set(frames)
    assert shown == set(made)
    for name, path in made.items():
        language = '"language":"zh"' if "-zh" in name else '"language":"en"'
        assert language in path.read_text(encoding="utf-8")


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in set(pictures(PAGES[0]))}
    assert all(size < 100_000 for size in sizes.values()), sizes
