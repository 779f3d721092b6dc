"""A location as the rules see it: its files, its modules and what it declares, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loc import declarations
from loc.python_modules import Module, Unreadable, parse
from loc.settings import SHARED, SHARED_PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loc.declarations import Declarations
    from loc.locations import Location
    from loc.sources import File


@dataclass(frozen=True)
class Project:
    """A location with what its files say; `declared` is None where there is no pyproject.toml."""

    location: Location
    files: tuple[File, ...]
    modules: tuple[Module, ...]
    unreadable: tuple[Unreadable, ...]
    declared: Declarations | Unreadable | None

    @property
    def repository(self) -> Module | None:
        """The module that Dagster loads."""
        name = f"{self.location.name}.repository"
        return next((module for module in self.modules if module.name == name), None)

    @property
    def dockerfile(self) -> File | None:
        """The file that its image is built from."""
        path = f"{self.location.path}/Dockerfile"
        return next((file for file in self.files if file.path == path), None)

    @property
    def is_whole(self) -> bool:
        """Whether it can be imported, as far as reading shows: its name, and every file."""
        name = self.location.name
        return name.isidentifier() and not self.unreadable and self._is_package

    def layer(self, name: str) -> list[Module]:
        """Return the modules of a layer, such as jobs."""
        return [m for m in self.modules if m.is_in(f"{self.location.name}.{name}")]

    @property
    def _is_package(self) -> bool:
        return any(module.name == self.location.name for module in self.modules)


def read(location: Location, files: Sequence[File]) -> Project:
    """Read a location's files; what cannot be read is kept with the reason."""
    modules, unreadable = _parsed(files, location.path, location.package)
    path = f"{location.path}/pyproject.toml"
    pyproject = next((file for file in files if file.path == path), None)
    declared = declarations.read(pyproject) if pyproject else None
    return Project(location, tuple(files), modules, unreadable, declared)


def read_library(files: Iterable[File]) -> tuple[tuple[Module, ...], tuple[Unreadable, ...]]:
    """Read the modules of the shared library."""
    return _parsed(files, SHARED, f"{SHARED}/{SHARED_PACKAGE}")


def _parsed(
    files: Iterable[File], folder: str, package: str
) -> tuple[tuple[Module, ...], tuple[Unreadable, ...]]:
    inside = [f for f in files if f.path.startswith(f"{package}/") and f.name.endswith(".py")]
    parsed = [parse(file, folder) for file in inside]
    modules = tuple(found for found in parsed if isinstance(found, Module))
    return modules, tuple(found for found in parsed if isinstance(found, Unreadable))
