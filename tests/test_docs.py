"""The pages do what they show, and the API reference is complete."""

import doctest
import inspect
import json
import re
import sys
from pathlib import Path

import pytest

import sklearn_gd

from .numbers import CloseNumbers

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
SNIPPET = re.compile(r"^(`{3,})pycon\n(.*?)^\1", re.MULTILINE | re.DOTALL)

if not DOCS.exists():
    pytest.skip("the pages are not beside the tests", allow_module_level=True)

PAGES = sorted(
    path
    for path in (ROOT / "README.md", *DOCS.rglob("*.md"))
    if not {"_build", "auto_examples", "generated"} & set(path.parts)
    and SNIPPET.search(path.read_text(encoding="utf-8"))
)


def snippets(path):
    """The page's interactive sessions as one, each on the lines where it stands."""
    page = path.read_text(encoding="utf-8")
    kept = [""] * (page.count("\n") + 1)
    for match in SNIPPET.finditer(page):
        first = page[: match.start(2)].count("\n")
        lines = match.group(2).splitlines()
        kept[first : first + len(lines)] = lines
    return "\n".join(kept)


def skip_without_modules(session, folder):
    """Skips a page that imports what is not installed, or not in this version."""
    pattern = r"^(?:>>>|\.\.\.) +(?:from|import) ([\w.]+)"
    for name in re.findall(pattern, session, re.MULTILINE):
        if not (folder / f"{name}.py").exists():
            pytest.importorskip(name, exc_type=ImportError)


@pytest.fixture
def no_figures():
    """Closes what a page has drawn: many open figures warn."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_page_does_what_it_shows(path, monkeypatch, tmp_path):
    session = snippets(path)
    skip_without_modules(session, path.parent)
    monkeypatch.syspath_prepend(str(path.parent))  # modules that the page shows
    monkeypatch.chdir(tmp_path)
    parser = doctest.DocTestParser()
    name = str(path.relative_to(ROOT))
    namespace = {"__name__": "__main__"}
    test = parser.get_doctest(session, namespace, name, str(path), 0)
    runner = doctest.DocTestRunner(CloseNumbers(), optionflags=OPTIONS, verbose=False)
    told = []
    runner.run(test, out=told.append)
    assert runner.failures == 0, "".join(told)


def test_the_readme_compares_by_what_was_measured():
    """Its table and the chart of the start page are of one file."""
    told = json.loads((DOCS / "comparison.json").read_text(encoding="utf-8"))["means"]
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    for row in told.values():
        cells = (row["accuracy"], row["log loss"])
        assert "| {:.3f} | {:.3f} | {:.2f} |".format(*cells, row["seconds"]) in page


def names_in_reference():
    """Names that the API page lists under the package."""
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    return set(re.findall(r"^   (\w+)$", page, re.MULTILINE))


def test_reference_lists_exactly_the_public_names():
    assert names_in_reference() == set(sklearn_gd.__all__)


@pytest.mark.parametrize("name", sorted(sklearn_gd.__all__))
def test_public_name_is_documented(name):
    thing = getattr(sklearn_gd, name)
    doc = inspect.getdoc(thing)
    assert doc, f"{name} has no docstring"
    lines = re.findall(r"^([\w*, ]+) :", doc, re.MULTILINE)
    told = set(re.findall(r"\w+", " ".join(lines)))
    untold = set(inspect.signature(thing).parameters) - told
    assert untold == set(), f"{name} does not tell of {sorted(untold)}"
    if inspect.isclass(thing):
        methods = {
            m: value
            for m, value in vars(thing).items()
            if callable(value) or isinstance(value, property | classmethod)
        }
        public = [m for m in methods if not m.startswith("_")]
        bare = [m for m in public if m not in told and not inspect.getdoc(methods[m])]
        assert bare == [], f"{name} has members without a docstring: {bare}"


def test_architecture_tells_of_every_file():
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(?:\w+/)*(\w+)/?`", page))
    package = Path(sklearn_gd.__file__).parent
    files = [*package.glob("*.py"), *package.glob("*/*.py")]
    folders = [path.parent for path in package.rglob("__init__.py")]
    names = {path.stem for path in (*files, *folders)}
    assert names - {"__init__", "sklearn_gd"} <= told
