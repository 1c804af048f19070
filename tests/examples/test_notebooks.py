"""The notebooks that the gallery offers run, and print nothing that nobody can read."""

import json
import re

import pytest

from ..datasets import REPOSITORY
from .test_gallery import SCRIPTS

notebooks = pytest.importorskip("sphinx_gallery.notebook", exc_type=ImportError)
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")
pytest.importorskip("pandas")

UNREADABLE = re.compile(r"<[^>]* at 0x|\bText\(|\bAxes\(|^\[<")


def notebook_of(script):
    """The notebook that stands at the end of the script's page."""
    import nbformat
    from sphinx_gallery.gen_gallery import DEFAULT_GALLERY_CONF
    from sphinx_gallery.py_source_parser import split_code_and_text_blocks

    _, blocks = split_code_and_text_blocks(str(script))
    notebook = notebooks.jupyter_notebook(blocks, DEFAULT_GALLERY_CONF, str(script))
    return nbformat.reads(json.dumps(notebook), as_version=4)


def printed(notebook):
    """All text that its cells have answered with."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            # A picture or a table stands in the place of its text.
            if not {"image/png", "text/html"} & set(data):
                yield output.get("text") or data.get("text/plain", "")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_notebook_runs_and_can_be_read(script, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    # A backend that somebody asks for would stand in the place of the notebook's own.
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = notebook_of(script)
    resources = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(notebook, timeout=120, resources=resources)
    client.execute()
    told = [text for text in printed(notebook) if UNREADABLE.search(text)]
    assert told == []
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert [o["text"] for o in outputs if o.get("name") == "stderr"] == []


def test_no_script_of_the_gallery_reads_a_command_line():
    for script in SCRIPTS:
        source = script.read_text(encoding="utf-8")
        assert "argparse" not in source and "sys.argv" not in source
