"""Whatever goes wrong on the way, `loc new` leaves nothing behind, and a second run converges."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .clone import LOC, Clone

MEND_TEMPLATE = "mend the template"
TEMPLATE = "deploy/template/locations/{{name}}"


def break_workspace(root: Path) -> tuple[str, str]:
    (root / "workspace.yaml").write_text("load_from:\n  - a: [\n")
    hint = (
        "write load_from as a list of `- python_module:` entries, a line each for module_name and "
        "location_name"
    )
    return "workspace.yaml:3: expected the node content, but found '<stream end>'", hint


def remove_workspace(root: Path) -> tuple[str, str]:
    (root / "workspace.yaml").unlink()
    return "workspace.yaml cannot be read: No such file or directory", "restore the file from git"


def break_lock(root: Path) -> tuple[str, str]:
    (root / "uv.lock").write_text("version = \n")
    return "uv.lock cannot be read: Invalid value (at line 1, column 11)", "run uv lock"


def break_project(root: Path) -> tuple[str, str]:
    (root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    message = "pyproject.toml names no members of the uv workspace: 'tool'"
    return message, "run loc inside the repository of the locations"


def remove_template(root: Path) -> tuple[str, str]:
    shutil.rmtree(root / "deploy/template")
    return "deploy/template has no files", "restore the folder from git"


def break_template(root: Path) -> tuple[str, str]:
    (root / TEMPLATE / "x.md.jinja").write_text("one\n{% if %}\n")
    message = f"{TEMPLATE}/x.md.jinja:2: Expected an expression, got 'end of statement block'"
    return message, MEND_TEMPLATE


def ask_too_much_of_the_template(root: Path) -> tuple[str, str]:
    (root / TEMPLATE / "x.md.jinja").write_text("{{ team }}\n")
    return f"{TEMPLATE}/x.md.jinja: 'team' is undefined", MEND_TEMPLATE


def let_the_template_stray(root: Path) -> tuple[str, str]:
    (root / "deploy/template/README.md").write_text("mine\n")
    message = "the template writes README.md, which is no part of the location"
    return message, "keep it to locations/order_audit and deploy/values/order_audit.yaml"


def put_a_file_where_values_belong(root: Path) -> tuple[str, str]:
    shutil.rmtree(root / "deploy/values")
    (root / "deploy/values").write_text("")
    message = "deploy/values/order_audit.yaml cannot be written: Not a directory"
    return message, "see what stands in the way there; nothing was changed"


def put_a_file_where_the_stage_belongs(root: Path) -> tuple[str, str]:
    (root / ".local").write_text("")
    message = ".local/new/order_audit cannot be written: Not a directory"
    return message, "see what stands in the way there; nothing was changed"


@pytest.mark.parametrize(
    "break_it",
    [
        break_workspace,
        remove_workspace,
        break_lock,
        break_project,
        remove_template,
        break_template,
        ask_too_much_of_the_template,
        let_the_template_stray,
        put_a_file_where_values_belong,
        put_a_file_where_the_stage_belongs,
    ],
)
def test_failure_is_explained_and_leaves_nothing_behind(
    clone: Clone, break_it: Callable[[Path], tuple[str, str]]
) -> None:
    message, hint = break_it(clone.root)
    before = clone.tree()
    failed = clone.loc("new", "order_audit")
    said = f"error: {message}\nhint: {hint}\n"
    assert (failed.returncode, failed.stdout, failed.stderr) == (2, "", said)
    assert clone.tree() == before


def test_what_uv_says_is_shown_with_the_paths_of_the_repository(clone: Clone) -> None:
    with (clone.root / "shared/pyproject.toml").open("a") as file:
        file.write('[project]\nname = "twice"\n')
    before = clone.tree()
    failed = clone.loc("new", "order_audit")
    assert failed.returncode == 2
    first, second, *_, hint = failed.stderr.splitlines()
    assert first == f"error: uv lock --project {clone.root} ended with 2:"
    assert second == "error: Failed to parse: shared/pyproject.toml"
    assert hint == "hint: run the command by hand"
    assert clone.tree() == before


def test_machine_without_uv_is_told(clone: Clone) -> None:
    path = clone.program("git", f'exec {shutil.which("git")} "$@"')
    before = clone.tree()
    failed = clone.loc("new", "order_audit", PATH=path.partition(":")[0])
    said = (
        "error: uv cannot be run: No such file or directory\n"
        "hint: install uv and put it on the PATH\n"
    )
    assert (failed.returncode, failed.stderr) == (2, said)
    assert clone.tree() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to a read-only folder")
def test_read_only_folder_is_named(clone: Clone) -> None:
    before = clone.tree()
    (clone.root / "locations").chmod(0o555)
    failed = clone.loc("new", "order_audit")
    (clone.root / "locations").chmod(0o755)
    assert failed.stderr == (
        "error: locations/order_audit cannot be written: Permission denied\n"
        "hint: see what stands in the way there; nothing was changed\n"
    )
    assert clone.tree() == before


def meddling(clone: Clone, script: str) -> str:
    """A uv that does its work while somebody else works in the repository."""
    uv = shutil.which("uv")
    return clone.program("uv", f'(cd "{clone.root}" && {script})\nexec {uv} "$@"')


def test_change_that_somebody_makes_meanwhile_is_kept(clone: Clone) -> None:
    path = meddling(clone, "printf '# mine\\n' >> workspace.yaml")
    before = clone.tree()
    failed = clone.loc("new", "order_audit", PATH=path)
    said = "error: workspace.yaml was changed by something else\nhint: run loc new again\n"
    assert (failed.returncode, failed.stderr) == (2, said)
    mine = (before["workspace.yaml"] or b"") + b"# mine\n"
    assert clone.tree() == {**before, "workspace.yaml": mine}


def test_folder_that_somebody_makes_meanwhile_undoes_all_other_parts(clone: Clone) -> None:
    path = meddling(clone, "mkdir locations/order_audit && echo > locations/order_audit/mine")
    before = clone.tree()
    failed = clone.loc("new", "order_audit", PATH=path)
    said = (
        "error: locations/order_audit cannot be written: Directory not empty\n"
        "hint: see what stands in the way there; nothing was changed\n"
    )
    assert (failed.returncode, failed.stderr) == (2, said)
    mine = {"locations/order_audit": None, "locations/order_audit/mine": b"\n"}
    assert clone.tree() == {**before, **mine}


@pytest.fixture
def waiting(clone: Clone) -> subprocess.Popen[bytes]:
    """`loc new` in the middle of its work: its uv waits for a network that never answers."""
    path = clone.program("uv", f'echo > "{clone.root.parent}/waits"\nexec sleep 300')
    process = subprocess.Popen(
        [*LOC, "new", "order_audit"],
        cwd=clone.root,
        env=clone.environment(PATH=path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (clone.root.parent / "waits").exists():
        assert process.poll() is None
        time.sleep(0.02)
    return process


def test_interrupted_run_leaves_nothing_behind(
    clone: Clone, waiting: subprocess.Popen[bytes]
) -> None:
    waiting.send_signal(signal.SIGINT)
    assert waiting.wait(timeout=30) == 130
    assert clone.git("status", "--porcelain", "--ignored") == ""
    assert not (clone.root / ".local").exists()


def test_killed_run_changes_nothing_and_the_next_one_completes(
    clone: Clone, waiting: subprocess.Popen[bytes]
) -> None:
    waiting.kill()
    waiting.wait(timeout=30)
    assert clone.git("status", "--porcelain") == ""
    assert (clone.root / ".local/new/order_audit").is_dir()
    assert clone.loc("new", "order_audit").returncode == 0
    assert not (clone.root / ".local").exists()


STEPS = ["uv.lock", "workspace.yaml", "deploy/values/order_audit.yaml"]


def test_run_killed_between_any_two_writes_is_completed_by_the_next(clone: Clone) -> None:
    before = clone.tree()
    assert clone.loc("new", "order_audit").returncode == 0
    whole = clone.tree()
    for done in range(len(STEPS) + 1):
        for path in STEPS[done:]:
            if content := before.get(path):
                (clone.root / path).write_bytes(content)
            else:
                (clone.root / path).unlink()
        shutil.rmtree(clone.root / "locations/order_audit")
        completed = clone.loc("new", "order_audit")
        assert (completed.returncode, completed.stdout.count("changed")) == (0, max(0, 2 - done))
        assert clone.tree() == whole
    again = clone.loc("new", "order_audit")
    assert (again.returncode, again.stdout, clone.tree() == whole) == (2, "", True)
