"""Decides which locations a change affects, for what, and why: values in, values out.

- build: the image changes: the location's own files, the modules of the shared library it reaches,
  its slice of uv.lock, what its Dockerfile copies, settings of every image, its values file
- test: only tests, documents or development dependencies change; what is built is tested anyway
- remove: the location is gone
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from loc import pyproject
from loc.locations import owner
from loc.settings import LOCATIONS, SHARED, VALUES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from loc.dockerfile import Copied
    from loc.imports import Library, Use
    from loc.tree import Change

Purpose: TypeAlias = Literal["build", "test", "remove"]

# What installs and what is checked out depends on these, wherever an image is built.
_EVERY_IMAGE = {".gitattributes", ".python-version", "uv.toml"}
# How every location is tested: what runs the tests, and what they all read.
_EVERY_TEST = {"conftest.py", "pytest.ini", "setup.cfg", "tox.ini"}
_WORKFLOWS = (".ci/", ".gitea/workflows/", ".github/workflows/")
_ASIDE = ("tests/", "docs/")
_DOCUMENTS = (".md", ".rst")


@dataclass(frozen=True)
class Reason:
    """What changed, and over which modules and files it reaches the location, if over any."""

    what: str
    through: tuple[str, ...] = ()

    def __str__(self) -> str:
        return (
            f"{self.what}, reached through {', '.join(self.through)}" if self.through else self.what
        )


@dataclass(frozen=True)
class Affected:
    """A location that a change affects: for what, and each reason."""

    location: str
    for_: Purpose
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Facts:
    """What stands in the newer commit, as far as the changes ask for it.

    - contents: by blob id
    - uses: of each location that mentions the shared library
    - library: None where it cannot be told what its modules import
    """

    locations: frozenset[str]
    contents: Mapping[str, bytes]
    images: Mapping[str, Copied]
    uses: Mapping[str, Sequence[Use]]
    library: Library | None


class _Cause(NamedTuple):
    location: str
    for_: Purpose
    reason: Reason


def affected(
    changes: Iterable[Change], facts: Facts, started: frozenset[str] = frozenset()
) -> list[Affected]:
    """Return the affected locations by name; the reasons are those of the strongest purpose.

    `started` are the locations of which every file was added: that is reason enough.
    """
    reasons: defaultdict[str, defaultdict[Purpose, dict[Reason, None]]]
    reasons = defaultdict(lambda: defaultdict(dict))
    for change in changes:
        for cause in _rule(change)(change, facts):
            reasons[cause.location][cause.for_][cause.reason] = None
    return [
        Affected(name, "build", (Reason(f"{LOCATIONS}/{name}: new"),))
        if name in started
        else _strongest(name, found)
        for name, found in sorted(reasons.items())
    ]


def everything(locations: Iterable[str], reason: str) -> list[Affected]:
    """Return every location to build, where nothing can be compared."""
    return [Affected(name, "build", (Reason(reason),)) for name in sorted(locations)]


def deleted(names: Iterable[str]) -> list[Affected]:
    """Return the locations that are gone."""
    return [Affected(name, "remove", (_deleted(name),)) for name in sorted(names)]


def is_shared(change: Change) -> bool:
    """Say whether the change can reach a location through the shared library."""
    rest = change.path.removeprefix(f"{SHARED}/")
    return rest != change.path and not is_aside(rest)


def compared_contents(changes: Iterable[Change]) -> set[str]:
    """Return the blobs of both sides that are compared by what they say."""
    return {
        blob
        for change in changes
        if _rule(change) in (_lock, _root_settings, _build_context, _own_settings, _shared_settings)
        for blob in (change.old_blob, change.new_blob)
    }


def asks_for_image(change: Change) -> str | None:
    """Return the location whose Dockerfile decides on this change; "*" for every location's."""
    rule = _rule(change)
    if rule is _copied:
        return "*"
    return owner(change.path) if rule is _own and is_aside(change.path) else None


def is_aside(path: str) -> bool:
    """Say whether a file of a location is no part of its image, unless the Dockerfile copies it."""
    rest = _within(path)
    return rest.startswith(_ASIDE) or ("/" not in rest and rest.endswith(_DOCUMENTS))


def _rule(change: Change) -> _Rule:
    path = change.path
    if path in _RULES:
        return _RULES[path]
    if change.location or owner(path):
        return _own_settings if _within(path) == "pyproject.toml" else _own
    if path.startswith(f"{SHARED}/"):
        return _shared
    if path.startswith(f"{VALUES}/"):
        return _values
    return _every_test if path.startswith(_WORKFLOWS) else _copied


def _own(change: Change, facts: Facts) -> Iterator[_Cause]:
    name = change.location or owner(change.path) or ""
    if name not in facts.locations:
        yield _Cause(name, "remove", _deleted(name))
    else:
        aside = is_aside(change.path) and not _is_copied(name, change.path, facts)
        yield _Cause(name, "test" if aside else "build", Reason(change.shown))


def _own_settings(change: Change, facts: Facts) -> Iterator[_Cause]:
    name = owner(change.path)
    if name not in facts.locations:
        yield from _own(change, facts)
        return
    effects = list(pyproject.location_effect(*_sides(change, facts)))
    for purpose, table in effects or [("test", "only its layout")]:
        yield _Cause(name, purpose, Reason(f"{change.path}: {table}"))


def _values(change: Change, facts: Facts) -> Iterator[_Cause]:
    # The image may be the same: `loc build` finds it, and the release takes the configuration.
    name = change.path.removeprefix(f"{VALUES}/").removesuffix(".yaml")
    if name in facts.locations:
        yield _Cause(name, "build", Reason(change.shown))


def _lock(change: Change, facts: Facts) -> Iterator[_Cause]:
    from loc import lockfile  # most changes leave the lock alone

    old, new = _sides(change, facts)
    if old is None or new is None:
        yield from _all(facts, "build", change.shown)
        return
    try:
        members = lockfile.compare(old, new)
    except ValueError as error:
        yield from _all(facts, "build", f"uv.lock: cannot be compared, {error}")
        return
    for name in facts.locations:
        found = members.get(f"{LOCATIONS}/{name}", lockfile.UNLOCKED)
        yield from (_Cause(name, "build", Reason(text)) for text in found.build)
        yield from (_Cause(name, "test", Reason(text)) for text in found.test)


def _root_settings(change: Change, facts: Facts) -> Iterator[_Cause]:
    for purpose, table in pyproject.root_effect(*_sides(change, facts)):
        yield from _all(facts, purpose, f"pyproject.toml: {table}")


def _build_context(change: Change, facts: Facts) -> Iterator[_Cause]:
    from loc.dockerfile import ignore_rules

    old, new = _sides(change, facts)
    if ignore_rules(old) != ignore_rules(new):
        yield from _all(facts, "build", change.shown)


def _every_image(change: Change, facts: Facts) -> Iterator[_Cause]:
    yield from _all(facts, "build", change.shown)


def _every_test(change: Change, facts: Facts) -> Iterator[_Cause]:
    yield from _all(facts, "test", change.shown)


def _copied(change: Change, facts: Facts) -> Iterator[_Cause]:
    for name, image in facts.images.items():
        if image.holds(change.path):
            dockerfile = f"{LOCATIONS}/{name}/Dockerfile"
            yield _Cause(name, "build", Reason(change.shown, (dockerfile,)))


def _shared_settings(change: Change, facts: Facts) -> Iterator[_Cause]:
    for purpose, table in pyproject.shared_effect(*_sides(change, facts)):
        yield from _users(facts, purpose, f"{change.path}: {table}")


def _shared(change: Change, facts: Facts) -> Iterator[_Cause]:
    from loc.imports import module_of

    module = module_of(change.path)
    if not is_shared(change):
        return
    if module is None or facts.library is None:
        yield from _users(facts, "build", change.shown)
        return
    chains = facts.library.importers(module)
    for name, uses in facts.uses.items():
        ways = [
            (_is_aside(name, use, facts), len(chains[module]), (*chains[module], use.path))
            for use in uses
            for module in use.modules & chains.keys()
        ]
        if ways:
            aside, _, through = min(ways)
            yield _Cause(name, "test" if aside else "build", Reason(change.shown, through))


def _users(facts: Facts, purpose: Purpose, what: str) -> Iterator[_Cause]:
    for name, uses in facts.uses.items():
        aside = all(_is_aside(name, use, facts) for use in uses)
        yield _Cause(name, "test" if aside else purpose, Reason(what))


def _is_aside(name: str, use: Use, facts: Facts) -> bool:
    return use.aside and not _is_copied(name, use.path, facts)


def _deleted(name: str) -> Reason:
    return Reason(f"{LOCATIONS}/{name}: deleted")


def _is_copied(name: str, path: str, facts: Facts) -> bool:
    return owner(path) == name and name in facts.images and facts.images[name].holds(path)


def _all(facts: Facts, purpose: Purpose, what: str) -> Iterator[_Cause]:
    return (_Cause(name, purpose, Reason(what)) for name in facts.locations)


def _sides(change: Change, facts: Facts) -> tuple[bytes | None, bytes | None]:
    return facts.contents.get(change.old_blob), facts.contents.get(change.new_blob)


def _within(path: str) -> str:
    return path.split("/", 2)[2] if owner(path) else path


def _strongest(name: str, found: Mapping[Purpose, Iterable[Reason]]) -> Affected:
    purpose = next(purpose for purpose in _STRONGEST_FIRST if purpose in found)
    return Affected(name, purpose, tuple(found[purpose]))


_STRONGEST_FIRST: tuple[Purpose, ...] = ("remove", "build", "test")
_Rule: TypeAlias = "Callable[[Change, Facts], Iterator[_Cause]]"
_RULES: Mapping[str, _Rule] = {
    "uv.lock": _lock,
    "pyproject.toml": _root_settings,
    ".dockerignore": _build_context,
    f"{SHARED}/pyproject.toml": _shared_settings,
    **dict.fromkeys(_EVERY_IMAGE, _every_image),
    **dict.fromkeys(_EVERY_TEST, _every_test),
}
