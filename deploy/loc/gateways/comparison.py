"""Which locations a clone's commit affects, compared with a fork or with each last release."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from loc.changes import Affected, affected, deleted, everything
from loc.errors import UsageError
from loc.gateways import git
from loc.gateways.facts import gather, started, with_links
from loc.settings import MAIN, REMOTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from loc.gateways.git import Repository
    from loc.tree import Change, Tree

_ID = re.compile(r"[0-9a-f]{7,64}")
_FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def affected_since_fork(repository: Repository, base: str | None) -> list[Affected]:
    """Return what changed since the merge base with `base`; without one, with the main branch.

    Everything, where there is nothing to compare with. Raises UsageError when `base` names nothing.
    """
    tree = git.tree(repository, repository.head)
    changes = _changes_since_fork(repository, _main(repository) if base is None else base)
    if isinstance(changes, str):
        return everything(tree.locations, changes)
    (decided,) = _decide(repository, tree, [changes])
    return decided


def affected_since_release(repository: Repository) -> list[Affected]:
    """Return what changed in each location since the commit of its own last release."""
    from loc.gateways.releases import released

    tree = git.tree(repository, repository.head)
    names = tree.locations
    releases = released(repository)
    known = {name: commit for name, commit in releases.items() if commit and name in names}
    found = [
        *everything(names - releases.keys(), "never released"),
        *everything(names & releases.keys() - known.keys(), "its last release cannot be told"),
        *deleted(releases.keys() - names),
        *_since_each(repository, tree, known),
    ]
    return sorted(found, key=lambda each: each.location)


def _decide(
    repository: Repository, tree: Tree, ways: Iterable[list[Change]]
) -> Iterator[list[Affected]]:
    """Yield what each of several ways to the same tree affects; the facts are read once."""
    every = [with_links(repository, tree, changes) for changes in ways]
    facts = gather(repository, tree, [change for changes in every for change in changes])
    for changes in every:
        yield affected(changes, facts, started(tree, changes))


def _changes_since_fork(repository: Repository, base: str) -> list[Change] | str:
    """Return the changes, or in words why there is nothing to compare with."""
    if base and not base.strip("0"):
        return "no commit to compare with: the base is all zeros"
    _refuse_odd(base)
    if repository.shallow and not git.fetch(repository, "--unshallow"):
        return "the clone is shallow and could not be deepened"
    changes = git.changes_since_fork(repository, base)
    if changes is None and _FULL_ID.fullmatch(base) and git.fetch(repository, base):
        changes = git.changes_since_fork(repository, base)
    return _why_not(repository, base) if changes is None else changes


def _why_not(repository: Repository, base: str) -> str:
    if git.commit_id(repository, base):
        return f"{base} has no history in common with this commit"
    if not _ID.fullmatch(base):
        raise UsageError(
            f"{base} names no commit", hint="give --base a branch, a tag or the id of a commit"
        )
    return f"commit {base} is not in this clone"


def _refuse_odd(base: str) -> None:
    # git would read these as options, exclusions, ranges, or, left empty, as this very commit.
    if not base or base.startswith(("-", "^")) or ".." in base:
        raise UsageError(
            f"{base!r} is no reference to one commit",
            hint="give --base a branch, a tag or the id of a commit",
        )


def _main(repository: Repository) -> str:
    names = (f"refs/remotes/{REMOTE}/{MAIN}", f"refs/heads/{MAIN}")
    for name in names:
        if git.commit_id(repository, name):
            return name
    raise UsageError(
        f"there is no branch {MAIN} to compare with",
        hint="name the branch that this one started from: loc affected --base BRANCH",
    )


def _since_each(
    repository: Repository, tree: Tree, releases: Mapping[str, str]
) -> Iterator[Affected]:
    """Yield what changed in each location since its own commit."""
    commits = set(releases.values())
    found = git.changes_between(repository, commits, repository.head)
    missing = sorted(commits - found.keys())
    if missing and _fetched(repository, missing):
        found |= git.changes_between(repository, missing, repository.head)
    decided = dict(zip(found, _decide(repository, tree, found.values()), strict=True))
    for commit in sorted(commits):
        names = {name for name, released_at in releases.items() if released_at == commit}
        if commit in decided:
            yield from (each for each in decided[commit] if each.location in names)
        else:
            yield from everything(names, f"its last release {commit} is not in this clone")


def _fetched(repository: Repository, commits: Sequence[str]) -> bool:
    deepened = repository.shallow and git.fetch(repository, "--unshallow")
    return deepened or git.fetch(repository, *commits)
