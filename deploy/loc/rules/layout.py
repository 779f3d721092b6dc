"""Guide 2.1: the project layout."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from loc.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loc.findings import Finding
    from loc.locations import Location
    from loc.python_modules import Unreadable
    from loc.sources import File

LAYERS = ("jobs", "ops", "resources", "logic")

MISSING = Rule(
    "L2101",
    "every part of the layout is there",
    "The platform, the image build and every reader look for each part at its place.",
    "Add the file or folder; `loc new` shows a complete location.",
)
NO_PACKAGE = Rule(
    "L2102",
    "every folder with modules has an __init__.py",
    "Without it the folder is no package: tools that read imports pass it by, unchecked.",
    "Add an empty __init__.py.",
)
LINK = Rule(
    "L2103",
    "no link leads out of its location",
    "A link is not followed into an image's build context, and a change behind it is not seen.",
    "Put the file itself there, or move what is shared into shared/.",
)
MISPLACED = Rule(
    "L2104",
    "every module stands in jobs, ops, resources or logic",
    "The layers are checked by folder: a module outside of them may import anything.",
    "Move the module into the layer that it belongs to.",
)
UNREADABLE = Rule(
    "L2105",
    "every Python file can be read",
    "What cannot be parsed cannot be checked, and will not load.",
    "Mend the line; files are UTF-8.",
)
EMPTY = Rule(
    "L2106",
    "README.md says something and tests holds tests",
    "An empty part of the layout keeps the form and not the promise.",
    "Write the README; put at least one test_*.py into tests.",
)
RULES = (MISSING, NO_PACKAGE, LINK, MISPLACED, UNREADABLE, EMPTY)


def find(location: Location, files: Sequence[File]) -> Iterator[Finding]:
    """Find breaches of the layout in a location's files."""
    yield from _missing(location, {file.path for file in files})
    yield from _no_package(location, files)
    yield from links(files, location.path)
    yield from _misplaced(location, files)
    yield from _empty(location, files)


def find_foreign(files: Iterable[File]) -> Iterator[Finding]:
    """Find locations that are links or other repositories: `files` stand beside the locations."""
    for file in files:
        if file.link or file.unread:
            yield LINK.at(file.path, 1, f"a location is a folder: {file.unread}")


def links(files: Iterable[File], folder: str) -> Iterator[Finding]:
    """Find links that leave a folder, or lead nowhere in it."""
    files = list(files)
    paths = {file.path for file in files}
    for file in files:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), file.link))
        inside = any(
            path == target or path.startswith(f"{target}/") for path in paths - {file.path}
        )
        if file.link and not (inside and target.startswith(f"{folder}/")):
            yield LINK.at(file.path, 1, f"a link to {file.link}, which is not in {folder}")


def unreadable(found: Iterable[Unreadable]) -> Iterator[Finding]:
    """Turn files that cannot be parsed into findings."""
    return (UNREADABLE.at(file.path, file.line, f"not readable: {file.reason}") for file in found)


def _missing(location: Location, paths: set[str]) -> Iterator[Finding]:
    folders = [location.package, f"{location.path}/tests"]
    folders += [f"{location.package}/{layer}" for layer in LAYERS]
    for folder in folders:
        if not any(path.startswith(f"{folder}/") for path in paths):
            yield MISSING.at(folder, 1, "the folder is missing")
    for name in ("README.md", "Dockerfile", "pyproject.toml"):
        if f"{location.path}/{name}" not in paths:
            yield MISSING.at(f"{location.path}/{name}", 1, "the file is missing")
    if f"{location.package}/repository.py" not in paths:
        yield MISSING.at(f"{location.package}/repository.py", 1, "the file is missing")


def _no_package(location: Location, files: Sequence[File]) -> Iterator[Finding]:
    inside = f"{location.package}/"
    modules = [f.path for f in files if f.path.startswith(inside) and f.path.endswith(".py")]
    for folder in sorted({posixpath.dirname(path) for path in modules}):
        if f"{folder}/__init__.py" not in modules:
            yield NO_PACKAGE.at(folder, 1, "has modules and no __init__.py")


def _misplaced(location: Location, files: Sequence[File]) -> Iterator[Finding]:
    inside = f"{location.package}/"
    for file in files:
        place = file.path.removeprefix(inside)
        known = place in ("__init__.py", "repository.py") or place.partition("/")[0] in LAYERS
        if file.path.startswith(inside) and file.name.endswith(".py") and not known:
            yield MISPLACED.at(file.path, 1, f"stands in none of {', '.join(LAYERS)}")


def _empty(location: Location, files: Sequence[File]) -> Iterator[Finding]:
    readme, tests = f"{location.path}/README.md", f"{location.path}/tests/"
    for file in files:
        if file.path == readme and not (file.content.strip() or file.unread):
            yield EMPTY.at(file.path, 1, "is empty")
    inside = [file.name for file in files if file.path.startswith(tests)]
    if inside and not any(n.startswith("test_") and n.endswith(".py") for n in inside):
        yield EMPTY.at(tests.rstrip("/"), 1, "holds no test_*.py")
