"""What a rule has to say about a line, and the three ways it is shown."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, order=True)
class Finding:
    """One breach of a standard; `path` is relative to the root, `line` counts from 1."""

    path: str
    line: int
    code: str
    text: str


def as_text(findings: Iterable[Finding]) -> str:
    """Return `path:line: CODE text`, a line each, in order."""
    lines = (f"{shown(f.path)}:{f.line}: {f.code} {shown(f.text)}\n" for f in sorted(findings))
    return "".join(lines)


def as_json(findings: Iterable[Finding]) -> str:
    """Return a JSON list of objects with path, line, code and text."""
    return json.dumps([asdict(finding) for finding in sorted(findings)], indent=2) + "\n"


def as_markdown(findings: Iterable[Finding]) -> str:
    """Return a table for a pull request."""
    rows = [
        f"| `{cell(f.path)}:{f.line}` | {f.code} | {cell(f.text)} |\n" for f in sorted(findings)
    ]
    if not rows:
        return "No findings.\n"
    return "| where | code | what |\n|---|---|---|\n" + "".join(rows)


def shown(text: str) -> str:
    r"""Return `text` on one line of valid UTF-8: control characters and half bytes as escapes.

    Undecodable bytes of a path stand in it as lone surrogates, and are shown as `\xe9`.
    """
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def cell(text: str) -> str:
    """Return `text` for a cell of a Markdown table."""
    escaped = shown(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("|", "\\|").replace("`", "&#96;")


def _escape(char: str) -> str:
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return ascii(char)[1:-1]
