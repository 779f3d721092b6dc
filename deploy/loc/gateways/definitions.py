"""What Dagster registers for each location, loaded in children: importing it costs seconds."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from loc.errors import ToolError
from loc.gateways.process import run
from loc.registered import Registered, read_report
from loc.settings import SHARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loc.locations import Location

_CHILD = Path(__file__).with_name("definitions_child.py")
_SECONDS = 60


def load(root: Path, locations: Sequence[Location], seconds: float = _SECONDS) -> list[Registered]:
    """Load each location in a process of its own, without its environment and without a network.

    One parent imports dagster once and forks for each, which may take `seconds`. Raises ToolError
    when that itself fails.
    """
    if not locations:
        return []
    asked = {
        "root": str(root),
        "seconds": seconds,
        "locations": [
            {"name": location.name, "paths": [location.path, SHARED]} for location in locations
        ],
    }
    answer = run(
        (sys.executable, str(_CHILD)),
        cwd=root,
        stdin=json.dumps(asked).encode(),
        environment={"DAGSTER_DISABLE_TELEMETRY": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=_SECONDS + seconds * len(locations),
    )
    try:
        reports = json.loads(answer.stdout)
    except ValueError:
        said = os.fsdecode(answer.stderr)[-2000:]
        raise ToolError(
            f"loading gave no report:\n{said}", hint="run loc check --no-load"
        ) from None
    return [read_report(report) for report in reports]
