"""Finds which files of the locations use the shared library, and what they load of it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from loc.changes import is_aside
from loc.gateways import git
from loc.imports import (
    EVERYTHING,
    MENTION,
    Use,
    library,
    references_in,
    references_in_line,
    references_in_text,
)
from loc.locations import owner
from loc.pyproject import entry_points
from loc.settings import LOCATIONS, SHARED, SHARED_PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loc.gateways.git import Repository
    from loc.imports import Library
    from loc.tree import Tree

_SHARED_SETTINGS = f"{SHARED}/pyproject.toml"
_TEST_PLUGINS = "pytest11"


def read_library(repository: Repository, tree: Tree, changed: Iterable[str]) -> Library | None:
    """Read the library, of which some files changed.

    None where a link or a submodule in it hides what is imported.
    """
    files = tree.below(f"{SHARED}/{SHARED_PACKAGE}")
    if not files.keys().isdisjoint(tree.foreign):
        return None
    sources = git.files(repository, tree, (path for path in files if path.endswith(".py")))
    return library(sources, changed)


def find_uses(repository: Repository, tree: Tree, modules: Library | None) -> dict[str, list[Use]]:
    """Return the files that mention the library, by location."""
    uses: defaultdict[str, list[Use]] = defaultdict(list)
    for path, references in _references(repository, tree, modules).items():
        targets = modules.targets(references) if modules else frozenset[str]()
        uses[owner(path) or path.rpartition("/")[2]].append(Use(path, targets, is_aside(path)))
    plugins = list(_entry_points(repository, tree, modules))
    return {name: [*found, *plugins] for name, found in uses.items()}


def _references(
    repository: Repository, tree: Tree, modules: Library | None
) -> dict[str, frozenset[str]]:
    """Return what each file of a location refers to; a file is read whole only where it must be."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    whole = {}
    for path, text in git.matching_lines(repository, MENTION, LOCATIONS):
        references = _in_line(path, text, modules)
        if references is None:
            whole[path] = tree.files[path][1]
        else:
            found[path] |= references
    contents = git.contents(repository, whole.values())
    found |= {path: set(references_in(contents[blob])) for path, blob in whole.items()}
    found |= {path: {EVERYTHING} for path in _opaque(repository, tree)}
    return {path: frozenset(references) for path, references in found.items()}


def _in_line(path: str, text: str, modules: Library | None) -> frozenset[str] | None:
    if not path.endswith(".py"):
        return references_in_text(text)
    references = references_in_line(text)
    unclear = references is None or any(
        modules is None or modules.has_submodules(name.removesuffix(".*"))
        for name in references
        if name.endswith(".*")
    )
    return None if unclear else references


def _opaque(repository: Repository, tree: Tree) -> Iterator[str]:
    """Yield the submodules of locations, and the links that leave their location."""
    links = git.links(repository, tree)
    for path in tree.foreign:
        if path.startswith(f"{LOCATIONS}/"):
            name = owner(path)
            if name is None or owner(links.get(path, "")) != name:
                yield path


def _entry_points(repository: Repository, tree: Tree, modules: Library | None) -> Iterator[Use]:
    """Yield what the library offers by name: whoever installs it may load that."""
    settings = git.files(repository, tree, [_SHARED_SETTINGS]).get(_SHARED_SETTINGS, b"")
    for group, name in entry_points(settings):
        targets = modules.targets(references_in_text(name)) if modules else frozenset[str]()
        yield Use(_SHARED_SETTINGS, targets, aside=group == _TEST_PLUGINS)
