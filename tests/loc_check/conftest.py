from collections.abc import Callable
from pathlib import Path

import pytest

from loc.cli import run

from .repositories import Outcome

Check = Callable[..., Outcome]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run `loc check` in a folder; return its exit code and what it said."""

    def checked(root: Path, *arguments: str) -> Outcome:
        monkeypatch.chdir(root)
        code = run(["check", *arguments])
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return checked
