"""Reads from git what the decision in `changes` asks for, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from loc.changes import Facts, asks_for_image, compared_contents, is_aside, is_shared
from loc.dockerfile import copied
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
from loc.tree import ABSENT, LINK, link_target, through_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loc.dockerfile import Copied
    from loc.gateways.git import Repository
    from loc.imports import Library
    from loc.tree import Change, Tree

_SHARED_SETTINGS = f"{SHARED}/pyproject.toml"
_TEST_PLUGINS = "pytest11"
_IGNORE = ".dockerignore"
_IMAGE_FILES = ("Dockerfile", "Dockerfile.dockerignore")


def with_links(repository: Repository, tree: Tree, changes: Iterable[Change]) -> list[Change]:
    """Return the changes and what the links of the tree pass on of them."""
    return through_links(changes, _links(repository, tree))


def gather(repository: Repository, tree: Tree, changes: Sequence[Change]) -> Facts:
    """Read the facts that these changes ask for."""
    locations = tree.locations()
    shared = [change for change in changes if is_shared(change)]
    modules = _library(repository, tree, shared) if shared else None
    uses = _uses(repository, tree, modules) if shared else {}
    asked = {name for change in changes if (name := asks_for_image(change))}
    asked |= {name for name, found in uses.items() if any(use.aside for use in found)}
    return Facts(
        locations=locations,
        started=_started(tree, changes),
        contents=git.contents(repository, compared_contents(changes)),
        images=_images(repository, tree, locations if "*" in asked else asked),
        uses={name: found for name, found in uses.items() if name in locations},
        library=modules,
    )


def _started(tree: Tree, changes: Iterable[Change]) -> frozenset[str]:
    """Return the locations of which no file is older than these changes."""
    added = {change.path for change in changes if change.old_mode == ABSENT}
    names = {owner(path) for path in added if path.endswith("/pyproject.toml")} - {None}
    older = {owner(path) for path in tree.files if path not in added} if names else set()
    return frozenset(name for name in names - older if name)


def _links(repository: Repository, tree: Tree) -> dict[str, str]:
    links = {path: blob for path, blob in tree.foreign().items() if tree.files[path][0] == LINK}
    contents = git.contents(repository, links.values())
    targets = {path: link_target(path, contents[blob]) for path, blob in links.items()}
    return {path: target for path, target in targets.items() if target is not None}


def _library(repository: Repository, tree: Tree, shared: Iterable[Change]) -> Library | None:
    """Read the library; None where a link or a submodule in it hides what is imported."""
    files = tree.below(f"{SHARED}/{SHARED_PACKAGE}")
    if not files.keys().isdisjoint(tree.foreign()):
        return None
    sources = _read(repository, tree, (path for path in files if path.endswith(".py")))
    return library(sources, [change.path for change in shared])


def _uses(repository: Repository, tree: Tree, modules: Library | None) -> dict[str, list[Use]]:
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
    links = _links(repository, tree)
    for path in tree.foreign():
        if path.startswith(f"{LOCATIONS}/"):
            name = owner(path)
            if name is None or owner(links.get(path, "")) != name:
                yield path


def _entry_points(repository: Repository, tree: Tree, modules: Library | None) -> Iterator[Use]:
    """Yield what the library offers by name: whoever installs it may load that."""
    settings = _read(repository, tree, [_SHARED_SETTINGS]).get(_SHARED_SETTINGS, b"")
    for group, name in entry_points(settings):
        targets = modules.targets(references_in_text(name)) if modules else frozenset[str]()
        yield Use(_SHARED_SETTINGS, targets, aside=group == _TEST_PLUGINS)


def _images(repository: Repository, tree: Tree, names: Iterable[str]) -> dict[str, Copied]:
    """Read the Dockerfiles of the named locations, each with the ignore file that holds for it."""
    folders = {name: f"{LOCATIONS}/{name}" for name in names}
    paths = [f"{folder}/{file}" for folder in folders.values() for file in _IMAGE_FILES]
    files = _read(repository, tree, [_IGNORE, *paths]) if folders else {}
    found = {}
    for name, folder in folders.items():
        dockerfile, ignore = (files.get(f"{folder}/{file}") for file in _IMAGE_FILES)
        found[name] = copied(dockerfile, files.get(_IGNORE) if ignore is None else ignore, folder)
    return found


def _read(repository: Repository, tree: Tree, paths: Iterable[str]) -> dict[str, bytes]:
    blobs = {path: tree.files[path][1] for path in paths if path in tree.files}
    contents = git.contents(repository, blobs.values())
    return {path: contents[blob] for path, blob in blobs.items() if blob in contents}
