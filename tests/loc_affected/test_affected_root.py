"""Files outside of locations, library and lock: those that change images, tests, or nothing."""

import pytest

from .workspace import Workspace, to_build, to_test


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "workspace.yaml",
        "Makefile",
        "tests/test_everything.py",
        "deploy/loc/cli.py",
        "deploy/template/Dockerfile",
        "deploy/values/platform.yaml",
        "deploy/values/unknown.yaml",
        ".gitea/CODEOWNERS",
        ".gitignore",
        "locations_of_old/orders/x.py",
        "shared_old/x.py",
    ],
)
def test_file_that_no_image_holds_affects_nothing(workspace: Workspace, name: str) -> None:
    workspace.write({name: "changed\n"})
    workspace.commit()
    assert workspace.affected() == []


@pytest.mark.parametrize("name", [".python-version", "uv.toml", ".gitattributes"])
def test_file_that_every_image_depends_on_affects_all(workspace: Workspace, name: str) -> None:
    workspace.write({name: "3.12\n"})
    workspace.commit()
    reason = f"{name}: added"
    assert workspace.affected() == [to_build("orders", reason), to_build("stock", reason)]


@pytest.mark.parametrize(
    "name",
    [
        ".gitea/workflows/delivery.yaml",
        ".github/workflows/checks.yml",
        ".ci/run",
        "conftest.py",
        "pytest.ini",
    ],
)
def test_way_of_testing_asks_for_tests_of_all(workspace: Workspace, name: str) -> None:
    workspace.write({name: "changed\n"})
    workspace.commit()
    reason = f"{name}: added"
    assert workspace.affected() == [to_test("orders", reason), to_test("stock", reason)]


def test_values_of_a_location_are_released_with_it(workspace: Workspace) -> None:
    workspace.write({"deploy/values/stock.yaml": "replicas: 2\n"})
    workspace.commit()
    assert workspace.affected() == [to_build("stock", "deploy/values/stock.yaml: changed")]


@pytest.mark.parametrize(
    "source", ["assets", "assets/logo.svg", "assets/*.svg", "./assets/", "as*"]
)
def test_root_file_that_a_dockerfile_copies_affects_its_location(
    workspace: Workspace, source: str
) -> None:
    workspace.write({"assets/logo.svg": "1"})
    workspace.write({"locations/stock/Dockerfile": f"FROM x\nCOPY {source} /assets/\n"})
    workspace.commit()
    workspace.write({"assets/logo.svg": "2", "assets/unrelated/deeper/x.txt": ""})
    workspace.commit()
    first = workspace.affected()[0]
    reason = "assets/logo.svg: changed, reached through locations/stock/Dockerfile"
    assert (first["location"], first["for"], first["reasons"][0]) == ("stock", "build", reason)


def test_dockerfile_can_have_an_ignore_file_of_its_own(workspace: Workspace) -> None:
    dockerfile = "locations/stock/Dockerfile"
    workspace.write({dockerfile: "FROM x\nCOPY assets /assets/\n", "assets/a": "", "assets/b": ""})
    workspace.write({f"{dockerfile}.dockerignore": "assets/a\n"})
    workspace.commit()
    workspace.write({"assets/a": "2"})
    workspace.commit()
    assert workspace.affected() == []
    workspace.write({"assets/b": "2"})
    workspace.commit()
    assert workspace.affected() == [
        to_build("stock", f"assets/b: changed, reached through {dockerfile}")
    ]


@pytest.mark.parametrize(("rules", "counts"), [("**/tests\n# why\n\n", False), ("**/t\n", True)])
def test_dockerignore_is_compared_by_its_rules(
    workspace: Workspace, rules: str, counts: bool
) -> None:
    workspace.write({".dockerignore": rules})
    workspace.commit()
    reason = ".dockerignore: changed"
    all_of_them = [to_build("orders", reason), to_build("stock", reason)]
    assert workspace.affected() == (all_of_them if counts else [])


@pytest.mark.parametrize(
    ("old", "new", "for_", "table"),
    [
        ("line-length = 100", "line-length = 90", None, ""),
        ("[tool.ruff]", "# comment\n[tool.ruff]", None, ""),
        ("[tool.ruff]", "[tool.mypy]\nstrict = true\n[tool.ruff]", None, ""),
        ('"shared"]', '"shared", "deploy"]', None, ""),
        ("[tool.uv]", '[tool.uv]\nconstraint-dependencies = ["a<2"]', None, ""),
        ("[tool.uv]", "[tool.pytest.ini_options]\n[tool.uv]", "test", "tool.pytest"),
        ("[tool.uv]", "[dependency-groups]\ndev = []\n[tool.uv]", "test", "dependency-groups"),
        ("[tool.uv]", '[tool.uv]\ndefault-groups = "all"', "test", "tool.uv.default-groups"),
        (">=0.9", ">=0.10", "build", "tool.uv.required-version"),
        ("[tool.uv]", "[tool.uv]\nno-binary = true", "build", "tool.uv.no-binary"),
        ("[tool.uv]", "[tool.unknown]\n[tool.uv]\nx = 1\n", "build", "tool.unknown"),
        ("[tool.ruff]", "[tool.ruff", "build", "unreadable"),
    ],
)
def test_root_settings_are_compared_by_their_tables(
    workspace: Workspace, old: str, new: str, for_: str | None, table: str
) -> None:
    workspace.replace("pyproject.toml", old, new)
    workspace.commit()
    found = {(each["for"], each["reasons"][0]) for each in workspace.affected()}
    assert found == ({(for_, f"pyproject.toml: {table}")} if for_ else set())
