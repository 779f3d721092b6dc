"""Guide 2.3, naming conventions: snake_case, as it is registered and not only as it is written."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from loc.names import service_name
from loc.rules.rule import Rule
from loc.sources import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loc.declarations import Declarations
    from loc.findings import Finding
    from loc.locations import Location
    from loc.python_modules import Module
    from loc.registered import Job, Registered

LOCATION = Rule(
    "L2301",
    "the location's name is snake_case",
    "The name is a Python package, a folder, a service and what the platform shows.",
    "Rename the folder and the package, such as inventory_sync_service.",
)
JOB = Rule(
    "L2302",
    "the names of jobs are snake_case, as registered",
    "The platform starts a job by its registered name, which `name=` can make differ.",
    "Name the function or its `name=` such as inventory_sync_job.",
)
OP = Rule(
    "L2303",
    "the names of ops are snake_case, as registered",
    "Run configuration and logs name an op as it is registered, aliases included.",
    "Name the function, its `name=` or its alias such as fetch_inventory_pages.",
)
PROJECT = Rule(
    "L2304",
    "the project has the location's name, in kebab-case",
    "The image is built with `uv sync --package <name>`: another name builds something else.",
    'Write `name = "inventory-sync-service"` for inventory_sync_service.',
)
RULES = (LOCATION, JOB, OP, PROJECT)

_SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_KEY_PARTS = "__"  # dagster joins the parts of an asset's key with it


def find(location: Location, declared: Declarations | None) -> Iterator[Finding]:
    """Find wrong names of a location and its project."""
    if not _SNAKE.fullmatch(location.name):
        yield LOCATION.at(location.path, 1, f"{location.name} is not snake_case")
    if declared and declared.name != service_name(location.name):
        line = line_of(declared.text, "name")
        wanted = service_name(location.name)
        yield PROJECT.at(declared.path, line, f"the project is {declared.name}, not {wanted}")


def find_registered(
    location: Location, registered: Registered, modules: Sequence[Module]
) -> Iterator[Finding]:
    """Find wrong names among what Dagster registered."""
    for job in registered.jobs:
        if not _SNAKE.fullmatch(job.name):
            yield JOB.at(*place(location, modules, job), f"the job {job.name} is not snake_case")
        for op in job.ops:
            if not _SNAKE.fullmatch(op.replace(_KEY_PARTS, "_")):
                where = definition(modules, op) or place(location, modules, job)
                yield OP.at(*where, f"the op {op} is not snake_case")


def place(location: Location, modules: Sequence[Module], job: Job) -> tuple[str, int]:
    """Return path and line of a job's definition, of repository.py where it cannot be found."""
    return definition(modules, job.name) or (f"{location.package}/repository.py", 1)


def definition(modules: Sequence[Module], name: str) -> tuple[str, int] | None:
    """Return path and line of what is registered under a name, None where it cannot be found."""
    for module in modules:
        for node in module.nodes:
            if _names(node, name):
                return module.path, node.lineno  # type: ignore[attr-defined]
    return None


def _names(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name == name
    texts: list[ast.expr] = []
    if isinstance(node, ast.Call):
        texts = [keyword.value for keyword in node.keywords if keyword.arg == "name"]
        texts += node.args if isinstance(node.func, ast.Attribute) else []
    return any(isinstance(text, ast.Constant) and text.value == name for text in texts)
