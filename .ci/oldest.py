"""Prints the oldest supported version of each required package, one a line.

``pip install -c`` takes them as constraints. They are read from pyproject.toml, the one
place where they are declared, and are those of the Python that runs this.
"""

import sys
import tomllib
from pathlib import Path

try:
    from packaging.requirements import Requirement
except ImportError:  # pip carries a copy
    from pip._vendor.packaging.requirements import Requirement

project = tomllib.loads(
    Path(__file__).parent.parent.joinpath("pyproject.toml").read_text(encoding="utf-8")
)["project"]
for line in project["dependencies"]:
    requirement = Requirement(line)
    if requirement.marker is None or requirement.marker.evaluate():
        (lowest,) = [s.version for s in requirement.specifier if s.operator == ">="]
        sys.stdout.write(f"{requirement.name}=={lowest}\n")
