"""Data sets that the project does not carry: found where they are, else skipped."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def shared_data(name):
    """Path of a file or directory of shared data; skips the test without it.

    It is looked for in the directory named by the environment variable
    ``SKLEARN_GD_DATA``, else in ``shared/data`` beside the repository.
    """
    default = REPOSITORY.parent / "shared" / "data"
    path = Path(os.environ.get("SKLEARN_GD_DATA", default)) / name
    if not path.exists():
        pytest.skip(f"needs {name}: not in {path.parent}, see SKLEARN_GD_DATA")
    return path
