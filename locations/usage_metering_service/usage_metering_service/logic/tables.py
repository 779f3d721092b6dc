"""Markdown tables for the run's page. Names come from untrusted records, so they are escaped."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ROWS = 20
_MARKUP = re.compile(r"([\\`*_\[\]|~#])")


def operations_table(counts: Iterable[Mapping[str, int]]) -> str:
    """Return the events per operation, added up, the largest first; the rest in one row."""
    total: dict[str, int] = {}
    for table in counts:
        for name, number in table.items():
            total[name] = total.get(name, 0) + number
    ranked = sorted(total.items(), key=lambda entry: (-entry[1], entry[0]))
    rows = [f"| {_escaped(name)} | {number} |" for name, number in ranked[:_ROWS]]
    if rest := ranked[_ROWS:]:
        rows.append(f"| ({len(rest)} others) | {sum(number for _, number in rest)} |")
    return "\n".join(["| operation | events |", "|---|--:|", *rows])


def _escaped(name: str) -> str:
    return _MARKUP.sub(r"\\\1", html.escape(name))
