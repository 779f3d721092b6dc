"""Reads uv.lock as packages and the edges between them.

uv writes the file in one layout. Reading that layout by lines takes a tenth of the time of a TOML
parser at a thousand locations; a section in any other layout is given to `tomllib`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FORMAT = 1
"""The lock's format that is understood; uv raises it when a reader of the old would be wrong."""

_SECTION = "\n[[package]]\n"
_GROUPS = "[manifest.dependency-groups]\n"
_VERSION = re.compile(r"^version = (\d+)$", re.MULTILINE)
_STRING = r'"[^"\n]*"'
_LAYOUT = re.compile(
    rf"name = {_STRING}\n(?:version = {_STRING}\n)?source = \{{ .* \}}\n"
    rf"(?:(?:\"?[\w.-]+\"? = (?:\[|\[(?:{_STRING}(?:, {_STRING})*)?\]|{_STRING}|\{{ .* \}}"
    r"|\[\{ (?!.*\}, \{).* \}\])"
    rf"|    (?:\{{ .* \}}|{_STRING}),|\]|\[package\.[a-z.-]+\]|)\n)*"
)
_HEAD = re.compile(r'name = "(.*)"\n(?:version = "(.*)"\n)?source = (\{ .* \})\n')
_BLOCK = re.compile(
    r"^(?:\[package\.([a-z.-]+)\]"
    r'|"?([\w.-]+)"? = \[(?:\n((?:    \{ name = .* \},\n)*)|(\{ name = .* \}))\])$',
    re.MULTILINE,
)
_TABLES = ("", "optional-dependencies", "dev-dependencies")
_EDGE = re.compile(rf"    \{{ name = ({_STRING})(.*) \}},\n")
_DETAIL = re.compile(
    rf"\b(version|extras?|marker) = (?:({_STRING})|\[({_STRING}(?:, {_STRING})*)\])"
)


@dataclass(frozen=True)
class Edge:
    """A dependency as the lock names it; `version` only where one name has several records."""

    name: str
    version: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""


@dataclass(frozen=True)
class Package:
    """One record of the lock. `text` is the record as written, without its heading."""

    name: str
    version: str
    source: str
    text: str = field(repr=False)
    dependencies: tuple[Edge, ...] = ()
    extras: Mapping[str, tuple[Edge, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[Edge, ...]] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Artifact:
    """A file that an installer takes: its name, and its hash (its whole entry where none is)."""

    name: str
    content: str


@dataclass(frozen=True)
class Lock:
    """All records, and the dependency groups of a root that is no project itself."""

    packages: tuple[Package, ...]
    groups: tuple[Edge, ...]


def read(text: str) -> Lock:
    """Read a lock; of a second one, only the records that differ.

    Raises ValueError when it is no uv.lock or is in a format that this does not know.
    """
    head, *sections = text.replace("\r\n", "\n").split(_SECTION)
    version = _VERSION.search(head)
    if not version or int(version[1]) != FORMAT:
        message = f"its format is {version[1] if version else 'unknown'}, not {FORMAT}"
        raise ValueError(message)
    try:
        return Lock(tuple(map(_package, sections)), _root_groups(head))
    except (KeyError, TypeError, AttributeError) as error:
        message = f"a record lacks what uv writes: {error}"
        raise ValueError(message) from error


def artifacts(package: Package) -> tuple[Artifact | None, list[Artifact]]:
    """Return a record's source archive, if it has one, and its wheels."""
    if "\nsdist = " not in package.text and "\nwheels = " not in package.text:
        return None, []
    import tomllib

    (record,) = tomllib.loads(_SECTION + package.text)["package"]
    archive = record.get("sdist")
    wheels = [_artifact(wheel) for wheel in record.get("wheels", ())]
    return _artifact(archive) if archive else None, wheels


@cache
def _package(section: str) -> Package:
    text = section.rstrip("\n") + "\n"
    head = _HEAD.match(text)
    if not head or "\\" in text or not _LAYOUT.fullmatch(text):
        return _package_by_toml(section)
    tables: dict[str, dict[str, tuple[Edge, ...]]] = {}
    table = ""
    for block in _BLOCK.finditer(text):
        if block[1]:
            table = block[1]
        elif table in _TABLES:
            tables.setdefault(table, {})[block[2]] = _edges(block[3] or f"    {block[4]},\n")
    return Package(
        name=head[1],
        version=head[2] or "",
        source=head[3],
        text=section,
        dependencies=tables.get("", {}).get("dependencies", ()),
        extras=tables.get("optional-dependencies", {}),
        groups=tables.get("dev-dependencies", {}),
    )


def _edges(lines: str) -> tuple[Edge, ...]:
    return tuple(_edge(name, rest) for name, rest in _EDGE.findall(lines))


@cache
def _edge(name: str, rest: str) -> Edge:
    version, marker, extras = "", "", ()
    for key, single, several in _DETAIL.findall(rest):
        if key == "version":
            version = single[1:-1]
        elif key == "marker":
            marker = single[1:-1]
        else:
            extras = tuple(several[1:-1].split('", "'))
    return Edge(name[1:-1], version, extras, marker)


def _root_groups(head: str) -> tuple[Edge, ...]:
    _, found, rest = head.partition(_GROUPS)
    if not found:
        return ()
    import tomllib

    table = rest.partition("\n[")[0]
    return tuple(edge for group in tomllib.loads(table).values() for edge in map(_toml_edge, group))


def _package_by_toml(section: str) -> Package:
    import tomllib

    (record,) = tomllib.loads(_SECTION + section)["package"]
    return Package(
        name=record["name"],
        version=record.get("version", ""),
        source=repr(record.get("source")),
        text=section,
        dependencies=_toml_edges(record.get("dependencies", ())),
        extras=_toml_tables(record.get("optional-dependencies", {})),
        groups=_toml_tables(record.get("dev-dependencies", {})),
    )


def _toml_tables(tables: Mapping[str, Iterable[dict[str, Any]]]) -> dict[str, tuple[Edge, ...]]:
    return {name: _toml_edges(edges) for name, edges in tables.items()}


def _toml_edges(edges: Iterable[dict[str, Any]]) -> tuple[Edge, ...]:
    return tuple(map(_toml_edge, edges))


def _toml_edge(edge: dict[str, Any]) -> Edge:
    extras = (*edge.get("extra", ()), *edge.get("extras", ()))
    return Edge(edge["name"], edge.get("version", ""), extras, edge.get("marker", ""))


def _artifact(entry: dict[str, Any]) -> Artifact:
    place = str(entry.get("filename") or entry.get("url") or entry.get("path") or "")
    return Artifact(place.rpartition("/")[2], entry.get("hash") or repr(entry))
