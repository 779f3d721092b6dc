"""What a project imports against what it declares, as deptry sees it."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

UNUSABLE = "DEP000"


@dataclass(frozen=True)
class Mismatch:
    """A finding of deptry: `code` is its own, `name` the module or the dependency."""

    path: str
    line: int
    code: str
    name: str


def compare(
    root: Path,
    pyproject: str,
    modules: Iterable[str],
    package: str,
    ignored: Mapping[str, tuple[str, ...]],
) -> list[Mismatch]:
    """Compare the imports of the files `modules` with the dependencies of a readable pyproject.

    `package` is the project's own; `ignored` are names by deptry's code that the project accepts.
    Where deptry itself cannot read the file, that is the one mismatch, under the code UNUSABLE.
    """
    try:
        return _compared(root, pyproject, modules, package, ignored)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return [Mismatch(pyproject, 1, UNUSABLE, str(error))]


def _compared(
    root: Path,
    pyproject: str,
    modules: Iterable[str],
    package: str,
    ignored: Mapping[str, tuple[str, ...]],
) -> list[Mismatch]:
    from deptry.dependency_getter.builder import DependencyGetterBuilder
    from deptry.imports.extract import get_imported_modules_from_list_of_files
    from deptry.module import ModuleBuilder, ModuleLocations
    from deptry.violations.finder import find_violations

    # It warns of each dependency whose import name it has to guess.
    logging.getLogger().addHandler(logging.NullHandler())
    builder = DependencyGetterBuilder(root / pyproject, {}, (), (), (), True, ())
    declared = builder.build().get()
    standard = sys.stdlib_module_names
    lists = (declared.dependencies, declared.dev_dependencies)
    imported = get_imported_modules_from_list_of_files([root / path for path in modules])
    found = [
        ModuleLocations(ModuleBuilder(name, {package}, standard, *lists).build(), places)
        for name, places in imported.items()
    ]
    violations = find_violations(found, declared.dependencies, (), ignored, standard)
    return [
        Mismatch(
            str(violation.location.file).removeprefix(f"{root}/"),
            violation.location.line or 1,
            violation.error_code,
            violation.issue.name,
        )
        for violation in violations
    ]
