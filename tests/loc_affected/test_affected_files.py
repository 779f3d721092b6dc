"""A location's own files: whatever git can do to a path, the locations it concerns are named."""

import os
from pathlib import Path

import pytest

from .workspace import Workspace, location, to_build, to_remove, to_test, two_locations

FOLDER = "locations/orders"
CODE = "locations/orders/orders/repository.py"


def test_changed_file_affects_its_location(workspace: Workspace) -> None:
    workspace.write({CODE: "x = 1\n"})
    workspace.commit()
    assert workspace.affected() == [to_build("orders", f"{CODE}: changed")]


def test_added_file_affects_its_location(workspace: Workspace) -> None:
    workspace.write({f"{FOLDER}/orders/ops/pack.py": ""})
    workspace.commit()
    assert workspace.affected() == [to_build("orders", f"{FOLDER}/orders/ops/pack.py: added")]


def test_deleted_file_affects_its_location(workspace: Workspace) -> None:
    workspace.remove(f"{FOLDER}/orders/__init__.py")
    workspace.commit()
    assert workspace.affected() == [to_build("orders", f"{FOLDER}/orders/__init__.py: deleted")]


def test_changed_mode_affects_its_location(workspace: Workspace) -> None:
    (workspace.root / CODE).chmod(0o755)
    workspace.commit()
    assert workspace.affected() == [to_build("orders", f"{CODE}: mode changed")]


def test_commit_without_change_affects_nothing(workspace: Workspace) -> None:
    workspace.commit()
    assert workspace.affected() == []


def test_new_location_is_built_for_one_reason(workspace: Workspace) -> None:
    workspace.write(location("returns", ""))
    workspace.commit()
    assert workspace.affected() == [to_build("returns", "locations/returns: new")]


def test_deleted_location_is_removed(workspace: Workspace) -> None:
    workspace.remove(FOLDER)
    workspace.remove("deploy/values/orders.yaml")
    workspace.commit()
    assert workspace.affected() == [to_remove("orders")]


def test_renamed_location_is_removed_and_built(workspace: Workspace) -> None:
    workspace.move(FOLDER, "locations/sales")
    workspace.commit()
    assert workspace.affected() == [
        to_remove("orders"),
        to_build("sales", "locations/sales: new"),
    ]


def test_moved_file_affects_both_locations(workspace: Workspace) -> None:
    workspace.move(f"{FOLDER}/orders/repository.py", "locations/stock/stock/orders.py")
    workspace.commit()
    assert workspace.affected() == [
        to_build("orders", f"{CODE}: deleted"),
        to_build("stock", "locations/stock/stock/orders.py: added"),
    ]


def test_file_moved_out_of_a_location_affects_it(workspace: Workspace) -> None:
    workspace.move(CODE, "archive/repository.py")
    workspace.commit()
    assert workspace.affected() == [to_build("orders", f"{CODE}: deleted")]


@pytest.mark.parametrize(
    "name", ["données.csv", 'a "quoted" name', "two\nlines", "tab\there", " space ", "-x", "a\\b"]
)
def test_odd_names_are_told_as_they_are(workspace: Workspace, name: str) -> None:
    workspace.write({f"{FOLDER}/orders/{name}": "x"})
    workspace.commit()
    assert workspace.affected() == [to_build("orders", f"{FOLDER}/orders/{name}: added")]


def test_name_that_is_no_utf8_is_told_and_shown(workspace: Workspace) -> None:
    folder = os.fsencode(workspace.root / FOLDER / "orders")
    Path(os.fsdecode(folder + b"/caf\xe9.csv")).write_text("x")
    workspace.commit()
    assert workspace.affected() == [to_build("orders", f"{FOLDER}/orders/caf\udce9.csv: added")]
    shown = workspace.loc("affected", "--base", "HEAD~1").stdout
    assert shown == f"orders: build\n  {FOLDER}/orders/caf\\xe9.csv: added\n"


def test_location_with_an_odd_name_is_a_location(workspace: Workspace) -> None:
    workspace.write({"locations/é t\né/x.py": ""})
    workspace.commit()
    assert workspace.affected() == [to_build("é t\né", "locations/é t\né/x.py: added")]


def test_file_beside_the_locations_affects_nothing(workspace: Workspace) -> None:
    workspace.write({"locations/README.md": "x"})
    workspace.commit()
    assert workspace.affected() == []


def test_link_to_a_file_outside_passes_its_changes_on(workspace: Workspace) -> None:
    workspace.write({"data/rates.csv": "1"})
    workspace.link(f"{FOLDER}/orders/rates.csv", "../../../data/rates.csv")
    workspace.commit()
    workspace.write({"data/rates.csv": "2"})
    workspace.commit()
    assert workspace.affected() == [
        to_build("orders", f"{FOLDER}/orders/rates.csv -> data/rates.csv: changed")
    ]


def test_link_to_a_folder_passes_on_what_is_below_it(workspace: Workspace) -> None:
    workspace.write({"data/2026/rates.csv": "1"})
    workspace.link(f"{FOLDER}/orders/data", "../../../data")
    workspace.commit()
    workspace.write({"data/2026/more.csv": "2"})
    workspace.commit()
    reason = f"{FOLDER}/orders/data/2026/more.csv -> data/2026/more.csv: added"
    assert workspace.affected() == [to_build("orders", reason)]


def test_links_to_links_and_in_circles_pass_changes_on(workspace: Workspace) -> None:
    workspace.write({"data/rates.csv": "1"})
    workspace.link("data/all", "..")
    workspace.link("other", "data")
    workspace.link(f"{FOLDER}/orders/rates.csv", "../../../other/rates.csv")
    workspace.commit()
    workspace.write({"data/rates.csv": "2"})
    workspace.commit()
    (found,) = workspace.affected()
    assert (found["location"], found["for"]) == ("orders", "build")
    assert f"{FOLDER}/orders/rates.csv -> data/rates.csv: changed" in found["reasons"]


def test_link_into_another_location_affects_both(workspace: Workspace) -> None:
    workspace.link("locations/stock/stock/repository.py", f"../../../{CODE}")
    workspace.commit()
    workspace.write({CODE: "x = 1\n"})
    workspace.commit()
    link = "locations/stock/stock/repository.py"
    assert workspace.affected() == [
        to_build("orders", f"{CODE}: changed"),
        to_build("stock", f"{link} -> {CODE}: changed"),
    ]


def test_link_that_points_elsewhere_now_affects_its_location(workspace: Workspace) -> None:
    workspace.link(f"{FOLDER}/orders/notes", "../README.md")
    workspace.commit()
    workspace.link(f"{FOLDER}/orders/notes", "/outside/of/all")
    workspace.commit()
    assert workspace.affected() == [to_build("orders", f"{FOLDER}/orders/notes: changed")]


def test_location_that_is_a_link_is_affected_by_what_it_points_at(workspace: Workspace) -> None:
    workspace.write({"elsewhere/repository.py": ""})
    workspace.link("locations/linked", "../elsewhere")
    workspace.commit()
    workspace.write({"elsewhere/repository.py": "x = 1"})
    workspace.commit()
    reason = "locations/linked/repository.py -> elsewhere/repository.py: changed"
    assert workspace.affected() == [to_build("linked", reason)]


@pytest.mark.parametrize("path", [f"{FOLDER}/vendor", "locations/whole"])
def test_submodule_that_moves_on_affects_its_location(
    workspace: Workspace, tmp_path: Path, path: str
) -> None:
    (tmp_path / "vendor").mkdir()
    vendor = two_locations(tmp_path / "vendor")
    workspace.git("submodule", "--quiet", "add", str(vendor.root), path)
    # git hides such a change from a plain diff when it is told to here
    workspace.git("config", "--file", ".gitmodules", f"submodule.{path}.ignore", "all")
    workspace.commit()
    vendor.commit()
    workspace.git("-C", path, "pull", "--quiet")
    workspace.git("add", "--force", path)
    workspace.commit()
    assert workspace.affected() == [to_build(path.split("/")[1], f"{path}: changed")]


def test_merge_brings_what_it_merged(workspace: Workspace) -> None:
    workspace.git("switch", "--quiet", "--create", "topic")
    workspace.write({CODE: "x = 1\n"})
    workspace.commit()
    workspace.git("switch", "--quiet", "main")
    workspace.write({"locations/stock/stock/repository.py": "x = 1\n"})
    before = workspace.commit()
    workspace.git("merge", "--quiet", "--no-ff", "--message", "merge", "topic")
    assert workspace.affected("--base", before) == [to_build("orders", f"{CODE}: changed")]
    workspace.git("switch", "--quiet", "topic")
    workspace.git("reset", "--quiet", "--hard", f"{before}~1")
    workspace.write({CODE: "x = 1\n"})
    workspace.commit()
    workspace.git("merge", "--quiet", "--message", "merge", "main")
    assert workspace.affected("--base", "HEAD~1") == [
        to_build("stock", "locations/stock/stock/repository.py: changed")
    ]


@pytest.mark.parametrize(
    "name", ["tests/test_orders.py", "tests/data/a.csv", "README.md", "docs/guide.html"]
)
def test_tests_and_documents_ask_for_tests_only(workspace: Workspace, name: str) -> None:
    workspace.write({f"{FOLDER}/{name}": "new content"})
    workspace.commit()
    verb = "added" if name in ("tests/data/a.csv", "docs/guide.html") else "changed"
    assert workspace.affected() == [to_test("orders", f"{FOLDER}/{name}: {verb}")]


@pytest.mark.parametrize(
    ("instruction", "for_"),
    [
        (f"COPY {FOLDER} /code", "build"),
        (f"COPY --chown=1:1 {FOLDER}/ /code/", "build"),
        (f'COPY ["{FOLDER}/README.md", "/code/"]', "build"),
        (f"COPY {FOLDER}/READ*.md /code/", "build"),
        (f"copy {FOLDER}/pyproject.toml \\\n  # why\n  {FOLDER}/README.md /code/", "build"),
        ("COPY locations/${NAME}/README.md /code/", "build"),
        ("COPY . /code", "build"),
        (f"ONBUILD COPY {FOLDER} /code", "build"),
        ("COPY locations/stock/../orders/README.md /code/", "build"),
        (f"COPY {FOLDER}/**/README.md /code/", "build"),
        (f"COPY {FOLDER}/** /code/", "build"),
        ("COPY locations/${NAME}_service/README.md /code/", "test"),
        ("COPY locations/o${NAME}/README.md /code/", "build"),
        (f"COPY {FOLDER}/[QR]EADME.m? /code/", "build"),
        (f"COPY {FOLDER}/[!R]EADME.md /code/", "test"),
        ("COPY [broken", "build"),
        ("ADD README.md /code/", "build"),  # seen from the location's folder
        (f"RUN --mount=type=bind,source={FOLDER},target=/x cat /x/README.md", "build"),
        (f"RUN --mount=type=cache,target=/root/.cache cat {FOLDER}/README.md", "test"),
        (f"COPY --from=first {FOLDER} /code", "test"),
        (f"COPY {FOLDER}/orders /code", "test"),
        ("COPY locations/stock /code", "test"),
        (f"COPY {FOLDER}/READ /code/", "test"),
        (f"COPY {FOLDER}/*.txt /code/", "test"),
    ],
)
def test_readme_that_the_image_copies_is_built(
    workspace: Workspace, instruction: str, for_: str
) -> None:
    workspace.write({f"{FOLDER}/Dockerfile": f"FROM base\n{instruction}\n"})
    workspace.commit()
    workspace.write({f"{FOLDER}/README.md": "new"})
    workspace.commit()
    reason = f"{FOLDER}/README.md: changed"
    assert workspace.affected() == [{"location": "orders", "for": for_, "reasons": [reason]}]


@pytest.mark.parametrize(
    ("ignore", "for_"),
    [
        ("**/tests", "test"),
        ("# comment\n\n/locations/*/tests/\n", "test"),
        ("*\n!locations\n**/tests/*.py", "test"),
        ("**/tests\n!locations/orders/tests", "build"),
        ("**/docs", "build"),
        ("", "build"),
    ],
)
def test_copied_folder_counts_without_what_dockerignore_leaves_out(
    workspace: Workspace, ignore: str, for_: str
) -> None:
    dockerfile = f"FROM base\nCOPY {FOLDER} /code\n"
    workspace.write({f"{FOLDER}/Dockerfile": dockerfile, ".dockerignore": ignore})
    workspace.commit()
    workspace.write({f"{FOLDER}/tests/test_orders.py": "new"})
    workspace.commit()
    reason = f"{FOLDER}/tests/test_orders.py: changed"
    assert workspace.affected() == [{"location": "orders", "for": for_, "reasons": [reason]}]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"polars"', '"polars>=1"', to_build("orders", "project.dependencies")),
        ('"0.1.0"', '"0.2.0"', to_build("orders", "project.version")),
        ("[project]", "[tool.hatch]\nx = 1\n[project]", to_build("orders", "tool.hatch")),
        (
            "[project]",
            "[tool.uv]\nno-build = true\n[project]",
            to_build("orders", "tool.uv.no-build"),
        ),
        ('["hypothesis"]', "[]", to_test("orders", "dependency-groups")),
        ("[project]", "[tool.ruff]\nline-length = 9\n[project]", to_test("orders", "tool.ruff")),
        ("[project]", "# a comment\n[project]", to_test("orders", "only its layout")),
        ("[project]", "[project", to_build("orders", "unreadable")),
    ],
)
def test_pyproject_is_compared_by_its_tables(
    workspace: Workspace, old: str, new: str, expected: dict[str, list[str]]
) -> None:
    workspace.replace(f"{FOLDER}/pyproject.toml", old, new)
    workspace.commit()
    (table,) = expected["reasons"]
    assert workspace.affected() == [{**expected, "reasons": [f"{FOLDER}/pyproject.toml: {table}"]}]


def test_build_outweighs_test(workspace: Workspace) -> None:
    workspace.write({f"{FOLDER}/README.md": "new", CODE: "x = 1\n"})
    workspace.commit()
    assert workspace.affected() == [to_build("orders", f"{CODE}: changed")]
