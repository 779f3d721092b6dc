"""All rules by their code, for `loc check --explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loc.errors import UsageError
from loc.rules import (
    credentials,
    definitions,
    dependencies,
    environment,
    images,
    layout,
    naming,
    readiness,
    separation,
    values,
    workflows,
    workspace,
)

if TYPE_CHECKING:
    from loc.rules.rule import Rule

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        (
            *layout.RULES,
            *definitions.RULES,
            *naming.RULES,
            *separation.RULES,
            *dependencies.RULES,
            *credentials.RULES,
            *environment.RULES,
            *images.RULES,
            *workspace.RULES,
            *values.RULES,
            *workflows.RULES,
            *readiness.RULES,
        ),
        key=lambda rule: rule.code,
    )
}


def explain(code: str) -> str:
    """Return what a code means. Raises UsageError for a code that there is not."""
    rule = RULES.get(code.upper())
    if rule is None:
        raise UsageError(f"no such rule: {code}", hint="loc check --explain lists all of them")
    return rule.explained()


def overview() -> str:
    """Return a line for each rule, by section of the guide."""
    return "".join(f"{rule.code}  {rule.section}  {rule.title}\n" for rule in RULES.values())
