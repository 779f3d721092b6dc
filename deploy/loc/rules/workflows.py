"""Guide 5.1, step 1: the workflows that build and deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loc.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loc.findings import Finding

WORKFLOWS = ".gitea/workflows"

AUDIT = Rule(
    "L5108",
    "zizmor has nothing against the workflows",
    "A workflow holds the right to push images: what it lets in, it lets into production.",
    "Look the finding's name up in zizmor's documentation; `# zizmor: ignore[...]` with a reason.",
)
RULES = (AUDIT,)


def find(advice: Iterable[tuple[str, int, str, str]]) -> Iterator[Finding]:
    """Turn what zizmor says, (path, line, name, text), into findings."""
    return (AUDIT.at(path, line, f"{name}: {text}") for path, line, name, text in advice)
