"""Guide 2.3, dependency management: what is imported is declared, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loc.python_modules import Unreadable
from loc.rules.rule import Rule
from loc.sources import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loc.declarations import Declarations
    from loc.findings import Finding

UNREADABLE = Rule(
    "L2330",
    "pyproject.toml can be read and declares name, dependencies and build system",
    "The image is installed from it; dependencies that are computed cannot be reviewed.",
    "Mend the file; list `dependencies` in [project] and `requires` in [build-system].",
)
UNDECLARED = Rule(
    "L2331",
    "every import is declared",
    "What another package happens to bring along is gone with its next version.",
    "Add the package to the location's own `dependencies`, and run `uv lock`.",
)
UNUSED = Rule(
    "L2332",
    "every declared dependency is imported",
    "An unused package makes the image larger, and rebuilds it when the package changes.",
    "Remove it. If it is used without an import, such as a driver, name it in the location's "
    "[tool.deptry.per_rule_ignores] under DEP002.",
)
DEVELOPMENT = Rule(
    "L2333",
    "nothing of a development group is imported at run time",
    "The image is installed without development groups: the import fails there.",
    "Move the package from the group to `dependencies`.",
)
UNBOUNDED = Rule(
    "L2334",
    "the build backend has an upper bound",
    "It is the one requirement that uv.lock does not hold: a new release changes images unseen.",
    'Write such as `requires = ["uv_build>=0.9,<0.14"]`.',
)
RULES = (UNREADABLE, UNDECLARED, UNUSED, DEVELOPMENT, UNBOUNDED)

# Codes of deptry.
_RULES = {
    "DEP000": (UNREADABLE, "stops deptry"),
    "DEP001": (UNDECLARED, "is imported and neither declared nor installed"),
    "DEP002": (UNUSED, "is declared and not imported"),
    "DEP003": (UNDECLARED, "is imported and not declared: another package brings it along"),
    "DEP004": (DEVELOPMENT, "is imported and declared for development only"),
    "DEP005": (UNUSED, "is declared and part of Python itself"),
}
_UPPER = {"<", "<=", "==", "===", "~="}


def find(declared: Declarations | Unreadable) -> Iterator[Finding]:
    """Find what is wrong with a location's pyproject.toml itself."""
    if isinstance(declared, Unreadable):
        yield UNREADABLE.at(declared.path, declared.line, f"not usable: {declared.reason}")
        return
    for requirement in declared.backend:
        if not _is_bounded(requirement):
            line = line_of(declared.text, requirement)
            yield UNBOUNDED.at(declared.path, line, f"{requirement} has no upper bound")


def find_mismatches(
    declared: Declarations, found: Iterable[tuple[str, int, str, str]]
) -> Iterator[Finding]:
    """Turn what deptry found, (path, line, code, name), into findings."""
    for path, line, code, name in found:
        rule, text = _RULES.get(code, (UNDECLARED, code))
        if path == declared.path:
            line = line_of(declared.text, f'"{name}')  # noqa: PLW2901 - deptry knows no line there
        yield rule.at(path, line, f"{name} {text}")


def _is_bounded(requirement: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        specifiers = Requirement(requirement).specifier
    except InvalidRequirement:
        return False
    return any(specifier.operator in _UPPER for specifier in specifiers)
