"""`--since-release`: each location against its own last release, as `production` records it."""

from pathlib import Path

import pytest

from .workspace import Workspace, to_build, to_remove, to_test

ORDERS = "locations/orders/orders/repository.py"
STOCK = "locations/stock/stock/repository.py"
DIGEST = f"@sha256:{'ab' * 32}"


def released(workspace: Workspace) -> object:
    return workspace.affected("--since-release")


@pytest.fixture
def both_released(workspace: Workspace) -> Workspace:
    """Both locations are released from the commit that is checked out."""
    commit = workspace.git("rev-parse", "HEAD")
    workspace.release(orders=commit + DIGEST, stock=commit)
    return workspace


def test_nothing_to_do_where_all_is_released(both_released: Workspace) -> None:
    outcome = both_released.loc("affected", "--since-release")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "no location is affected\n")


def test_change_of_a_cancelled_run_is_in_the_next(both_released: Workspace) -> None:
    both_released.write({ORDERS: "x = 1\n"})
    both_released.commit()  # its delivery was cancelled
    both_released.write({STOCK: "x = 1\n"})
    commit = both_released.commit()
    expected = [to_build("orders", f"{ORDERS}: changed"), to_build("stock", f"{STOCK}: changed")]
    assert released(both_released) == expected
    both_released.release(stock=commit + DIGEST)
    assert released(both_released) == expected[:1]


def test_change_taken_back_before_its_release_is_none(both_released: Workspace) -> None:
    before = (both_released.root / ORDERS).read_text()
    both_released.write({ORDERS: "x = 1\n"})
    both_released.commit()
    both_released.write({ORDERS: before})
    both_released.commit()
    assert released(both_released) == []


def test_release_of_a_commit_that_was_rewritten_is_compared(both_released: Workspace) -> None:
    both_released.write({ORDERS: "x = 1\n"})
    left_behind = both_released.commit()
    both_released.release(orders=left_behind)
    both_released.git("switch", "--quiet", "--detach", f"{left_behind}~1")
    both_released.write({"locations/stock/README.md": "new"})
    both_released.commit()
    assert released(both_released) == [
        to_build("orders", f"{ORDERS}: changed"),
        to_test("stock", "locations/stock/README.md: changed"),
    ]


def test_location_that_was_never_released_is_built(workspace: Workspace) -> None:
    assert released(workspace) == [
        to_build("orders", "never released"),
        to_build("stock", "never released"),
    ]
    workspace.release(stock=workspace.git("rev-parse", "HEAD"))
    assert released(workspace) == [to_build("orders", "never released")]


def test_location_that_is_gone_but_runs_is_removed(both_released: Workspace) -> None:
    both_released.remove("locations/orders")
    both_released.commit()
    assert released(both_released) == [to_remove("orders")]


def test_release_by_version_is_found_by_its_git_tag(both_released: Workspace) -> None:
    both_released.write({ORDERS: "x = 1\n", STOCK: "x = 1\n"})
    both_released.commit()
    both_released.git("tag", "--annotate", "--message", "1.2.0", "orders/v1.2.0")
    both_released.release(orders=f"1.2.0{DIGEST}", stock="1.3.0")
    both_released.write({"locations/orders/orders/new.py": ""})
    both_released.commit()
    assert released(both_released) == [
        to_build("orders", "locations/orders/orders/new.py: added"),
        to_build("stock", "its last release cannot be told"),
    ]


@pytest.mark.parametrize(
    "values",
    [
        "image:\n  tag: latest\n",
        f"a:\n  tag: {'1' * 40}\nb:\n  tag: {'2' * 40}\n",
        "image:\n  tag: --upload-pack=x\n",
    ],
)
def test_release_that_cannot_be_told_is_built(both_released: Workspace, values: str) -> None:
    record(both_released, values)
    assert released(both_released) == [to_build("stock", "its last release cannot be told")]


@pytest.mark.parametrize("values", ["image: {}\n", "", "image:\n  # tag: 1.0.0\n"])
def test_values_without_a_tag_are_no_release(both_released: Workspace, values: str) -> None:
    record(both_released, values)
    assert released(both_released) == [to_build("stock", "never released")]


def record(workspace: Workspace, values: str) -> None:
    workspace.git("switch", "--quiet", "production")
    workspace.write({"deploy/values/stock.yaml": values})
    workspace.commit()
    workspace.git("switch", "--quiet", "at-work")


def test_release_that_is_not_in_the_clone_is_built(both_released: Workspace) -> None:
    both_released.release(stock="a" * 40)
    reason = f"its last release {'a' * 40} is not in this clone"
    assert released(both_released) == [to_build("stock", reason)]


def test_release_older_than_a_shallow_clone_is_fetched(
    both_released: Workspace, tmp_path: Path
) -> None:
    tree = both_released.git("rev-parse", "production^{tree}")
    alone = both_released.git("commit-tree", "-m", "without parents", tree)
    both_released.git("branch", "--force", "production", alone)
    both_released.write({STOCK: "x = 1\n"})
    both_released.commit()
    url = f"file://{both_released.root}"
    both_released.git("clone", "--quiet", "--depth", "1", url, str(tmp_path / "clone"))
    assert released(Workspace(tmp_path / "clone")) == [to_build("stock", f"{STOCK}: changed")]


def test_platform_is_no_location(both_released: Workspace) -> None:
    both_released.release(platform="1.13.0")
    assert released(both_released) == []


@pytest.mark.parametrize("options", [[], ["--depth", "1"], ["--single-branch"]])
def test_clone_finds_the_releases_of_its_remote(
    both_released: Workspace, tmp_path: Path, options: list[str]
) -> None:
    both_released.write({STOCK: "x = 1\n"})
    both_released.commit()
    url = f"file://{both_released.root}"
    both_released.git("clone", "--quiet", *options, url, str(tmp_path / "clone"))
    reason = f"{STOCK}: changed"
    assert released(Workspace(tmp_path / "clone")) == [to_build("stock", reason)]
