"""Linters that are programs of their own, installed with `loc` itself."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from loc.errors import ToolError


class Advice(NamedTuple):
    """A linter's remark about a line, under the linter's own code."""

    path: str
    line: int
    code: str
    text: str


def program(name: str) -> str:
    """Return the path of a program of our own environment. Raises ToolError where it is missing."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise ToolError(
            f"{name} is not installed, so its rules cannot be checked",
            hint="run uv sync, which installs it with loc",
        )
    return found
