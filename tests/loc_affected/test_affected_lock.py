"""uv.lock: a record affects exactly the locations whose image installs it."""

import pytest

from .workspace import Workspace, lock, to_build, to_test, wheels

LOCATIONS = {"orders": ["polars", "shared-resources[http]"], "stock": ["polars"]}


def relock(workspace: Workspace, content: str) -> None:
    workspace.write({"uv.lock": content})
    workspace.commit()


@pytest.mark.parametrize("name", ["polars", "numpy"])
def test_package_affects_all_that_install_it_over_any_chain(
    workspace: Workspace, name: str
) -> None:
    relock(workspace, lock({name: "1.1"}, **LOCATIONS))
    reason = f"uv.lock: {name} 1.0 -> 1.1"
    assert workspace.affected() == [to_build("orders", reason), to_build("stock", reason)]


def test_package_of_an_extra_affects_who_names_the_extra(workspace: Workspace) -> None:
    relock(workspace, lock({"urllib3": "1.1"}, **LOCATIONS))
    assert workspace.affected() == [to_build("orders", "uv.lock: urllib3 1.0 -> 1.1")]


@pytest.mark.parametrize("name", ["hypothesis", "sortedcontainers", "pytest"])
def test_package_of_a_development_group_asks_for_tests(workspace: Workspace, name: str) -> None:
    relock(workspace, lock({name: "1.1"}, **LOCATIONS))
    reason = f"uv.lock: {name} 1.0 -> 1.1"
    assert workspace.affected() == [to_test("orders", reason), to_test("stock", reason)]


def test_dependency_that_comes_and_goes_brings_what_it_needs(workspace: Workspace) -> None:
    relock(workspace, lock(orders=["polars", "shared-resources[http]"], stock=["hypothesis"]))
    assert workspace.affected() == [
        to_build(
            "stock",
            "uv.lock: hypothesis 1.0 added",
            "uv.lock: numpy 1.0 removed",
            "uv.lock: polars 1.0 removed",
            "uv.lock: sortedcontainers 1.0 added",
        )
    ]


@pytest.mark.parametrize(
    "marker",
    [
        "sys_platform == 'win32'",
        "platform_system != 'Linux' and python_full_version < '4'",
        "(os_name == 'nt' or implementation_name == 'pypy') and platform_machine == 'x86_64'",
        "platform_machine == 'arm64'",
        "'win' in sys_platform",
        "platform_machine not in 'x86_64 aarch64'",
    ],
)
def test_package_that_no_image_installs_affects_nothing(workspace: Workspace, marker: str) -> None:
    edge = f'{{ name = "numpy", marker = "{marker}" }}'
    before = lock(**LOCATIONS).replace('{ name = "numpy" }', edge)
    relock(workspace, before)
    relock(workspace, lock({"numpy": "1.1"}, **LOCATIONS).replace('{ name = "numpy" }', edge))
    assert workspace.affected() == []


@pytest.mark.parametrize(
    "marker",
    [
        "sys_platform == 'linux'",
        "sys_platform != 'win32'",
        "python_full_version < '3.13'",
        "platform_machine == 'aarch64'",
        "sys_platform == 'win32' or extra == 'extra-6-orders-a'",
        "what is this",
    ],
)
def test_package_that_some_image_may_install_counts(workspace: Workspace, marker: str) -> None:
    edge = f'{{ name = "numpy", marker = "{marker}" }}'
    relock(workspace, lock(**LOCATIONS).replace('{ name = "numpy" }', edge))
    relock(workspace, lock({"numpy": "1.1"}, **LOCATIONS).replace('{ name = "numpy" }', edge))
    assert [each["for"] for each in workspace.affected()] == ["build", "build"]


@pytest.mark.parametrize(
    "tag",
    [
        "cp311-cp311-win_amd64",
        "cp312-cp312-macosx_11_0_arm64",
        "cp312-cp312-musllinux_1_2_x86_64",
        "cp312-cp312-manylinux_2_17_s390x",
        "cp310-cp310-manylinux_2_17_x86_64",
        "pp311-pypy311_pp73-manylinux_2_17_x86_64",
        "py2-none-any",
    ],
)
def test_wheel_that_fits_no_image_affects_nothing(workspace: Workspace, tag: str) -> None:
    relock(workspace, lock(**LOCATIONS).replace(wheels("numpy"), wheels("numpy", tag)))
    relock(workspace, lock(**LOCATIONS).replace(wheels("numpy"), wheels("numpy", f"{tag}.x")))
    relock(workspace, lock(**LOCATIONS).replace(wheels("numpy"), wheels("numpy", tag, tag)))
    assert workspace.affected("--base", "HEAD~2") == []


@pytest.mark.parametrize(
    "tag",
    [
        "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
        "cp314-cp314-manylinux_2_28_aarch64",
        "cp39-abi3-manylinux_2_17_x86_64",
        "py3-none-linux_x86_64",
        "py2.py3-none-any",
        "odd",
    ],
)
def test_wheel_that_may_fit_an_image_counts(workspace: Workspace, tag: str) -> None:
    relock(workspace, lock(**LOCATIONS).replace(wheels("numpy"), wheels("numpy", tag)))
    reason = "uv.lock: numpy 1.0 has other files or another source"
    assert workspace.affected() == [to_build("orders", reason), to_build("stock", reason)]


@pytest.mark.parametrize(("tag", "counts"), [("py3-none-any", False), ("cp312-cp312-win32", True)])
def test_source_archive_counts_where_no_wheel_fits_everywhere(
    workspace: Workspace, tag: str, counts: bool
) -> None:
    before = lock(**LOCATIONS).replace(wheels("numpy"), wheels("numpy", tag))
    relock(workspace, before)
    archive = 'sdist = { url = "https://files.example/numpy-1.0.tar.gz", hash = "sha256:1" }\n'
    relock(workspace, before.replace(wheels("numpy", tag), archive + wheels("numpy", tag)))
    assert len(workspace.affected()) == (2 if counts else 0)


def test_lock_written_anew_with_the_same_content_affects_nothing(workspace: Workspace) -> None:
    content = lock(**LOCATIONS)
    anew = content.replace("revision = 3", "revision = 4").replace(
        ", size = 1 }", ', size = 1, upload-time = "2026-01-01T00:00:00Z" }'
    )
    relock(workspace, anew.replace("\n", "\r\n"))
    assert workspace.affected() == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "its format is unknown, not 1"),
        ("version = 2\n", "its format is 2, not 1"),
        (
            lock(**LOCATIONS) + "\n[[package]]\nname =\n",
            "Invalid value (at line 3, column 7)",
        ),
        (
            lock(**LOCATIONS) + "\n[[package]]\nversion = '1'\n",
            "a record lacks what uv writes: 'name'",
        ),
    ],
)
def test_lock_that_cannot_be_read_affects_everything(
    workspace: Workspace, content: str, why: str
) -> None:
    relock(workspace, content)
    reason = f"uv.lock: cannot be compared, {why}"
    assert workspace.affected() == [to_build("orders", reason), to_build("stock", reason)]


def test_deleted_lock_affects_everything(workspace: Workspace) -> None:
    workspace.remove("uv.lock")
    workspace.commit()
    reason = "uv.lock: deleted"
    assert workspace.affected() == [to_build("orders", reason), to_build("stock", reason)]


def test_location_that_enters_or_leaves_the_lock_is_built(workspace: Workspace) -> None:
    relock(workspace, lock(orders=LOCATIONS["orders"]))
    assert workspace.affected() == [to_build("stock", "uv.lock: no longer locked")]
    relock(workspace, lock({"pytest": "1.1"}, orders=LOCATIONS["orders"]))
    assert workspace.affected()[1] == to_build("stock", "uv.lock: not locked")
    relock(workspace, lock({"pytest": "1.1"}, **LOCATIONS))
    assert workspace.affected() == [to_build("stock", "uv.lock: locked for the first time")]
