"""What is compared: a fork, a push, a clone without its history; never "nothing changed"."""

from pathlib import Path

import pytest

from .workspace import Outcome, Workspace, to_build

CODE = "locations/orders/orders/repository.py"
ZERO = "0" * 40
UNKNOWN = "1234567890" * 4


def everything(reason: str) -> list[dict[str, object]]:
    return [to_build("orders", reason), to_build("stock", reason)]


def usage(message: str, hint: str) -> Outcome:
    return Outcome(2, "", f"error: {message}\nhint: {hint}\n")


def clone(workspace: Workspace, folder: Path, *options: str) -> Workspace:
    workspace.git("clone", "--quiet", *options, f"file://{workspace.root}", str(folder))
    return Workspace(folder)


def test_branch_is_compared_with_where_it_left_main(workspace: Workspace) -> None:
    workspace.git("switch", "--quiet", "--create", "topic")
    workspace.write({CODE: "x = 1\n"})
    workspace.commit()
    workspace.git("switch", "--quiet", "main")
    workspace.write({"locations/stock/README.md": "later on main"})
    workspace.commit()
    workspace.git("switch", "--quiet", "topic")
    expected = [to_build("orders", f"{CODE}: changed")]
    assert workspace.loc("affected", "--json").data == expected
    assert workspace.affected("--base", "main") == expected


def test_main_of_the_remote_comes_before_the_local_one(
    workspace: Workspace, tmp_path: Path
) -> None:
    copy = clone(workspace, tmp_path / "clone")
    copy.write({CODE: "x = 1\n"})
    copy.commit()
    assert copy.loc("affected", "--json").data == [to_build("orders", f"{CODE}: changed")]


def test_works_from_a_folder_below_the_root(workspace: Workspace) -> None:
    workspace.write({CODE: "x = 1\n"})
    workspace.commit()
    below = Workspace(workspace.root / "locations/stock")
    workspace.git("config", "diff.relative", "true")
    workspace.git("config", "diff.renames", "copies")
    workspace.git("config", "diff.noprefix", "true")
    assert below.affected() == [to_build("orders", f"{CODE}: changed")]


def test_what_is_not_committed_is_not_seen(workspace: Workspace) -> None:
    workspace.write({CODE: "x = 1\n"})
    assert workspace.affected("--base", "HEAD") == []


def test_first_push_affects_everything(workspace: Workspace) -> None:
    reason = "no commit to compare with: the base is all zeros"
    assert workspace.affected("--base", ZERO) == everything(reason)


def test_unknown_commit_affects_everything(workspace: Workspace) -> None:
    reason = f"commit {UNKNOWN} is not in this clone"
    assert workspace.affected("--base", UNKNOWN) == everything(reason)


def test_commit_that_a_force_push_left_behind_is_fetched(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.write({CODE: "x = 1\n"})
    left_behind = workspace.commit()
    workspace.git("reset", "--quiet", "--hard", "HEAD~1")
    workspace.git("config", "uploadpack.allowAnySHA1InWant", "true")
    workspace.write({"locations/stock/stock/new.py": ""})
    workspace.commit()
    copy = clone(workspace, tmp_path / "clone")
    assert copy.affected("--base", left_behind) == [
        to_build("stock", "locations/stock/stock/new.py: added")
    ]


def test_commit_without_common_history_affects_everything(workspace: Workspace) -> None:
    workspace.git("switch", "--quiet", "--orphan", "other")
    other = workspace.commit()
    workspace.git("switch", "--quiet", "main")
    reason = f"{other} has no history in common with this commit"
    assert workspace.affected("--base", other) == everything(reason)


def test_shallow_clone_is_deepened(workspace: Workspace, tmp_path: Path) -> None:
    base = workspace.git("rev-parse", "HEAD")
    workspace.write({CODE: "x = 1\n"})
    workspace.commit()
    copy = clone(workspace, tmp_path / "clone", "--depth", "1")
    assert copy.affected("--base", base) == [to_build("orders", f"{CODE}: changed")]


def test_shallow_clone_that_cannot_be_deepened_affects_everything(
    workspace: Workspace, tmp_path: Path
) -> None:
    base = workspace.git("rev-parse", "HEAD")
    workspace.commit()
    copy = clone(workspace, tmp_path / "clone", "--depth", "1")
    copy.git("remote", "remove", "origin")
    reason = "the clone is shallow and could not be deepened"
    assert copy.affected("--base", base) == everything(reason)


HINT = "give --base a branch, a tag or the id of a commit"


@pytest.mark.parametrize("base", ["nosuch", "HEAD:README.md", "refs/heads/nosuch", "a b"])
def test_reference_to_nothing_is_an_error(workspace: Workspace, base: str) -> None:
    assert workspace.loc("affected", "--base", base) == usage(f"{base} names no commit", HINT)


@pytest.mark.parametrize("base", ["", "--output=x", "-x", "^HEAD", "HEAD~1..HEAD", "a...b"])
def test_reference_to_no_single_commit_is_an_error(workspace: Workspace, base: str) -> None:
    expected = usage(f"{base!r} is no reference to one commit", HINT)
    assert workspace.loc("affected", f"--base={base}") == expected


def test_base_and_release_exclude_each_other(workspace: Workspace) -> None:
    outcome = workspace.loc("affected", "--base", "HEAD", "--since-release")
    assert outcome == usage("--base and --since-release exclude each other", "leave one out")


def test_missing_main_is_an_error(workspace: Workspace) -> None:
    workspace.git("branch", "--move", "main", "trunk")
    assert workspace.loc("affected") == usage(
        "there is no branch main to compare with",
        "name the branch that this one started from: loc affected --base BRANCH",
    )


HINT_CLONE = "run loc inside a clone that has a commit checked out"


def test_folder_that_is_no_repository_is_an_error(tmp_path: Path) -> None:
    message = "not a git repository (or any of the parent directories): .git"
    assert Workspace(tmp_path).loc("affected") == usage(message, HINT_CLONE)


def test_repository_without_a_commit_is_an_error(tmp_path: Path) -> None:
    empty = Workspace(tmp_path)
    empty.git("init", "--quiet")
    assert empty.loc("affected") == usage("there is no commit yet", HINT_CLONE)
