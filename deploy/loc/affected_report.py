"""Affected locations as text, JSON, a matrix for the workflow, and Markdown with a picture."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from loc.findings import cell, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from loc.changes import Affected, Purpose, Reason

_SHOWN_REASONS = 5
_SHOWN_NAMES = 5
_SHOWN_GROUPS = 25


def as_text(found: Iterable[Affected]) -> str:
    """Return a line `location: purpose` for each, its reasons below."""
    lines = []
    for each in found:
        lines.append(f"{shown(each.location)}: {each.for_}\n")
        lines.extend(f"  {shown(text)}\n" for text in _few(map(str, each.reasons), _SHOWN_REASONS))
    return "".join(lines)


def as_json(found: Iterable[Affected]) -> str:
    """Return a list of objects with `location`, `for` and all `reasons`."""
    objects = [
        {"location": each.location, "for": each.for_, "reasons": [*map(str, each.reasons)]}
        for each in found
    ]
    return json.dumps(objects, indent=2) + "\n"


def as_matrix(found: Iterable[Affected]) -> str:
    """Return a job matrix on one line: a leg for each location to build."""
    legs = [{"location": each.location} for each in found if each.for_ == "build"]
    return json.dumps({"include": legs}) + "\n"


def as_markdown(found: Sequence[Affected]) -> str:
    """Return a table for a pull request, and a picture of what reached what (mermaid)."""
    if not found:
        return "No location is affected.\n"
    groups = _groups(found)
    few = groups[:_SHOWN_GROUPS]
    table = "".join(
        f"| {_names(names, cell)} | {purpose} | {'<br>'.join(_cells(reasons))} |\n"
        for purpose, reasons, names in few
    )
    rest = sum(len(names) for _, _, names in groups[_SHOWN_GROUPS:])
    more = f"\nAnd {rest} more; `loc affected --json` has them all.\n" if rest else ""
    return f"| location | for | why |\n|---|---|---|\n{table}{more}\n{_picture(few)}"


def _groups(found: Iterable[Affected]) -> list[tuple[Purpose, tuple[Reason, ...], list[str]]]:
    """Gather the locations that are affected for the same reasons."""
    groups: defaultdict[tuple[Purpose, tuple[Reason, ...]], list[str]] = defaultdict(list)
    for each in found:
        groups[each.for_, each.reasons].append(each.location)
    return [(purpose, reasons, names) for (purpose, reasons), names in groups.items()]


def _picture(groups: Iterable[tuple[Purpose, tuple[Reason, ...], list[str]]]) -> str:
    nodes: dict[str, str] = {}
    edges: dict[str, None] = {}
    for purpose, reasons, names in groups:
        end = f"{_names(names, _label)}<br>{purpose}"
        for reason in reasons[:_SHOWN_REASONS]:
            way = [*map(_label, (reason.what, *reason.through)), end]
            ids = [nodes.setdefault(label, f"n{len(nodes)}") for label in way]
            edges.update(dict.fromkeys(f"  {a} --> {b}\n" for a, b in pairwise(ids)))
    boxes = "".join(f'  {name}["{label}"]\n' for label, name in nodes.items())
    return f"```mermaid\nflowchart LR\n{boxes}{''.join(edges)}```\n"


def _cells(reasons: Sequence[Reason]) -> list[str]:
    return [cell(text) for text in _few(map(str, reasons), _SHOWN_REASONS)]


def _names(names: Sequence[str], escaped: Callable[[str], str]) -> str:
    return ", ".join(map(escaped, _few(names, _SHOWN_NAMES)))


def _few(texts: Iterable[str], most: int) -> list[str]:
    every = list(texts)
    rest = len(every) - most
    return [*every[:most], f"and {rest} more"] if rest > 0 else every


def _label(text: str) -> str:
    """Return text for a quoted label of mermaid, which has entities of its own."""
    return "".join(
        char if char.isalnum() or char in _SAFE else f"#{ord(char)};" for char in shown(text)
    )


_SAFE = " _-./:,()"
FORMS: Mapping[str, Callable[[Sequence[Affected]], str]] = {
    "text": as_text,
    "json": as_json,
    "matrix": as_matrix,
    "markdown": as_markdown,
}
