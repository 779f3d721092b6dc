"""`loc check` as a command: forms of its output, what it looks at, and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from loc.errors import ToolError
from loc.gateways.programs import program

from .conftest import Check
from .repositories import BASE, cases, lay_out, renamed, workspace

ROOT = Path(__file__).parents[2]
DEMO = "locations/demo_service"
FINDING = f"{DEMO}/README.md:1: L2106 is empty\n"
IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.org"]


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def two_locations(tmp_path: Path) -> Path:
    """Two clean locations, committed: demo_service and more_service."""
    base = next(case for case in cases() if case.name == "L2101-near-more-than-the-layout")
    files = {**BASE, **renamed(base, "more_service")}
    lay_out(tmp_path, {**files, "workspace.yaml": workspace(["demo_service", "more_service"])})
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "two locations")
    return tmp_path


@pytest.fixture
def empty_readme(two_locations: Path) -> Path:
    """The same with a finding in demo_service, not staged."""
    (two_locations / DEMO / "README.md").write_text("")
    return two_locations


def test_clean_repository_says_so_on_stderr_only(two_locations: Path, check: Check) -> None:
    assert check(two_locations, "--no-load") == (0, "", "2 locations checked, no findings\n")


def test_finding_is_a_line_with_path_line_code_and_text(empty_readme: Path, check: Check) -> None:
    said = "2 locations checked, 1 finding\n"
    assert check(empty_readme, "--no-load") == (1, FINDING, said)


def test_json_is_a_list_of_findings(empty_readme: Path, check: Check) -> None:
    outcome = check(empty_readme, "--no-load", "--json")
    assert json.loads(outcome.stdout) == [
        {"path": f"{DEMO}/README.md", "line": 1, "code": "L2106", "text": "is empty"}
    ]


def test_markdown_is_a_table(empty_readme: Path, check: Check) -> None:
    assert check(empty_readme, "--no-load", "--markdown").stdout == (
        f"| where | code | what |\n|---|---|---|\n| `{DEMO}/README.md:1` | L2106 | is empty |\n"
    )


def test_only_the_named_location_is_looked_at(empty_readme: Path, check: Check) -> None:
    assert check(empty_readme, "more_service", "--no-load").stdout == ""
    assert check(empty_readme, "demo_service", "--no-load").stdout == FINDING


def test_check_works_in_a_folder_of_the_repository(empty_readme: Path, check: Check) -> None:
    assert check(empty_readme / DEMO, "--no-load").stdout == FINDING


def test_unknown_location_is_a_usage_error(two_locations: Path, check: Check) -> None:
    assert check(two_locations, "demo") == (
        2,
        "",
        "error: no such location: demo\nhint: the locations are: demo_service, more_service\n",
    )


def test_outside_of_a_repository_is_a_usage_error(tmp_path: Path, check: Check) -> None:
    said = "error: this is no git repository\nhint: run loc inside a clone\n"
    assert check(tmp_path) == (2, "", said)


def test_location_that_git_does_not_know_yet_is_checked(two_locations: Path, check: Check) -> None:
    place = two_locations / "locations/new_service/README.md"
    place.parent.mkdir()
    place.write_text("new\n")
    codes = {line.split()[1] for line in check(two_locations, "--no-load").stdout.splitlines()}
    assert codes == {"L2101", "L5101"}


def test_nothing_staged_is_nothing_to_do(empty_readme: Path, check: Check) -> None:
    assert check(empty_readme, "--staged") == (0, "", "nothing staged, checked, no findings\n")


def test_staged_looks_at_locations_with_staged_changes_only(
    empty_readme: Path, check: Check
) -> None:
    (empty_readme / "locations/more_service/notes.txt").write_text("notes\n")
    git(empty_readme, "add", "locations/more_service")
    assert check(empty_readme, "--staged") == (0, "", "1 location checked, no findings\n")
    git(empty_readme, "add", "--all")
    assert check(empty_readme, "--staged").stdout == FINDING


def test_staged_values_and_workspace_are_looked_at(two_locations: Path, check: Check) -> None:
    values = two_locations / "deploy/values/more_service.yaml"
    values.write_text(values.read_text() + "unknown: 1\n")
    (two_locations / "workspace.yaml").write_text(workspace(["more_service"]))
    git(two_locations, "add", "--all")
    assert check(two_locations, "--staged").stdout == (
        "deploy/values/more_service.yaml:10: L5103 the key unknown is not known\n"
        "workspace.yaml:1: L5101 demo_service has no entry\n"
    )


def test_staged_removal_of_a_location_needs_its_entries_removed(
    two_locations: Path, check: Check
) -> None:
    git(two_locations, "rm", "-r", "--quiet", "locations/more_service")
    assert check(two_locations, "--staged").stdout == (
        "deploy/values/more_service.yaml:1: L5101 more_service has no folder in locations/\n"
        "workspace.yaml:5: L5101 more_service has no folder\n"
    )


def test_staged_credential_is_found_and_an_old_one_is_not_searched_again(
    two_locations: Path, check: Check
) -> None:
    secret = 'PASSWORD = "hunter2hunter2"\n'
    old = two_locations / DEMO / "demo_service/logic/old.py"
    old.write_text(secret)
    git(two_locations, "add", "--all")
    found = f"{DEMO}/demo_service/logic/old.py:1: L2340 looks like a credential (Secret Keyword)\n"
    assert check(two_locations, "--staged").stdout == found
    git(two_locations, "commit", "--quiet", "--message", "a secret")
    (two_locations / DEMO / "README.md").write_text("more\n")
    git(two_locations, "add", "--all")
    assert check(two_locations, "--staged").stdout == ""
    assert check(two_locations, "--no-load").stdout == found


def test_staged_and_names_exclude_each_other(two_locations: Path, check: Check) -> None:
    said = "error: --staged finds the locations itself\nhint: leave the names out\n"
    assert check(two_locations, "demo_service", "--staged") == (2, "", said)


def test_missing_linter_is_an_error_and_not_a_pass() -> None:
    with pytest.raises(ToolError, match="no-such-linter is not installed") as caught:
        program("no-such-linter")
    assert (caught.value.exit_code, caught.value.hint) == (
        2,
        "run uv sync, which installs it with loc",
    )


def test_check_never_imports_dagster_in_its_own_process(two_locations: Path) -> None:
    code = (
        "import sys, loc.cli\n"
        "code = loc.cli.run(['check'])\n"
        "sys.exit(code or any(name.startswith('dagster') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=two_locations, check=False)
    assert done.returncode == 0


def test_the_locations_of_this_repository_keep_every_rule(check: Check) -> None:
    outcome = check(ROOT)
    assert (outcome.code, outcome.stdout) == (0, "")
