"""uv, the only one that writes uv.lock."""

from __future__ import annotations

import shutil
import tomllib
from typing import TYPE_CHECKING

from loc.errors import ToolError, UsageError
from loc.gateways.process import run
from loc.settings import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROJECT = "pyproject.toml"
_SETTINGS = (LOCK, "uv.toml", ".python-version")
_NETWORK_SECONDS = 300
# Whoever keeps uv from changing the lock by accident asks for it here.
_MAY_WRITE = {"UV_FROZEN": "0", "UV_LOCKED": "0"}


def locked_packages(root: Path) -> dict[str, str]:
    """Return the packages of uv.lock by name, each with its folder, empty if from an index."""
    try:
        packages = tomllib.loads((root / LOCK).read_text())["package"]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{LOCK} cannot be read: {error}", hint="run uv lock") from None
    return {entry["name"]: entry.get("source", {}).get("editable", "") for entry in packages}


def lock_with(root: Path, stage: Path) -> bytes:
    """Return the uv.lock of the workspace with the members that stand in `stage` added.

    uv works in `stage`, on copies of what it reads. Raises ToolError with what uv says.
    """
    for path in (root / _PROJECT, *(root / name for name in _SETTINGS), *_members(root)):
        copy = stage / path.relative_to(root)
        if path.is_file() and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    command = ("uv", "lock", "--project", str(stage))
    try:
        run(command, cwd=stage, environment=_MAY_WRITE, timeout=_NETWORK_SECONDS)
    except ToolError as error:
        # What uv says of the copies is true of the files themselves.
        message = error.message.replace(str(stage), str(root))
        raise ToolError(message, hint=error.hint) from None
    return (stage / LOCK).read_bytes()


def _members(root: Path) -> Iterator[Path]:
    try:
        project = tomllib.loads((root / _PROJECT).read_text())
        patterns = project["tool"]["uv"]["workspace"]["members"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{_PROJECT} names no members of the uv workspace: {error}",
            hint="run loc inside the repository of the locations",
        ) from None
    for pattern in patterns:
        yield from root.glob(f"{pattern}/{_PROJECT}")
