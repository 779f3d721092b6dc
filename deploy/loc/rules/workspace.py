"""Guide 5.1, step 4: the folders, the workspace and the values files name the same locations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loc.rules.rule import Rule
from loc.settings import PLATFORM, VALUES, WORKSPACE
from loc.yaml_nodes import EMPTY, Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from loc.findings import Finding
    from loc.locations import Location
    from loc.yaml_nodes import Node

DIFFERENT = Rule(
    "L5101",
    "workspace.yaml, the values files and the folders name the same locations",
    "A location that one of them lacks is developed and not deployed, or the other way around.",
    "Add or remove the entry or the file; `loc new` writes all of them.",
)
RULES = (DIFFERENT,)


def find(
    locations: Iterable[Location],
    known: Collection[str],
    workspace: Node | None,
    values: Collection[str],
    *,
    whole: bool,
) -> Iterator[Finding]:
    """Find differences for `locations`; with `whole`, also what stands for no location.

    `known` are the names of all locations, `values` the paths of all values files; the workspace
    is None where it cannot be read, which is a finding of its own.
    """
    entries = list(_entries(workspace or EMPTY))
    names = [name for name, _, _ in entries]
    for location in locations:
        if workspace is not None and location.name not in names:
            yield DIFFERENT.at(WORKSPACE, 1, f"{location.name} has no entry")
        if location.values not in values:
            yield DIFFERENT.at(location.values, 1, f"{location.name} has no values file")
    wanted = {location.name for location in locations}
    for position, (name, module, line) in enumerate(entries):
        if name in wanted or (whole and name not in known):
            yield from _entry(name, module, line, known, is_second=name in names[:position])
    if whole:
        yield from _orphans(values, known)


def _entry(
    name: str, module: str, line: int, known: Collection[str], *, is_second: bool
) -> Iterator[Finding]:
    if name not in known:
        yield DIFFERENT.at(WORKSPACE, line, f"{name or 'an entry'} has no folder")
    elif is_second:
        yield DIFFERENT.at(WORKSPACE, line, f"{name} has a second entry")
    elif module != f"{name}.repository":
        loads = module or "no python_module"
        yield DIFFERENT.at(WORKSPACE, line, f"{name} loads {loads}, not {name}.repository")


def _orphans(values: Collection[str], known: Collection[str]) -> Iterator[Finding]:
    for path in sorted(values):
        name = path.removeprefix(f"{VALUES}/").removesuffix(".yaml")
        if name not in known and name != PLATFORM:
            yield DIFFERENT.at(path, 1, f"{name} has no folder in locations/")


def _entries(workspace: Node) -> Iterator[tuple[str, str, int]]:
    """Yield name, module and line of each entry; empty texts for what it does not say."""
    found = workspace.get("load_from") if isinstance(workspace, Mapping) else None
    for item in found.items if isinstance(found, Sequence) else ():
        loader = item.get("python_module") if isinstance(item, Mapping) else None
        yield _text(loader, "location_name"), _text(loader, "module_name"), item.line


def _text(node: Node | None, key: str) -> str:
    found = node.get(key) if isinstance(node, Mapping) else None
    return found.text if isinstance(found, Scalar) else ""
