"""ruff: imports in order and lines in width, whatever the names in them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from loc.gateways.process import run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_RUFF = (sys.executable, "-m", "ruff")
_QUIET = ("--quiet", "--no-cache", "--no-respect-gitignore")


def tidy(folder: Path, first_party: Sequence[str]) -> None:
    """Sort the imports and format, by the settings that stand above the folder.

    `first_party` are modules of the repository that ruff cannot find from where the folder is.
    """
    known = ", ".join(f'"{name}"' for name in first_party)
    order = ("--select", "I", "--fix", "--config", f"lint.isort.known-first-party = [{known}]")
    run((*_RUFF, "check", *_QUIET, *order, "."), cwd=folder)
    run((*_RUFF, "format", *_QUIET, "."), cwd=folder)
