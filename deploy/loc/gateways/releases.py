"""What was released last, as the branch `production` records it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loc.gateways import git
from loc.settings import PLATFORM, PRODUCTION, REMOTE, VALUES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loc.gateways.git import Repository

_TAG = re.compile(rb"""^[ ]*(?:- +)?tag: *["']?([^"'\s#]+)["']?[ ]*(?:#.*)?\r?$""", re.MULTILINE)
_COMMIT = re.compile(r"((?:[0-9a-f]{40}){1}(?:[0-9a-f]{24})?)(?:@sha256:[0-9a-f]{64})?")
_VERSION = re.compile(r"(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)(?:@sha256:[0-9a-f]{64})?")


def released(repository: Repository) -> Mapping[str, str | None]:
    """Return the commit of each location's last release, None where it cannot be told.

    A location without a tag was never released, and is left out. A remote's branch comes before a
    local one.
    """
    branch = _branch(repository)
    if branch is None:
        return {}
    files = git.tree(repository, branch).below(VALUES)
    contents = git.contents(repository, files.values())
    tags = {
        name: {tag.decode(errors="replace") for tag in _TAG.findall(contents[blob])}
        for path, blob in files.items()
        if (name := _location_of(path)) and blob in contents
    }
    return {name: _commit(repository, name, found) for name, found in tags.items() if found}


def _branch(repository: Repository) -> str | None:
    names = (f"refs/remotes/{REMOTE}/{PRODUCTION}", f"refs/heads/{PRODUCTION}")
    found = next(filter(None, (git.commit_id(repository, name) for name in names)), None)
    if found is None and git.fetch(repository, f"+refs/heads/{PRODUCTION}:{names[0]}"):
        return git.commit_id(repository, names[0])
    return found


def _location_of(path: str) -> str | None:
    folder, _, file = path.rpartition("/")
    name = file.removesuffix(".yaml")
    return name if folder == VALUES and name not in (file, PLATFORM) else None


def _commit(repository: Repository, name: str, tags: set[str]) -> str | None:
    if len(tags) != 1:
        return None
    (tag,) = tags
    commit = _COMMIT.fullmatch(tag)
    version = _VERSION.fullmatch(tag)
    if commit:
        return commit[1]
    return git.commit_id(repository, f"refs/tags/{name}/v{version[1]}") if version else None
