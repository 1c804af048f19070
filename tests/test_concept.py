"""The concept page in its two languages: the same calls, the same pictures."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = (DOCS / "concept.md", DOCS / "zh" / "concept.md")
SNIPPET = re.compile(r"^```pycon\n.*?^```", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
HEADING = re.compile(r"^#+ ", re.MULTILINE)
PART = re.compile(r"^## .*?(?=^## )", re.MULTILINE | re.DOTALL)  # all but the last
EXERCISE = re.compile(
    r"^\*\*(?:Exercise\.\*\*|练习\*\*：)(?P<question>.*?)\n\n"
    r":::\{dropdown\} (?:Answer|答案)\n(?P<words>.*?)\n\n"
    r"(?P<shown>```pycon\n.*?^```)\n:::\n\s*\Z",
    re.MULTILINE | re.DOTALL,
)
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\w)")

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
    kept = (DOCS / "images").iterdir()
    english, chinese = map(pictures, PAGES)
    assert english == chinese
    assert set(english) <= set(kept)


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in set(pictures(PAGES[0]))}
    assert all(size < 100_000 for size in sizes.values()), sizes


def exercises(page):
    """For each part but the last: what it is called, and the exercise that ends it."""
    parts = PART.findall(page.read_text(encoding="utf-8"))
    return [(part.partition("\n")[0], EXERCISE.search(part)) for part in parts]


def numbers(text):
    return {float(number) for number in NUMBER.findall(text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_each_part_ends_with_an_exercise_whose_answer_is_computed(page):
    """Each number that an answer tells stands in its session, which a test runs."""
    assert len(exercises(page)) > 7
    for part, exercise in exercises(page):
        assert exercise, f"{part} does not end with an exercise and its hidden answer"
        told, shown = numbers(exercise["words"]), numbers(exercise["shown"])
        assert told, f"the answer of {part} tells no number"
        assert told <= shown, f"{part} tells what it does not compute: {told - shown}"


def test_both_languages_ask_and_answer_the_same():
    english, chinese = map(exercises, PAGES)
    for (part, ours), (_, theirs) in zip(english, chinese, strict=True):
        assert numbers(ours["words"]) == numbers(theirs["words"]), part
        assert numbers(ours["question"]) == numbers(theirs["question"]), part
