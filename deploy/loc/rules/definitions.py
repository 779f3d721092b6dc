"""Guide 2.2: one `Definitions` that loads, and a repository.py that only lists."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from loc.python_modules import dotted
from loc.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loc.findings import Finding
    from loc.locations import Location
    from loc.python_modules import Module
    from loc.registered import Registered

NOT_LOADED = Rule(
    "L2201",
    "the definitions load",
    "What does not load is not served: production keeps the old code, or loses the location.",
    "Load it with `dagster definitions validate`; loading needs no secret and no network.",
)
NOT_ONE = Rule(
    "L2202",
    "repository.py holds exactly one Definitions",
    "The platform loads the one `Definitions` object of the module; it refuses none and several.",
    "Write `defs = Definitions(...)` once; join several with `Definitions.merge(...)`.",
)
NOT_A_TABLE = Rule(
    "L2203",
    "repository.py is a table of contents",
    "It is loaded by every process; logic in it runs at each start and is tested by nothing.",
    "Keep imports and assignments; move the rest into jobs, resources or logic.",
)
RULES = (NOT_LOADED, NOT_ONE, NOT_A_TABLE)

_CONTENTS = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
_NAMES = ("Definitions", "Definitions.merge")
_WORDS = {
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
    ast.ClassDef: "a class",
    ast.If: "an if",
    ast.For: "a loop",
    ast.While: "a loop",
    ast.Try: "a try",
    ast.With: "a with",
    ast.Expr: "a call",
}


def find(module: Module) -> Iterator[Finding]:
    """Find what repository.py should not hold, from its text."""
    made = [node.lineno for node in module.tree.body if _makes_definitions(node)]
    if not made:
        yield NOT_ONE.at(module.path, 1, "assigns no Definitions(...)")
    for line in made[1:]:
        yield NOT_ONE.at(module.path, line, f"a second Definitions(...), after line {made[0]}")
    for node in module.tree.body:
        if not (isinstance(node, _CONTENTS) or _is_text(node) or _is_for_types(node)):
            what = _WORDS.get(type(node), type(node).__name__)
            yield NOT_A_TABLE.at(module.path, node.lineno, f"{what} in a table of contents")


def find_loaded(location: Location, registered: Registered) -> Iterator[Finding]:
    """Find what only loading shows."""
    path = f"{location.package}/repository.py"
    error = registered.error
    if error:
        yield NOT_LOADED.at(error.path or path, error.line, f"does not load: {error.text}")
    elif len(registered.definitions) != 1:
        names = ", ".join(registered.definitions) or "none"
        yield NOT_ONE.at(path, 1, f"the loaded module does not hold one Definitions: {names}")


def _makes_definitions(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.Call):
        return False
    name = dotted(value.func)
    return any(name == known or name.endswith(f".{known}") for known in _NAMES)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING")
