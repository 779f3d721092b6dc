"""Guide 2.3, environment agnosticism: the environment is read when something runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from loc.python_modules import import_time, meaning
from loc.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loc.findings import Finding
    from loc.python_modules import Module

AT_IMPORT = Rule(
    "L2350",
    "the environment is not read at import",
    "A location then loads only where every secret is set, and keeps the value of its start.",
    "Name the variable in a resource's field or `EnvVar`, and read it where it is used.",
)
RULES = (AT_IMPORT,)

_READERS = ("os.environ", "os.environb", "os.getenv", "os.getenvb", "dotenv.load_dotenv")
_VARIABLE = "dagster.EnvVar"
_SOURCES = ("os", "dotenv", "dagster")


def find(modules: Iterable[Module]) -> Iterator[Finding]:
    """Find what reads the environment while a module is imported."""
    for module in modules:
        lines = {node.lineno: what for node, what in _readings(module)}
        for line, what in sorted(lines.items()):
            yield AT_IMPORT.at(module.path, line, f"{what} is read when the module is imported")


def _readings(module: Module) -> Iterator[tuple[ast.expr, str]]:
    if not any(name.startswith(_SOURCES) for name in module.names.values()):
        return
    for node in import_time(module.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            found = meaning(module, node)
            if found in _READERS:
                yield node, found
            elif isinstance(node, ast.Attribute) and _is_env_var(module, node):
                yield node, "an EnvVar"


def _is_env_var(module: Module, node: ast.Attribute) -> bool:
    """Say whether the node is `EnvVar("X").get_value`."""
    made = node.value.func if isinstance(node.value, ast.Call) else None
    return node.attr == "get_value" and made is not None and meaning(module, made) == _VARIABLE
