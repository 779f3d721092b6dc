"""Git, read by plumbing commands: ids and `-z` everywhere, no configuration of the user's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from loc.errors import ToolError, UsageError
from loc.gateways.process import Completed, run
from loc.settings import REMOTE
from loc.tree import LINK, Change, Tree, link_target, read_changes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_RAW = ("--raw", "-z", "--no-renames", "--no-abbrev", "--ignore-submodules=none")
_SILENT = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_NOT_FOUND = 128
_NETWORK_SECONDS = 300
_MATCH = re.compile(r"[^:\0]*:([^\0]*)\0\d+\0([^\n]*)\n")


@dataclass(frozen=True)
class Repository:
    """A clone: its folder, the commit it stands at, and whether its history is cut off."""

    root: Path
    head: str
    shallow: bool


class Line(NamedTuple):
    """A line that matched."""

    path: str
    text: str


def git(
    root: Path, *arguments: str, accepted: Collection[int] = (0,), timeout: float = 60
) -> Completed:
    """Run git in a folder. Raises ToolError, as `process.run` does."""
    command = ("git", *arguments)
    return run(command, cwd=root, environment=_SILENT, accepted=accepted, timeout=timeout)


def open_repository(folder: Path) -> Repository:
    """Open the repository around a folder. Raises UsageError where there is none, or no commit."""
    asked = ("rev-parse", "--show-toplevel", "--is-shallow-repository", "HEAD^{commit}")
    answer = git(folder, *asked, accepted=(0, _NOT_FOUND))
    lines = _text(answer.stdout).removesuffix("\n").rsplit("\n", 2)
    if answer.code:
        said = _text(answer.stderr).strip()
        message = "there is no commit yet" if "HEAD" in said else said.removeprefix("fatal: ")
        raise UsageError(message, hint="run loc inside a clone that has a commit checked out")
    return Repository(Path(lines[0]), lines[2], shallow=lines[1] == "true")


def commit_id(repository: Repository, reference: str) -> str | None:
    """Return the id of the commit that a branch, tag or id names, None where it names none."""
    if not reference or reference.startswith(("-", "^")):
        return None
    arguments = ("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
    answer = git(repository.root, *arguments, accepted=(0, 1, _NOT_FOUND))
    return _text(answer.stdout).strip() or None


def tree(repository: Repository, commit: str) -> Tree:
    """Return the files of a commit."""
    listing = git(repository.root, "ls-tree", "-r", "-z", "--full-tree", commit)
    return Tree(_text(listing.stdout))


def changes_since_fork(repository: Repository, base: str) -> list[Change] | None:
    """Return the changes from the merge base with `base`, None where git finds no such thing."""
    arguments = ("diff", *_RAW, "--no-relative", f"{base}...{repository.head}", "--")
    answer = git(repository.root, *arguments, accepted=(0, _NOT_FOUND))
    return None if answer.code else read_changes(_text(answer.stdout))


def changes_between(
    repository: Repository, commits: Iterable[str], new: str
) -> dict[str, list[Change]]:
    """Return the changes from each commit to `new`, by commit; those not in the clone are left out.

    Compares the files, whatever history lies between: one process for all of them.
    """
    names = sorted(set(commits))
    trees = _tree_ids(repository, [*names, new])
    known = [name for name in names if name in trees]
    asked = "".join(f"{trees[name]} {trees[new]}\n" for name in known)
    if not known:
        return {}
    raw = _asking(repository, asked, "diff-tree", "--stdin", "-r", *_RAW)
    return dict(zip(known, map(read_changes, _parts(_text(raw), asked)), strict=True))


def contents(repository: Repository, blobs: Iterable[str]) -> dict[str, bytes]:
    """Return the blobs that exist by id, all read by one process; zero ids are left out."""
    wanted = sorted({blob for blob in blobs if blob.strip("0")})
    if not wanted:
        return {}
    output = _asking(
        repository, "".join(f"{blob}\n" for blob in wanted), "cat-file", "--batch", "--buffer"
    )
    found, at = {}, 0
    for blob in wanted:
        end = output.index(b"\n", at)
        fields = output[at:end].split(b" ")
        at = end + 1
        if fields[1] == b"blob":
            found[blob] = output[at : at + int(fields[2])]
        if len(fields) > len(("id", "missing")):
            at += int(fields[2]) + 1
    return found


def files(repository: Repository, tree: Tree, paths: Iterable[str]) -> dict[str, bytes]:
    """Return the content of those of the paths that the tree has."""
    blobs = {path: tree.files[path][1] for path in paths if path in tree.files}
    texts = contents(repository, blobs.values())
    return {path: texts[blob] for path, blob in blobs.items() if blob in texts}


def links(repository: Repository, tree: Tree) -> dict[str, str]:
    """Return what each link of a tree points at, as far as that is in the repository."""
    found = {path: blob for path, blob in tree.foreign.items() if tree.files[path][0] == LINK}
    texts = contents(repository, found.values())
    targets = {path: link_target(path, texts[blob]) for path, blob in found.items()}
    return {path: target for path, target in targets.items() if target is not None}


def matching_lines(repository: Repository, pattern: str, folder: str) -> list[Line]:
    """Return the lines of the files in a folder that match an extended regular expression."""
    flags = ("-a", "-n", "-z", "-E", "--no-color", "--no-column", "--full-name")
    arguments = ("grep", *flags, "-e", pattern, repository.head, "--", f":(top){folder}")
    answer = git(repository.root, *arguments, accepted=(0, 1))
    return [Line(*match) for match in _MATCH.findall(_text(answer.stdout))]


def fetch(repository: Repository, *arguments: str) -> bool:
    """Fetch from the remote; say whether that worked, as it cannot without a remote or network."""
    try:
        git(repository.root, "fetch", "--quiet", REMOTE, *arguments, timeout=_NETWORK_SECONDS)
    except ToolError:
        return False
    return True


def _tree_ids(repository: Repository, commits: Sequence[str]) -> dict[str, str]:
    asked = "".join(f"{commit}^{{tree}}\n" for commit in commits)
    answers = _text(_asking(repository, asked, "cat-file", "--batch-check")).splitlines()
    pairs = zip(commits, (answer.split(" ") for answer in answers), strict=True)
    return {commit: fields[0] for commit, fields in pairs if fields[1:2] == ["tree"]}


def _parts(output: str, asked: str) -> Iterator[str]:
    """Split what `diff-tree --stdin` says: the question as a line, then its changes."""
    at = 0
    for question in asked.splitlines(keepends=True):
        start = at = at + len(question)
        while output.startswith(":", at):
            at = output.index("\0", output.index("\0", at) + 1) + 1
        yield output[start:at]


def _asking(repository: Repository, asked: str, *arguments: str) -> bytes:
    command = ("git", *arguments)
    return run(command, cwd=repository.root, stdin=asked.encode(), environment=_SILENT).stdout


def _text(output: bytes) -> str:
    return output.decode(errors="surrogateescape")
