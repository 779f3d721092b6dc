"""Reads from git what the decision in `changes` asks for, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loc.changes import Facts, asks_for_image, compared_contents, is_shared
from loc.gateways import git
from loc.locations import owner
from loc.settings import LOCATIONS
from loc.tree import ABSENT, through_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loc.dockerfile import Copied
    from loc.gateways.git import Repository
    from loc.imports import Library, Use
    from loc.tree import Change, Tree

_IGNORE = ".dockerignore"
_IMAGE_FILES = ("Dockerfile", "Dockerfile.dockerignore")


def with_links(repository: Repository, tree: Tree, changes: Iterable[Change]) -> list[Change]:
    """Return the changes and what the links of the tree pass on of them."""
    return through_links(changes, git.links(repository, tree))


def gather(repository: Repository, tree: Tree, changes: Sequence[Change]) -> Facts:
    """Read the facts that these changes ask for."""
    library, uses = _of_library(repository, tree, changes)
    asked = {name for change in changes if (name := asks_for_image(change))}
    asked |= {name for name, found in uses.items() if any(use.aside for use in found)}
    return Facts(
        locations=tree.locations,
        contents=git.contents(repository, compared_contents(changes)),
        images=_images(repository, tree, tree.locations if "*" in asked else asked),
        uses=uses,
        library=library,
    )


def started(tree: Tree, changes: Iterable[Change]) -> frozenset[str]:
    """Return the locations of which no file is older than these changes."""
    added = {change.path for change in changes if change.old_mode == ABSENT}
    names = {owner(path) for path in added if path.endswith("/pyproject.toml")} - {None}
    older = {owner(path) for path in tree.files if path not in added} if names else set()
    return frozenset(name for name in names - older if name)


def _of_library(
    repository: Repository, tree: Tree, changes: Iterable[Change]
) -> tuple[Library | None, dict[str, list[Use]]]:
    shared = [change.path for change in changes if is_shared(change)]
    if not shared:
        return None, {}
    from loc.gateways import uses  # most changes leave the library alone

    library = uses.read_library(repository, tree, shared)
    return library, uses.find_uses(repository, tree, library)


def _images(repository: Repository, tree: Tree, names: Iterable[str]) -> dict[str, Copied]:
    """Read the Dockerfiles of the named locations, each with the ignore file that holds for it."""
    if not names:
        return {}
    from loc.dockerfile import copied  # most changes need no Dockerfile

    folders = {name: f"{LOCATIONS}/{name}" for name in names}
    paths = [f"{folder}/{file}" for folder in folders.values() for file in _IMAGE_FILES]
    files = git.files(repository, tree, [_IGNORE, *paths])
    found = {}
    for name, folder in folders.items():
        dockerfile, ignore = (files.get(f"{folder}/{file}") for file in _IMAGE_FILES)
        found[name] = copied(dockerfile, files.get(_IGNORE) if ignore is None else ignore, folder)
    return found
