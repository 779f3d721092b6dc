"""Locations are discovered, never listed: a folder in `locations/` is a location."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loc.errors import UsageError
from loc.settings import LOCATIONS, VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PREFIX = f"{LOCATIONS}/"


@dataclass(frozen=True, order=True)
class Location:
    """A code location; paths are relative to the repository's root, with `/`."""

    name: str

    @property
    def path(self) -> str:
        """The guide's project-root."""
        return _PREFIX + self.name

    @property
    def package(self) -> str:
        """Folder of the importable package, which has the location's name."""
        return f"{self.path}/{self.name}"

    @property
    def values(self) -> str:
        """The file that says how the location runs."""
        return f"{VALUES}/{self.name}.yaml"


def owner(path: str) -> str | None:
    """Return the name of the location whose folder holds `path`, None outside of them all."""
    if not path.startswith(_PREFIX):
        return None
    name, slash, _ = path[len(_PREFIX) :].partition("/")
    return name if slash else None


def discover(paths: Iterable[str]) -> list[Location]:
    """Return the locations that own at least one of the repository's files, by name."""
    inside = (path[len(_PREFIX) :] for path in paths if path.startswith(_PREFIX))
    names = {path.partition("/")[0] for path in inside if "/" in path}
    return [Location(name) for name in sorted(names)]


def select(locations: Sequence[Location], names: Sequence[str]) -> list[Location]:
    """Return the named locations, all where none is named. Raises UsageError on unknown names."""
    known = {location.name: location for location in locations}
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise UsageError(
            f"no such location: {', '.join(unknown)}",
            hint=f"the locations are: {', '.join(known) or 'none yet, start one with loc new'}",
        )
    return [known[name] for name in dict.fromkeys(names)] if names else list(locations)
