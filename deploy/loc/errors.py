"""Every failure that a user can meet: a message, a hint that says what to do, an exit code.

0 is "done" or "nothing to do", and a command that reports findings leaves with `FINDINGS`.
"""

from __future__ import annotations

from typing import ClassVar

FINDINGS = 1
INTERNAL = 70  # a defect of `loc` itself: EX_SOFTWARE of sysexits.h


class LocError(Exception):
    """Stops the command; shown by `cli.main` as `error:` and `hint:` on stderr."""

    exit_code: ClassVar[int] = INTERNAL

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LocError):
    """What was asked for cannot be done as asked: a wrong name, reference, file or setting."""

    exit_code = 2


class ToolError(UsageError):
    """A program that `loc` needs is missing, failed, or did not answer in time."""


class ConflictError(LocError):
    """Another writer kept changing what is written, longer than we retry."""

    exit_code = 10


class RegistryError(LocError):
    """The image registry refused or did not answer."""

    exit_code = 11


class DagsterUnreachableError(LocError):
    """Deployed, but Dagster could not be asked: not verified."""

    exit_code = 12


class VerificationError(LocError):
    """The release does not hold; the location was rolled back."""

    exit_code = 13


class RollbackError(LocError):
    """The roll-back failed; the hint holds the commands to finish by hand."""

    exit_code = 14


class SupersededError(LocError):
    """A newer release is recorded already."""

    exit_code = 15
