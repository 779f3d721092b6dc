"""The command line: what is said, where, and with which exit code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from loc import cli, errors

ROOT = Path(__file__).parent.parent
LOC = Path(sys.executable).with_name("loc")
GUIDE = [
    *("new", "dev", "check", "affected", "build", "release", "reload"),
    *("verify", "rollback", "status", "protect"),
]
BASE_HINT = "give --base a branch, a tag or the id of a commit"


def loc(*arguments: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [LOC, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def test_help_reads_as_the_path_of_the_guide_in_order() -> None:
    code, stdout, stderr = loc("--help")
    assert (code, stderr) == (0, "")
    _, _, verbs = stdout.partition("\nVerbs:\n")
    listed = re.findall(r"^  (\w+) ", verbs, re.MULTILINE)
    assert listed == [verb for verb in GUIDE if verb in listed]
    assert listed == list(cli.VERBS)


def test_verbs_are_those_that_exist() -> None:
    modules = {path.stem for path in (ROOT / "deploy/loc/commands").glob("[!_]*.py")}
    assert modules == set(cli.VERBS)


@pytest.mark.parametrize("verb", cli.VERBS)
def test_each_verb_explains_itself(verb: str) -> None:
    code, stdout, stderr = loc(verb, "--help")
    assert (code, stderr) == (0, "")
    assert stdout.startswith(f"Usage: loc {verb} ")
    assert "guide" in stdout


def test_help_of_affected_is_whole() -> None:
    assert (
        loc("affected", "--help")[1]
        == """\
Usage: loc affected [OPTIONS]

  Show which locations a change affects, for what, and why (guide 5.1).

  build   the image or its configuration changes
  test    only tests, documents or development dependencies change
  remove  the location is gone

  Compares commits: what is not committed is not seen. `--since-release` is
  what a delivery asks, since no change is lost when a run before it was
  cancelled; `--base` is what a review asks.

Options:
  --base REF       Compare with the merge base of HEAD and REF [main].
  --since-release  Compare each location with its last release.
  --json           A list of location, for, reasons.
  --matrix         The locations to build, for CI.
  --markdown       A table and a picture.
  --help           Show this message and exit.
"""
    )


@pytest.mark.parametrize(
    ("arguments", "stderr"),
    [
        (["nosuch"], "error: No such command 'nosuch'.\nhint: see loc --help\n"),
        (["--nosuch"], "error: No such option '--nosuch'.\nhint: see loc --help\n"),
        (
            ["affected", "--nosuch"],
            "error: No such option '--nosuch'.\nhint: see loc affected --help\n",
        ),
        (
            ["affected", "--base"],
            "error: Option '--base' requires an argument.\nhint: see loc --help\n",
        ),
        (
            ["affected", "surplus"],
            "error: Got unexpected extra argument (surplus)\nhint: see loc affected --help\n",
        ),
        (
            ["affected", "--base", "nosuch"],
            f"error: nosuch names no commit\nhint: {BASE_HINT}\n",
        ),
    ],
)
def test_mistake_of_the_user_is_an_error_with_a_hint(arguments: list[str], stderr: str) -> None:
    assert loc(*arguments) == (2, "", stderr)


def test_missing_program_is_named() -> None:
    message = "git cannot be run: No such file or directory"
    hint = "install git and put it on the PATH"
    assert loc("affected", PATH="/nowhere") == (2, "", f"error: {message}\nhint: {hint}\n")


def test_traceback_is_shown_on_demand_only() -> None:
    code, stdout, stderr = loc("--debug", "affected", "--base", "nosuch")
    assert (code, stdout) == (2, "")
    assert stderr.startswith("Traceback (most recent call last):\n")
    assert stderr.endswith(f"hint: {BASE_HINT}\n")


def test_defect_of_loc_is_told_from_findings() -> None:
    code = "from loc import cli; cli.VERBS['broken'] = ''; print(cli.run(['broken']))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stdout == "70\n"
    assert done.stderr == (
        "error: ModuleNotFoundError: No module named 'loc.commands.broken'\n"
        "hint: this is a defect of loc: run again as loc --debug and report it\n"
    )


def test_closed_pipe_ends_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [str(LOC), "affected", "--base", "HEAD", "--matrix"]
    done = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_each_kind_of_error_has_the_exit_code_that_is_documented() -> None:
    codes = {
        kind.__name__: kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.LocError)
    }
    assert codes == {
        "LocError": 70,
        "UsageError": 2,
        "ToolError": 2,
        "ConflictError": 10,
        "RegistryError": 11,
        "DagsterUnreachableError": 12,
        "VerificationError": 13,
        "RollbackError": 14,
        "SupersededError": 15,
    }
    documented = {int(code) for code in re.findall(r"\b(\d+) [a-zA-Z]", loc("--help")[1])}
    assert documented == {0, errors.FINDINGS, *codes.values()}
