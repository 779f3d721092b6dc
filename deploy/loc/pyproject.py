"""Which tables of a pyproject.toml changed, and whether what they say reaches an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Purpose: TypeAlias = Literal["build", "test"]

# Tools that look at the code and are not installed into an image.
_DEVELOPMENT = {
    "tool.coverage",
    "tool.deptry",
    "tool.importlinter",
    "tool.mypy",
    "tool.pyright",
    "tool.ruff",
}
_TESTING = {
    "dependency-groups",
    "tool.pytest",
    "tool.uv.default-groups",
    "tool.uv.dev-dependencies",
}

# What the lock answers more exactly: `uv sync --frozen` installs what it holds, whatever these say.
_LOCKED = {
    "tool.uv.conflicts",
    "tool.uv.constraint-dependencies",
    "tool.uv.dependency-metadata",
    "tool.uv.environments",
    "tool.uv.exclude-newer",
    "tool.uv.override-dependencies",
    "tool.uv.prerelease",
    "tool.uv.required-environments",
    "tool.uv.resolution",
    "tool.uv.sources",
    "tool.uv.workspace",
}
_REQUIREMENTS = {"project.dependencies", "project.optional-dependencies"}


def location_effect(old: bytes | None, new: bytes | None) -> Iterator[tuple[Purpose, str]]:
    """Yield for each changed table of a location's file what it asks for."""
    for table in changed_tables(old, new):
        yield ("test" if table in _TESTING | _DEVELOPMENT else "build"), table


def shared_effect(old: bytes | None, new: bytes | None) -> Iterator[tuple[Purpose, str]]:
    """Yield the changed tables of the shared library's file that change every image it is in."""
    quiet = _TESTING | _DEVELOPMENT | _REQUIREMENTS | _LOCKED
    yield from (("build", table) for table in changed_tables(old, new) if table not in quiet)


def root_effect(old: bytes | None, new: bytes | None) -> Iterator[tuple[Purpose, str]]:
    """Yield for each changed table of the root's file what it asks of every location."""
    for table in changed_tables(old, new):
        if table in _TESTING:
            yield "test", table
        elif table not in _DEVELOPMENT | _LOCKED:
            yield "build", table


def changed_tables(old: bytes | None, new: bytes | None) -> list[str]:
    """Return the dotted names of the tables that differ; "unreadable" for a broken file.

    Names have two parts (`project.dependencies`, `tool.ruff`), three below `tool.uv`.
    """
    try:
        before, after = _flat(old), _flat(new)
    except ValueError:
        return ["unreadable"]
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def entry_points(content: bytes) -> list[tuple[str, str]]:
    """Return (group, object reference) of what a project offers to be loaded by name."""
    try:
        project = _parsed(content).get("project", {})
        groups = {
            "scripts": project.get("scripts", {}),
            "gui-scripts": project.get("gui-scripts", {}),
            **project.get("entry-points", {}),
        }
        return [(group, str(value)) for group, table in groups.items() for value in table.values()]
    except (ValueError, AttributeError):
        return []


def _flat(content: bytes | None) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in _below("", _parsed(content) if content is not None else {}):
        deeper = name in ("project", "tool")
        for inner, part in _below(f"{name}.", value) if deeper else ((name, value),):
            flat.update(_below(f"{inner}.", part) if inner == "tool.uv" else ((inner, part),))
    return flat


def _below(prefix: str, value: object) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((prefix + name, part) for name, part in value.items())
    return ((prefix.rstrip("."), value),)


def _parsed(content: bytes) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(content.decode())
