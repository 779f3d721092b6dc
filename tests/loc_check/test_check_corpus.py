"""Every rule on small repositories: one in which it fires, and a near miss in which it does not."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from loc.rules.catalogue import RULES

from .conftest import Check
from .repositories import BASE, Case, cases, lay_out, renamed, restored, workspace

CASES = list(cases())
READ = [case for case in CASES if not case.is_loaded]
LOADED = {f"case_{number:02}_service": case for number, case in enumerate(CASES) if case.is_loaded}


def test_every_rule_fires_in_a_case_and_has_a_near_miss() -> None:
    assert {case.code for case in CASES if case.is_near} == set(RULES)
    assert {case.code for case in CASES if not case.is_near} == set(RULES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_says_why_it_exists_and_expects_what_its_name_says(case: Case) -> None:
    assert case.content["why"].endswith(".")
    assert (f" {case.code} " in case.expected) is not case.is_near
    assert (case.expected == "") is case.is_near


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_check_finds_what_the_case_expects(case: Case, tmp_path: Path, check: Check) -> None:
    lay_out(tmp_path, case.files(), case.content.get("link"))
    outcome = check(tmp_path, "--no-load")
    assert (outcome.stdout, outcome.code) == (case.expected, 0 if case.is_near else 1)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """All cases that are loaded, as the locations of one repository: dagster starts once."""
    root = tmp_path_factory.mktemp("loaded")
    files = {path: content for path, content in BASE.items() if path.startswith("shared/")}
    for name, case in LOADED.items():
        files |= renamed(case, name)
    lay_out(root, {**files, "workspace.yaml": workspace(LOADED)})
    command = [str(Path(sys.executable).with_name("loc")), "check"]
    secrets = {**os.environ, "DEMO_SECRET_OF_A_DEVELOPER": "1"}
    done = subprocess.run(command, cwd=root, env=secrets, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr.decode()
    lines = done.stdout.decode().splitlines(keepends=True)
    return {
        name: "".join(restored(line, name) for line in lines if _is_about(line, name))
        for name in LOADED
    }


@pytest.mark.parametrize(
    ("name", "case"), LOADED.items(), ids=lambda part: getattr(part, "name", "")
)
def test_loading_finds_what_the_case_expects(
    name: str, case: Case, loaded: Mapping[str, str]
) -> None:
    assert loaded[name] == case.expected


def _is_about(line: str, name: str) -> bool:
    return name in line or name.replace("_", "-") in line
