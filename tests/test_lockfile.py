"""Slices of uv.lock, with `uv export` and a TOML parser as oracles."""

import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from packaging.markers import Marker

from loc.lock_records import Edge, Package, read
from loc.lockfile import compare, installed
from loc.platforms import fits, may_hold

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "uv.lock").read_bytes()
NAMES = sorted(path.parent.name for path in ROOT.glob("locations/*/pyproject.toml"))
BOUNDED = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
IMAGE = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}
ENVIRONMENTS = [
    {
        **IMAGE,
        "platform_machine": machine,
        "python_full_version": f"{python}.1",
        "python_version": python,
    }
    for machine in ("x86_64", "aarch64")
    for python in ("3.11", "3.12", "3.13", "3.14", "3.15")
]


def exported(root: Path, package: str, member: str) -> set[tuple[str, str]]:
    """Return (name, version) of what uv installs for a member on some image."""
    options = ["--frozen", "--no-dev", "--no-hashes", "--no-header", "--no-annotate"]
    command = ["uv", "export", "--offline", *options, "--package", package]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    found = set()
    for line in done.stdout.splitlines():
        requirement, _, marker = line.partition(" ; ")
        folder = requirement.removeprefix("-e ./")
        if folder != requirement:
            project = tomllib.loads((root / folder / "pyproject.toml").read_text())["project"]
            requirement = f"{project['name']}=={project['version']}"
        name, _, version = requirement.partition("==")
        if folder != member and holds_in_an_image(marker):
            found.add((name, version))
    return found


def holds_in_an_image(marker: str) -> bool:
    return not marker or any(Marker(marker).evaluate(image) for image in ENVIRONMENTS)


@pytest.mark.parametrize("name", NAMES)
def test_slice_of_each_location_is_what_uv_exports(name: str) -> None:
    member = f"locations/{name}"
    package = tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]["name"]
    assert installed(LOCK, member) == exported(ROOT, package, member)


def test_each_package_affects_exactly_the_locations_that_install_it() -> None:
    slices = {name: installed(LOCK, f"locations/{name}") for name in NAMES}
    for package in tomllib.loads(LOCK.decode())["package"]:
        name, version = package["name"], package["version"]
        if "registry" in package["source"]:
            old = f'name = "{name}"\nversion = "{version}"\n'
            bumped = LOCK.decode().replace(old, f'name = "{name}"\nversion = "{version}.1"\n')
            changes = compare(LOCK, bumped.encode())
            reason = (f"uv.lock: {name} {version} -> {version}.1",)
            built = {location: changes[f"locations/{location}"].build for location in NAMES}
            assert built == {
                location: reason if (name, version) in slices[location] else ()
                for location in NAMES
            }


def test_lines_say_what_the_toml_parser_says() -> None:
    assert_read_alike(LOCK.decode())


@dataclass(frozen=True)
class Record:
    """A generated package: its edges, and those of its extra `more`."""

    edges: tuple[Edge, ...]
    more: tuple[Edge, ...]


LIBRARIES = ["ant", "bee", "cat", "dog", "elk"]
MARKERS = [
    "",
    "",
    "sys_platform == 'win32'",
    "sys_platform == 'linux' or sys_platform == 'darwin'",
    "platform_python_implementation != 'PyPy' and os_name == 'nt'",
    "(sys_platform == 'win32' and python_full_version < '3.13') or os_name == 'posix'",
    "platform_machine == 'arm64'",
    "platform_machine != 'aarch64'",
]
EDGES = st.lists(
    st.builds(
        Edge,
        name=st.sampled_from(LIBRARIES),
        extras=st.sampled_from([(), (), ("more",)]),
        marker=st.sampled_from(MARKERS),
    ),
    max_size=3,
    unique_by=lambda edge: edge.name,
).map(tuple)
RECORDS = st.fixed_dictionaries(
    {name: st.builds(Record, edges=EDGES, more=EDGES) for name in LIBRARIES}
)


def edges(edges: tuple[Edge, ...], key: str) -> str:
    lines = [f"{key} = ["]
    for edge in edges:
        extra = f', extra = ["{edge.extras[0]}"]' if edge.extras else ""
        marker = f', marker = "{edge.marker}"' if edge.marker else ""
        lines.append(f'    {{ name = "{edge.name}"{extra}{marker} }},')
    return "\n".join([*lines, "]\n"]) if edges else ""


def generated_lock(records: dict[str, Record], own: tuple[Edge, ...]) -> str:
    head = 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n'
    index = '{ registry = "https://index.example/simple" }'
    sections = [
        f'\n[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {index}\n'
        + edges(record.edges, "dependencies")
        + 'wheels = [\n    { url = "https://files.example/'
        + f'{name}-1.0-py3-none-any.whl", hash = "sha256:{"0" * 64}", size = 1 }},\n]\n'
        + "\n[package.optional-dependencies]\n"
        + (edges(record.more, "more") or "more = []\n")
        for name, record in records.items()
    ]
    needs = ", ".join(f'{{ name = "{edge.name}" }}' for edge in own)
    return (
        head
        + "".join(sections)
        + '\n[[package]]\nname = "own"\nversion = "0.1.0"\nsource = { virtual = "." }\n'
        + edges(own, "dependencies")
        + f"\n[package.metadata]\nrequires-dist = [{needs}]\n"
    )


@settings(BOUNDED, max_examples=40)
@given(RECORDS, EDGES)
def test_generated_slices_are_what_uv_exports(
    tmp_path_factory: pytest.TempPathFactory, records: dict[str, Record], own: tuple[Edge, ...]
) -> None:
    root = tmp_path_factory.mktemp("locked")
    lock = generated_lock(records, own)
    (root / "uv.lock").write_text(lock)
    needs = [edge.name for edge in own]
    (root / "pyproject.toml").write_text(
        f'[project]\nname = "own"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n'
        f"dependencies = {needs}\n"
    )
    assert installed(lock.encode(), ".") == exported(root, "own", ".")


@settings(BOUNDED, max_examples=100)
@given(RECORDS, EDGES, RECORDS, EDGES)
def test_generated_locks_differ_exactly_where_their_slices_do(
    records: dict[str, Record],
    own: tuple[Edge, ...],
    other_records: dict[str, Record],
    other_own: tuple[Edge, ...],
) -> None:
    old, new = (
        generated_lock(records, own).encode(),
        generated_lock(records | dict(list(other_records.items())[:2]), other_own).encode(),
    )
    assert_read_alike(new.decode())
    gone = {name for name, _ in installed(old, ".") - installed(new, ".")}
    come = {name for name, _ in installed(new, ".") - installed(old, ".")}
    told = [
        f"uv.lock: {name} 1.0 {'added' if name in come else 'removed'}"
        for name in sorted(gone | come)
    ]
    assert compare(old, new)["."].build == tuple(told)


def assert_read_alike(lock: str) -> None:
    """Compare the reading by lines with that of a TOML parser, which a trailing comment forces."""
    head, *sections = lock.split("\n[[package]]\n")
    commented = [f"{section.rstrip()}\n# not as uv writes it\n" for section in sections]
    fast = read(lock).packages
    slow = read("\n[[package]]\n".join([head, *commented])).packages
    for one, other in zip(fast, slow, strict=True):
        assert said(one) == said(other)


def said(package: Package) -> tuple[object, ...]:
    tables = [
        {name: edges for name, edges in table.items() if edges}
        for table in (package.extras, package.groups)
    ]
    return package.name, package.version, package.dependencies, tables


INLINE = """\
version = 1

[[package]]
name = "own"
source = { virtual = "." }
dependencies = [{ name = "ant", extra = ["more"], marker = "os_name == 'nt'" }]

[package.dev-dependencies]
dev = [{ name = "bee" }, { name = "cat" }]
"one.two" = [{ name = "dog" }]
"""


def test_records_on_one_line_are_read_alike() -> None:
    assert_read_alike(INLINE)
    (package,) = read(INLINE).packages
    assert said(package) == (
        "own",
        "",
        (Edge("ant", extras=("more",), marker="os_name == 'nt'"),),
        [{}, {"dev": (Edge("bee"), Edge("cat")), "one.two": (Edge("dog"),)}],
    )


FORKED = """\
version = 1

[[package]]
name = "numpy"
version = "1.0"
source = { registry = "https://index.example/simple" }
resolution-markers = [
    "python_full_version < '3.12'",
]

[[package]]
name = "numpy"
version = "2.0"
source = { registry = "https://index.example/simple" }
resolution-markers = [
    "python_full_version >= '3.12'",
]

[[package]]
name = "own"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "numpy", version = "1.0", source = SOURCE, marker = "python_full_version < '3.12'" },
    { name = "numpy", version = "2.0", source = SOURCE, marker = "sys_platform == 'win32'" },
]
""".replace("SOURCE", '{ registry = "https://index.example/simple" }')


def test_edge_into_a_fork_counts_for_its_version_only() -> None:
    assert installed(FORKED.encode(), ".") == {("numpy", "1.0")}


def test_source_that_changes_counts() -> None:
    other = FORKED.replace("index.example", "other.example", 1)
    reason = "uv.lock: numpy 1.0 has other files or another source"
    assert compare(FORKED.encode(), other.encode())["."].build == (reason,)


def test_group_of_a_root_project_is_for_its_tests() -> None:
    group = '\n[package.dev-dependencies]\ndev = [\n    { name = "numpy", version = "2.0" },\n]\n'
    old = (FORKED + group).encode()
    new = old.replace(b'version = "2.0"', b'version = "2.1"')
    change = compare(old, new)["."]
    assert (change.build, change.test) == ((), ("uv.lock: numpy 2.0 -> 2.1",))


@pytest.mark.parametrize("marker", ["(", "'x'", "a == ", "extra == 'x' and (", "== ==", ""])
def test_marker_that_cannot_be_read_may_hold(marker: str) -> None:
    assert may_hold(marker)


def test_wheel_name_that_cannot_be_read_may_fit() -> None:
    assert fits("odd.whl")


MARKER = st.recursive(
    st.builds(
        "{} {} '{}'".format,
        st.sampled_from(["sys_platform", "os_name", "platform_machine", "implementation_name"]),
        st.sampled_from(["==", "!="]),
        st.sampled_from(["linux", "win32", "posix", "nt", "x86_64", "aarch64", "cpython", "pypy"]),
    ),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
    max_leaves=5,
)


@given(MARKER)
def test_marker_holds_where_it_does_for_an_installer(marker: str) -> None:
    assert may_hold(marker) == holds_in_an_image(marker)
