"""The shared library: a change reaches the locations whose files import it, over any chain."""

from textwrap import dedent

import pytest

from .workspace import Workspace, to_build, to_test

LIBRARY = "shared/shared_resources"
STOCK = "locations/stock/stock/repository.py"
ORDERS = "locations/orders/orders/repository.py"


def change(workspace: Workspace, name: str, content: str = "changed = 1\n") -> None:
    workspace.write({f"{LIBRARY}/{name}": content})
    workspace.commit()


def test_module_affects_who_imports_it_over_any_chain(workspace: Workspace) -> None:
    change(workspace, "settings.py")
    what = f"{LIBRARY}/settings.py: changed, reached through"
    assert workspace.affected() == [
        to_build("orders", f"{what} shared_resources.storage, {ORDERS}"),
        to_build("stock", f"{what} {STOCK}"),
    ]


def test_module_does_not_affect_who_imports_another(workspace: Workspace) -> None:
    change(workspace, "storage.py")
    reason = f"{LIBRARY}/storage.py: changed, reached through"
    assert workspace.affected() == [
        to_build("orders", f"{reason} {ORDERS}"),
        # its entry point for pytest is loaded into every test run
        to_test("stock", f"{reason} shared_resources.testing, shared/pyproject.toml"),
    ]


def test_module_that_nobody_imports_affects_nothing(workspace: Workspace) -> None:
    change(workspace, "unused.py")
    assert workspace.affected() == []


def test_deleted_module_affects_who_still_imports_it(workspace: Workspace) -> None:
    workspace.remove(f"{LIBRARY}/settings.py")
    workspace.commit()
    assert [each["location"] for each in workspace.affected()] == ["orders", "stock"]


def test_module_added_where_a_name_was_affects_who_imports_the_name(workspace: Workspace) -> None:
    workspace.write({STOCK: "from shared_resources import extra\n"})
    workspace.commit()
    change(workspace, "extra.py")
    reason = f"{LIBRARY}/extra.py: added, reached through {STOCK}"
    assert workspace.affected() == [to_build("stock", reason)]


def test_moved_module_affects_who_imports_either_name(workspace: Workspace) -> None:
    workspace.move(f"{LIBRARY}/settings.py", f"{LIBRARY}/options.py")
    workspace.commit()
    assert [each["location"] for each in workspace.affected()] == ["orders", "stock"]


REACHING = [
    "import shared_resources.settings",
    "import shared_resources.settings as options",
    "import os, shared_resources.settings",
    "from shared_resources import settings",
    "from shared_resources import unused, settings as options  # both",
    "from shared_resources import (\n    unused,\n    settings,\n)",
    "from shared_resources import \\\n    settings",
    "from shared_resources import *",
    "from shared_resources.settings import x, y",
    "from shared_resources.settings import (  # long\n    x,\n)",
    "from shared_resources.storage import x",
    "def op():\n    from shared_resources.settings import x",
    "if TYPE_CHECKING:\n    from shared_resources.settings import x",
    "try:\n    import shared_resources.settings\nexcept ImportError:\n    pass",
    "x = 1; import shared_resources.settings",
    'from importlib import import_module\nimport_module("shared_resources.settings")',
    'import importlib\nimportlib.import_module("shared_resources.settings")',
    "from importlib import import_module as load\nload(name)",
    "import importlib\nloaded = [*map(importlib.import_module, names)]",
    "import importlib\nimportlib.import_module(name)",
    "__import__(name)",
    "exec(code)",
    'eval("settings")',
    "import pkgutil\npkgutil.walk_packages(path)",
    "from dagster import load_assets_from_package_module",
    'target = "shared_resources.settings:Settings"',
    'target = f"shared_resources.{name}"',
    'target = "shared_resources." + name',
    "this is no Python but names shared_resources",
    "import shared_resources . settings",
]
NOT_REACHING = [
    "import shared_resources",
    "import shared_resources.unused",
    "from shared_resources import unused",
    "from shared_resources import (\n    unused,\n)",
    "from shared_resources.unused import settings",
    '"""It says nothing of shared_resources.settings."""',
    "# from shared_resources.settings import x",
    "import importlib.metadata",
    'import importlib\nimportlib.import_module("json")',
    "from .shared_resources import settings",
    "import my_shared_resources.settings",
    "pattern = re.compile('x')",
    "model.eval()",
]


@pytest.mark.parametrize("code", REACHING)
def test_import_that_can_load_the_module_counts(workspace: Workspace, code: str) -> None:
    workspace.write({STOCK: f"{code}\n"})
    workspace.commit()
    change(workspace, "settings.py")
    reason = f"{LIBRARY}/settings.py: changed, reached through"
    assert {each["location"]: each["for"] for each in workspace.affected()} == {
        "orders": "build",
        "stock": "build",
    }, reason


@pytest.mark.parametrize("code", NOT_REACHING)
def test_mention_that_loads_nothing_does_not_count(workspace: Workspace, code: str) -> None:
    workspace.write({STOCK: f"{code}\n"})
    workspace.commit()
    change(workspace, "settings.py")
    assert {each["location"]: each["for"] for each in workspace.affected()} == {
        "orders": "build",
        "stock": "test",  # over the entry point for pytest
    }


PACKAGES = {
    "relative to the package": "from .inner import x",
    "relative, a module": "from . import inner",
    "from the parent": "from ..io import inner",
    "import_module, relative": 'importlib.import_module(".inner", __package__)',
    "star": "from shared_resources.io import *",
    "absolute": "from shared_resources.io.inner import x",
    "loaded on demand": 'def __getattr__(name):\n    return import_module(f".{name}", __name__)',
    "broken": "def (",
}


@pytest.mark.parametrize("code", PACKAGES.values(), ids=PACKAGES.keys())
def test_import_inside_the_library_is_followed(workspace: Workspace, code: str) -> None:
    inner = {f"{LIBRARY}/io/inner.py": "", f"{LIBRARY}/io/other.py": ""}
    workspace.write({f"{LIBRARY}/io/__init__.py": "", f"{LIBRARY}/io/outer.py": f"{code}\n"})
    workspace.write({**inner, STOCK: "from shared_resources.io.outer import run\n"})
    workspace.commit()
    change(workspace, "io/inner.py")
    reason = f"{LIBRARY}/io/inner.py: changed, reached through shared_resources.io.outer, {STOCK}"
    assert workspace.affected() == [to_build("stock", reason)]


@pytest.mark.parametrize("package", ["__init__.py", "io/__init__.py"])
def test_package_on_the_way_to_a_module_is_reached(workspace: Workspace, package: str) -> None:
    workspace.write({f"{LIBRARY}/io/__init__.py": "", f"{LIBRARY}/io/inner.py": ""})
    workspace.write({STOCK: "from shared_resources.io.inner import run\n"})
    workspace.commit()
    change(workspace, package)
    found = {each["location"]: each["for"] for each in workspace.affected()}
    assert found["stock"] == "build"
    assert ("orders" in found) == (package == "__init__.py")


@pytest.mark.parametrize("name", ["codes.json", "py.typed", "native.so", "deep/er/data.bin"])
def test_data_of_the_library_affects_all_that_use_it(workspace: Workspace, name: str) -> None:
    files = ("stock/repository.py", "pyproject.toml", "Dockerfile")
    workspace.write({f"locations/stock/{file}": "" for file in files})
    workspace.commit()
    change(workspace, name)
    assert workspace.affected() == [to_build("orders", f"{LIBRARY}/{name}: added")]


@pytest.mark.parametrize("name", ["shared/README.md", "shared/tests/test_storage.py"])
def test_tests_and_documents_of_the_library_affect_no_location(
    workspace: Workspace, name: str
) -> None:
    workspace.write({name: "changed"})
    workspace.commit()
    assert workspace.affected() == []


@pytest.mark.parametrize(
    ("old", "new", "table"),
    [
        ('"0.1.0"', '"0.2.0"', "project.version"),
        ("[project]", "[build-system]\nrequires = []\n[project]", "build-system"),
        ("shared_resources =", "other =", "project.entry-points"),
        ("[project]", "[project", "unreadable"),
    ],
)
def test_settings_of_the_library_affect_all_that_install_it(
    workspace: Workspace, old: str, new: str, table: str
) -> None:
    workspace.replace("shared/pyproject.toml", old, new)
    workspace.commit()
    reason = f"shared/pyproject.toml: {table}"
    assert workspace.affected() == [to_build("orders", reason), to_build("stock", reason)]


@pytest.mark.parametrize(
    "extra", ['[project.optional-dependencies]\ngraph = ["pyoxigraph"]', "# only a comment"]
)
def test_new_extra_of_the_library_is_left_to_the_lock(workspace: Workspace, extra: str) -> None:
    workspace.replace("shared/pyproject.toml", "[project.optional-dependencies]", extra)
    workspace.replace("shared/pyproject.toml", 'http = ["urllib3"]', "")
    workspace.commit()
    assert workspace.affected() == []


def test_entry_point_that_is_no_test_plugin_is_loaded_by_all(workspace: Workspace) -> None:
    workspace.replace("shared/pyproject.toml", "pytest11", "dagster")
    workspace.write({STOCK: "import shared_resources\n"})
    workspace.commit()
    change(workspace, "storage.py")
    reason = f"{LIBRARY}/storage.py: changed, reached through"
    assert workspace.affected()[1] == to_build(
        "stock", f"{reason} shared_resources.testing, shared/pyproject.toml"
    )


def test_module_that_only_tests_import_asks_for_tests(workspace: Workspace) -> None:
    path = "locations/stock/tests/test_stock.py"
    workspace.write({path: "from shared_resources import unused\n"})
    workspace.commit()
    change(workspace, "unused.py")
    reason = f"{LIBRARY}/unused.py: changed, reached through {path}"
    assert workspace.affected() == [to_test("stock", reason)]


def test_tests_that_the_image_copies_count_as_its_code(workspace: Workspace) -> None:
    path = "locations/stock/tests/test_stock.py"
    workspace.write({path: "from shared_resources import unused\n", ".dockerignore": ""})
    workspace.write({"locations/stock/Dockerfile": "FROM x\nCOPY locations/stock /code\n"})
    workspace.commit()
    change(workspace, "unused.py")
    reason = f"{LIBRARY}/unused.py: changed, reached through {path}"
    assert workspace.affected() == [to_build("stock", reason)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("stock/defs.yaml", "type: shared_resources.unused.Component\n"),
        ("bin/serve", "#!/usr/bin/env python\nfrom shared_resources.unused import main\n"),
        ("stock/notebook.ipynb", '{"source": ["from shared_resources import unused\\n"]}'),
        ("Dockerfile", 'FROM x\nCMD ["python", "-m", "shared_resources.unused"]\n'),
    ],
)
def test_files_that_are_no_modules_can_name_one(
    workspace: Workspace, name: str, content: str
) -> None:
    workspace.write({f"locations/stock/{name}": content})
    workspace.commit()
    change(workspace, "unused.py")
    reason = f"{LIBRARY}/unused.py: changed, reached through locations/stock/{name}"
    assert workspace.affected() == [to_build("stock", reason)]


def test_link_in_the_library_makes_every_module_count(workspace: Workspace) -> None:
    workspace.write({"elsewhere/code.py": "from shared_resources import unused\n"})
    workspace.link(f"{LIBRARY}/linked.py", "../../elsewhere/code.py")
    workspace.commit()
    change(workspace, "unused.py")
    reason = f"{LIBRARY}/unused.py: changed"
    assert workspace.affected() == [to_build("orders", reason), to_build("stock", reason)]


def test_link_out_of_a_location_can_import_anything(workspace: Workspace) -> None:
    workspace.write({"elsewhere/code.py": "from shared_resources import unused\n"})
    workspace.link("locations/stock/stock/linked.py", "../../../elsewhere/code.py")
    workspace.commit()
    change(workspace, "unused.py")
    reason = f"{LIBRARY}/unused.py: changed, reached through locations/stock/stock/linked.py"
    assert workspace.affected() == [to_build("stock", reason)]


def test_python_of_any_encoding_is_read(workspace: Workspace) -> None:
    code = dedent("""\
        # coding: latin-1
        text = "\xe9 shared_resources"; from shared_resources import unused
    """)
    (workspace.root / STOCK).write_bytes(code.encode("latin-1"))
    workspace.commit()
    change(workspace, "unused.py")
    reason = f"{LIBRARY}/unused.py: changed, reached through {STOCK}"
    assert workspace.affected() == [to_build("stock", reason)]


def test_change_through_a_link_into_the_library_is_seen(workspace: Workspace) -> None:
    workspace.write({"elsewhere/codes.json": "1"})
    workspace.link(f"{LIBRARY}/codes.json", "../../elsewhere/codes.json")
    workspace.commit()
    workspace.write({"elsewhere/codes.json": "2"})
    workspace.commit()
    reason = f"{LIBRARY}/codes.json -> elsewhere/codes.json: changed"
    assert workspace.affected() == [to_build("orders", reason), to_build("stock", reason)]
