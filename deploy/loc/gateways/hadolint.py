"""What hadolint says about Dockerfiles. It works offline, and all files go through one process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from loc.gateways.process import run
from loc.gateways.programs import Advice, program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LEVELS = ("error", "warning")


def lint(root: Path, paths: Sequence[str]) -> list[Advice]:
    """Lint Dockerfiles; raises ToolError where hadolint is missing."""
    if not paths:
        return []
    command = (program("hadolint"), "--no-fail", "--format", "json", "--", *paths)
    remarks = json.loads(run(command, cwd=root).stdout)
    return [
        Advice(remark["file"], remark["line"], remark["code"], _first_line(remark["message"]))
        for remark in remarks
        if remark["level"] in _LEVELS
    ]


def _first_line(message: str) -> str:
    return " ".join(message.split())
