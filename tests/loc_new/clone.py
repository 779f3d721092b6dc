"""A copy of this repository that a test can change, and `loc` run in it as a process."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copy2

ROOT = Path(__file__).parents[2]
IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.org"]


@dataclass(frozen=True)
class Clone:
    """A clone with everything committed that the working tree of this repository holds."""

    root: Path
    settings: Mapping[str, str]

    def run(self, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(**settings),
            capture_output=True,
            check=False,
            text=True,
        )

    def loc(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return self.run(*LOC, *arguments, **settings)

    def environment(self, **settings: str) -> dict[str, str]:
        # The clone has an environment of its own where it needs one.
        ours = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        return {**ours, **self.settings, **settings}

    def git(self, *arguments: str) -> str:
        command = ["git", *IDENTITY, *arguments]
        return subprocess.run(
            command, cwd=self.root, check=True, capture_output=True, text=True
        ).stdout

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")

    def tree(self) -> dict[str, bytes | None]:
        """Every file with its content, and every folder."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes() if path.is_file() else None
            for path in self.root.rglob("*")
            if ".git" not in path.relative_to(self.root).parts
        }

    def program(self, name: str, script: str) -> str:
        """Put a program in front of the others; return the PATH on which it is found."""
        folder = self.root.parent / "programs"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        return f"{folder}:{os.environ['PATH']}"


LOC = (sys.executable, "-c", "import loc.cli; loc.cli.main()")


def cloned(root: Path, settings: Mapping[str, str]) -> Clone:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True).stdout
    for name in os.fsdecode(names).split("\0")[:-1]:
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # deleted, and not committed yet
            copy2(ROOT / name, target, follow_symlinks=False)
    clone = Clone(root, settings)
    clone.git("init", "--quiet", "--initial-branch=main")
    clone.commit()
    return clone
