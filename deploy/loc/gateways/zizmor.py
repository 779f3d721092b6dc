"""What zizmor says about the security of workflows. Files are named, and nothing is looked up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from loc.gateways.process import run
from loc.gateways.programs import Advice, program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UNREADABLE = "unreadable"


def audit(root: Path, paths: Sequence[str]) -> list[Advice]:
    """Audit workflows; one that zizmor cannot read gets the code UNREADABLE.

    Raises ToolError where zizmor is missing.
    """
    if not paths:
        return []
    options = ("--offline", "--no-progress", "--no-exit-codes", "--format", "json-v1", "--quiet")
    command = (program("zizmor"), *options, "--strict-collection", "--", *paths)
    done = run(command, cwd=root, accepted=range(256))
    if not done.code:
        return [_advice(found) for found in json.loads(done.stdout)]
    if len(paths) == 1:
        return [Advice(paths[0], 1, UNREADABLE, "zizmor cannot read it as a workflow")]
    return [advice for path in paths for advice in audit(root, [path])]


def _advice(found: dict[str, Any]) -> Advice:
    places = found["locations"]
    place = next((p for p in places if p["symbolic"]["kind"] == "Primary"), places[0])
    path = place["symbolic"]["key"]["Local"]["verbatim_path"]
    line = place["concrete"]["location"]["start_point"]["row"] + 1
    return Advice(path, line, found["ident"], found["desc"])
