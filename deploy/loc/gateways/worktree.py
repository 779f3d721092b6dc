"""The files of the working tree: what git tracks or would track, read once."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loc.errors import UsageError
from loc.gateways.git import git
from loc.sources import MAX_BYTES, File

if TYPE_CHECKING:
    from collections.abc import Iterable

_NO_REPOSITORY = 128


@dataclass(frozen=True)
class Worktree:
    """A working tree: its folder, and the paths of its files relative to it, by name."""

    root: Path
    paths: tuple[str, ...]

    def read(self, paths: Iterable[str]) -> list[File]:
        """Read files; links are not followed, and only regular files up to MAX_BYTES are read."""
        return [self._file(path) for path in paths]

    def below(self, folder: str) -> list[File]:
        """Read the files below a folder, by path."""
        return self.read(path for path in self.paths if path.startswith(f"{folder}/"))

    def _file(self, path: str) -> File:
        place = self.root / path
        try:
            found = place.lstat()
            if stat.S_ISLNK(found.st_mode):
                target = os.readlink(place)  # noqa: PTH115 - as text, not as a path
                return File(path, link=target, unread=f"it is a link to {target}")
            if not stat.S_ISREG(found.st_mode):
                return File(path, unread="it is no file")
            if found.st_size > MAX_BYTES:
                return File(path, unread="it is larger than 1 MiB")
            return File(path, place.read_bytes())
        except OSError as error:
            return File(path, unread=f"it cannot be opened: {error.strerror}")


def open_worktree(folder: Path) -> Worktree:
    """List the files around a folder. Raises UsageError outside of a clone."""
    asked = git(folder, "rev-parse", "--show-toplevel", accepted=(0, _NO_REPOSITORY))
    if asked.code:
        raise UsageError("this is no git repository", hint="run loc inside a clone")
    root = Path(os.fsdecode(asked.stdout).removesuffix("\n"))
    listing = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").stdout
    paths = {path for path in os.fsdecode(listing).split("\0") if os.path.lexists(root / path)}
    return Worktree(root, tuple(sorted(paths - {""})))


def staged(root: Path) -> list[str]:
    """Return the paths that the next commit changes, deleted ones included."""
    listing = git(root, "diff", "--cached", "--name-only", "-z", "--no-renames", "--no-relative")
    return [path for path in os.fsdecode(listing.stdout).split("\0") if path]
