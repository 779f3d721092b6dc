"""Files and folders added to the working tree: all of them, or none."""

from __future__ import annotations

import shutil
import signal
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from loc.errors import UsageError
from loc.settings import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_STAGES = f"{LOCAL}/new"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Edit:
    """A file of the repository with other content."""

    path: str
    old: bytes
    new: bytes

    @classmethod
    def of(cls, root: Path, path: str) -> Edit:
        """Read a file that may be edited. Raises UsageError where it cannot be read."""
        try:
            content = (root / path).read_bytes()
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror}"
            raise UsageError(message, hint="restore the file from git") from None
        return cls(path, content, content)

    def to(self, content: bytes) -> Edit:
        """Return the edit that leads to other content."""
        return replace(self, new=content)


@contextmanager
def staged(root: Path, name: str) -> Iterator[Path]:
    """Yield an empty folder on the repository's file system, ignored by git, gone afterwards.

    What a run that was killed has left there is removed first. Raises UsageError where the
    system refuses a file, here and in the body.
    """
    stage = root / _STAGES / name
    try:
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True)
        yield stage
    except OSError as error:
        place = Path(error.filename2 or error.filename or root)
        shown = place.relative_to(root) if place.is_relative_to(root) else place
        raise UsageError(
            f"{shown} cannot be written: {error.strerror}",
            hint="see what stands in the way there; nothing was changed",
        ) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        for folder in (stage.parent, stage.parent.parent):
            _remove_empty(folder)


def put(root: Path, stage: Path, edits: Sequence[Edit], added: Sequence[str]) -> None:
    """Replace files, then move what is `added` from the stage to the same path of the repository.

    All or nothing: an error undoes what was done, an interruption waits for the end. Raises
    UsageError where a file is not what it was when it was read.
    """
    with _uninterrupted(), ExitStack() as undo:
        for edit in edits:
            _replace(root, stage, edit)
            undo.callback(_replace, root, stage, Edit(edit.path, edit.new, edit.old))
        for path in added:
            for folder in reversed([f for f in (root / path).parents if not f.exists()]):
                folder.mkdir()
                undo.callback(folder.rmdir)
            (stage / path).rename(root / path)
            undo.callback((root / path).rename, stage / path)
        undo.pop_all()


def _replace(root: Path, stage: Path, edit: Edit) -> None:
    target, written = (root / edit.path).resolve(), stage / "written"
    if target.read_bytes() != edit.old:
        raise UsageError(f"{edit.path} was changed by something else", hint="run loc new again")
    written.write_bytes(edit.new)
    shutil.copymode(target, written)
    written.replace(target)


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # something else uses it


@contextmanager
def _uninterrupted() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
