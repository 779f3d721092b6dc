"""What git says about a commit and about the way from one to another, in git's own raw form."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from loc.settings import LOCATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LINK = "120000"
SUBMODULE = "160000"
ABSENT = "000000"
_RECORD = re.compile(r"(\d+) \w+ (\w+)\t([^\0]*)\0")
_INSIDE = re.compile(rf"\0\d+ \w+ \w+\t{LOCATIONS}/([^/\0]+)/")
_FOREIGN = (LINK, SUBMODULE)


@dataclass(frozen=True)
class Tree:
    """The files of a commit, as `git ls-tree -r -z` lists them; read only as far as it is asked."""

    listing: str

    @cached_property
    def files(self) -> dict[str, tuple[str, str]]:
        """Mode and id of the content, by path."""
        return {path: (mode, blob) for mode, blob, path in _RECORD.findall(self.listing)}

    @cached_property
    def locations(self) -> frozenset[str]:
        """Names of the locations; one may also be a link or a submodule itself."""
        inside = _INSIDE.findall(f"\0{self.listing}")
        return frozenset([*inside, *(name for path in self.foreign if (name := _direct(path)))])

    @cached_property
    def foreign(self) -> dict[str, str]:
        """Ids of the links and submodules, by path."""
        if not any(f"\0{mode} " in f"\0{self.listing}" for mode in _FOREIGN):
            return {}
        return {path: blob for path, (mode, blob) in self.files.items() if mode in _FOREIGN}

    def below(self, folder: str) -> dict[str, str]:
        """Return the paths below a folder, with the id of their content."""
        prefix = f"{folder}/"
        return {path: blob for path, (_, blob) in self.files.items() if path.startswith(prefix)}


@dataclass(frozen=True)
class Change:
    """A path that differs; `through` is what changed, where `path` reaches it over a link."""

    path: str
    old_mode: str
    new_mode: str
    old_blob: str
    new_blob: str
    through: str = ""

    @property
    def shown(self) -> str:
        """The change as a reason."""
        return f"{self.path}{self.through and f' -> {self.through}'}: {self._verb}"

    @property
    def location(self) -> str | None:
        """Name of the location that is itself this path: a link or a submodule."""
        foreign = self.old_mode in _FOREIGN or self.new_mode in _FOREIGN
        return _direct(self.path) if foreign else None

    @property
    def _verb(self) -> str:
        if self.old_mode == ABSENT:
            return "added"
        if self.new_mode == ABSENT:
            return "deleted"
        return "changed" if self.old_blob != self.new_blob else "mode changed"


def read_changes(raw: str) -> list[Change]:
    """Read the raw format of `git diff -z --no-abbrev --no-renames`, by path."""
    fields = raw.split("\0")
    pairs = zip(fields[::2], fields[1::2], strict=False)
    changes = [Change(path, *attributes[1:].split(" ")[:4]) for attributes, path in pairs]
    return sorted(changes, key=lambda change: change.path)


def link_target(path: str, content: bytes) -> str | None:
    """Return what a link points at, seen from the root, None outside of the repository."""
    target = normpath(join(dirname(path), content.decode(errors="surrogateescape")))
    return None if target.startswith(("/", "..")) else target


def through_links(changes: Iterable[Change], links: Mapping[str, str]) -> list[Change]:
    """Add to the changes those that each link passes on, and links to links; no link twice."""
    found = {change.path: change for change in changes}
    waiting = [(change, frozenset[str]()) for change in found.values()] if links else []
    while waiting:
        change, passed = waiting.pop()
        for link, path in _passed_on(change.path, links):
            if link not in passed and path not in found:
                found[path] = replace(change, path=path, through=change.through or change.path)
                waiting.append((found[path], passed | {link}))
    return [found[path] for path in sorted(found)]


def _passed_on(path: str, links: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for link, target in links.items():
        if path == target:
            yield link, link
        elif target == "." or path.startswith(f"{target}/"):
            yield link, join(link, path if target == "." else path[len(target) + 1 :])


def _direct(path: str) -> str | None:
    folder, _, name = path.rpartition("/")
    return name if folder == LOCATIONS else None
