"""Slices of uv.lock: what each workspace member installs, and how two locks differ for it.

The slice of a location is what `uv sync --frozen --no-dev --package X` puts into its image: the
records reached from its own over edges whose marker may hold there, with the extras they name.
Records count by what an image installs of them, so a new wheel for another system changes nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeAlias

from loc.lock_records import Lock, Package, artifacts, read
from loc.platforms import fits, may_hold

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from loc.lock_records import Edge

_MEMBER = re.compile(r"""\{ ?['"]?(?:editable|virtual|directory)['"]? ?[=:] ['"]([^'"]+)['"] ?\}""")

_Node: TypeAlias = tuple[int, str]
"""A record, by its place in the lock, and one of its extras; the extra "" is the record itself."""


@dataclass(frozen=True)
class SliceChange:
    """Why one workspace member installs something else: in its image, or only for its tests."""

    build: tuple[str, ...] = ()
    test: tuple[str, ...] = ()


UNLOCKED = SliceChange(build=("uv.lock: not locked",))
"""For a location that neither lock knows."""


@cache
def compare(old: bytes, new: bytes) -> Mapping[str, SliceChange]:
    """Return the change of each workspace member's slice, by the member's folder.

    Raises ValueError when either is no uv.lock or has a format that is not known.
    """
    before, after = _numbered([read(lock.decode()) for lock in (old, new)])
    records = {**before.records, **after.records}
    reasons = cache(lambda was, now: _reasons(records, was, now))
    return {
        member: _change(before, after, member, reasons)
        for member in sorted(before.members.keys() | after.members.keys())
    }


def installed(lock: bytes, member: str) -> set[tuple[str, str]]:
    """Return (name, version) of all that the image of the member in that folder installs."""
    (slices,) = _numbered([read(lock.decode())])
    return {(p.name, p.version) for p in _among(slices.records, slices.image(member))}


class _Slices:
    """Sets of records as the bits of an integer; `bits` has the bit of each record of the lock."""

    def __init__(self, lock: Lock, bits: Sequence[int]) -> None:
        self.records = dict(zip(bits, lock.packages, strict=True))
        self.members = {
            found[1]: place
            for place, package in enumerate(lock.packages)
            if (found := _MEMBER.search(package.source))
        }
        self._lock = lock
        self._bits = bits
        self._reached: dict[_Node, int] = {}
        self._places = defaultdict(list)
        for place, package in enumerate(lock.packages):
            self._places[package.name].append(place)

    def image(self, member: str) -> int:
        """Return what the member's image installs."""
        return self._all_of(self._lock.packages[self.members[member]].dependencies)

    def tests(self, member: str) -> int:
        """Return what its development groups and those of the root install on top."""
        own = self._lock.packages[self.members[member]].groups.values()
        return self._of_root | self._all_of(edge for group in own for edge in group)

    @cached_property
    def _of_root(self) -> int:
        project = self.members.get(".")
        groups = self._lock.packages[project].groups.values() if project is not None else ()
        return self._all_of((*self._lock.groups, *(edge for group in groups for edge in group)))

    def _all_of(self, edges: Iterable[Edge]) -> int:
        bits = 0
        for node in self._ends(edges):
            bits |= self._reach(node)
        return bits

    def _reach(self, start: _Node) -> int:
        if start in self._reached:
            return self._reached[start]
        bits, seen, waiting = 0, {start}, [start]
        while waiting:
            node = waiting.pop()
            if node in self._reached:
                bits |= self._reached[node]
                continue
            bits |= self._bits[node[0]]
            new = [end for end in self._ends(self._edges(node)) if end not in seen]
            seen.update(new)
            waiting.extend(new)
        self._reached[start] = bits
        return bits

    def _edges(self, node: _Node) -> tuple[Edge, ...]:
        place, extra = node
        package = self._lock.packages[place]
        return package.extras.get(extra, ()) if extra else package.dependencies

    def _ends(self, edges: Iterable[Edge]) -> Iterator[_Node]:
        for edge in edges:
            if edge.marker and not may_hold(edge.marker):
                continue
            for place in self._places[edge.name]:
                if edge.version in ("", self._lock.packages[place].version):
                    yield place, ""
                    for extra in edge.extras:
                        yield place, extra


def _numbered(locks: Sequence[Lock]) -> list[_Slices]:
    """Give a record the same bit in all locks that install the same files of it."""
    texts = [{package.text for package in lock.packages} for lock in locks]
    common = set.intersection(*texts)
    numbers: dict[Hashable, int] = {}

    def bit(package: Package) -> int:
        identity = package.text if package.text in common else _identity(package)
        return 1 << numbers.setdefault(identity, len(numbers))

    return [_Slices(lock, [bit(package) for package in lock.packages]) for lock in locks]


def _identity(package: Package) -> Hashable:
    """Return what an image installs of a record: its source archive only if it may need it."""
    archive, wheels = artifacts(package)
    fitting = tuple(sorted(wheel for wheel in wheels if fits(wheel.name)))
    anywhere = any(wheel.name.endswith("-none-any.whl") for wheel in fitting)
    return package.name, package.version, package.source, fitting, None if anywhere else archive


def _change(
    before: _Slices, after: _Slices, member: str, reasons: Callable[[int, int], tuple[str, ...]]
) -> SliceChange:
    if member not in before.members:
        return SliceChange(build=("uv.lock: locked for the first time",))
    if member not in after.members:
        return SliceChange(build=("uv.lock: no longer locked",))
    return SliceChange(
        build=reasons(before.image(member), after.image(member)),
        test=reasons(before.tests(member), after.tests(member)),
    )


def _reasons(records: dict[int, Package], was: int, now: int) -> tuple[str, ...]:
    """Return `uv.lock: polars 1.9 -> 1.10` for each name whose records differ."""
    gone = _versions(_among(records, was & ~now))
    come = _versions(_among(records, now & ~was))
    return tuple(
        f"uv.lock: {name} {_step(gone.get(name, ''), come.get(name, ''))}"
        for name in sorted(gone.keys() | come.keys())
    )


def _step(gone: str, come: str) -> str:
    if gone and come:
        return f"{gone} -> {come}" if gone != come else f"{come} has other files or another source"
    return f"{come} added" if come else f"{gone} removed"


def _versions(packages: Iterable[Package]) -> dict[str, str]:
    versions = defaultdict(list)
    for package in packages:
        versions[package.name].append(package.version or "without version")
    return {name: ", ".join(sorted(found)) for name, found in versions.items()}


def _among(records: dict[int, Package], bits: int) -> Iterator[Package]:
    while bits:
        lowest = bits & -bits
        yield records[lowest]
        bits ^= lowest
