"""The one place that runs other programs.

Arguments are a list and never pass a shell; secrets go in through `stdin` or `environment`, since
arguments are shown in errors.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loc.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

_SHOWN_LINES = 20


@dataclass(frozen=True)
class Completed:
    """A program that ended: its exit code and its output as bytes."""

    code: int
    stdout: bytes
    stderr: bytes


def run(
    arguments: Sequence[str],
    *,
    cwd: Path | None = None,
    timeout: float = 60,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    accepted: Collection[int] = (0,),
) -> Completed:
    """Run a program to its end, `environment` added to ours, at most `timeout` seconds.

    Raises ToolError when it is missing, runs too long, or ends with a code not `accepted`.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments, and no shell
            list(arguments),
            cwd=cwd,
            env={**os.environ, **environment} if environment else None,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise ToolError(
            f"{arguments[0]} cannot be run: {error.strerror}",
            hint=f"install {arguments[0]} and put it on the PATH",
        ) from error
    with process:
        completed = _wait(process, arguments, timeout, stdin)
    if completed.code not in accepted:
        raise ToolError(_failure(arguments, completed), hint="run the command by hand")
    return completed


def _wait(
    process: subprocess.Popen[bytes], arguments: Sequence[str], timeout: float, stdin: bytes
) -> Completed:
    try:
        stdout, stderr = process.communicate(stdin or None, timeout)
    except subprocess.TimeoutExpired:
        _kill_group(process)
        raise ToolError(
            f"{shlex.join(arguments)} did not end within {timeout:g} s and was stopped",
            hint="see whether it waits for a network or a password",
        ) from None
    except BaseException:
        _kill_group(process)
        raise
    return Completed(process.returncode, stdout, stderr)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    # The program's own children hold its pipes: killing it alone could leave us waiting for them.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def _failure(arguments: Sequence[str], completed: Completed) -> str:
    lines = completed.stderr.decode(errors="backslashreplace").strip().splitlines()
    said = "\n".join(lines[-_SHOWN_LINES:])
    return f"{shlex.join(arguments)} ended with {completed.code}" + (f":\n{said}" if said else "")
