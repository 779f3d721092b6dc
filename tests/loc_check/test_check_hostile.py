"""Whatever stands in a repository, the checker ends with findings and not with an error."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Check
from .repositories import BASE, lay_out

DEMO = "locations/demo_service"
PACKAGE = f"{DEMO}/demo_service"
VALUES = "deploy/values/demo_service.yaml"
DEEP = "(" * 150 + ")" * 150
HOSTILE: dict[str, tuple[str, bytes]] = {
    "python-null-byte": (f"{PACKAGE}/logic/demo.py", b"A = 1\0\n"),
    "python-latin-1": (f"{PACKAGE}/logic/demo.py", "# é\n".encode("latin-1")),
    "python-unknown-coding": (f"{PACKAGE}/logic/demo.py", b"# -*- coding: klingon -*-\n\xff\n"),
    "python-long-chain": (f"{PACKAGE}/logic/demo.py", b"a" + b".b" * 50_000),
    "python-nested": (f"{PACKAGE}/logic/demo.py", b"a = " + b"[" * 5_000),
    "python-minus": (f"{PACKAGE}/logic/demo.py", b"-" * 2_900 + b"1"),
    "python-huge": (f"{PACKAGE}/logic/demo.py", b"# x\n" * 300_000),
    "toml-broken": (f"{DEMO}/pyproject.toml", b"[project\n"),
    "toml-bytes": (f"{DEMO}/pyproject.toml", b"\xff\xfe"),
    "toml-nested": (f"{DEMO}/pyproject.toml", b"a = " + b"[" * 5_000),
    "toml-wrong-types": (f"{DEMO}/pyproject.toml", b"project = 1\nbuild-system = []\n"),
    "toml-tool-types": (
        f"{DEMO}/pyproject.toml",
        BASE[f"{DEMO}/pyproject.toml"].encode() + b'[tool]\ndeptry = "x"\n',
    ),
    "toml-bad-requirement": (
        f"{DEMO}/pyproject.toml",
        BASE[f"{DEMO}/pyproject.toml"].replace('"shared-resources"', '"no requirement >"').encode(),
    ),
    "toml-empty": (f"{DEMO}/pyproject.toml", b""),
    "dockerfile-empty": (f"{DEMO}/Dockerfile", b""),
    "dockerfile-bytes": (f"{DEMO}/Dockerfile", b"FROM \xff\n"),
    "dockerfile-open-end": (f"{DEMO}/Dockerfile", b"FROM a AS a\nFROM a\nRUN <<EOF\nx \\"),
    "dockerfile-nested-list": (f"{DEMO}/Dockerfile", b"FROM a\nCMD " + b"[" * 5_000),
    "dockerfile-huge": (f"{DEMO}/Dockerfile", b"# x\n" * 300_000),
    "values-empty": (VALUES, b""),
    "values-list": (VALUES, b"- 1\n"),
    "values-nested": (VALUES, b"[" * 100_000),
    "values-alias-of-itself": (VALUES, b"deployments: &a [*a]\n"),
    "values-billion-laughs": (
        VALUES,
        b"a: &a [x, x, x, x, x, x, x, x, x]\n"
        + b"".join(
            b"%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c]\n" % ((n + 1, n + 1) + (n,) * 7)
            for n in range(97, 110)
        ),
    ),
    "values-tag": (VALUES, b"deployments: !!python/object/apply:os.abort []\n"),
    "values-list-as-key": (VALUES, b"? [a]\n: b\n"),
    "values-two-documents": (VALUES, b"a: 1\n---\nb: 1\n"),
    "values-bytes": (VALUES, b"\xff\xfe\x00"),
    "workspace-scalar": ("workspace.yaml", b"load_from\n"),
    "workspace-odd-entries": ("workspace.yaml", b"load_from: [1, {python_module: x}, {a: {}}]\n"),
    "workflow-broken": (".gitea/workflows/ci.yaml", b"on: [\n"),
    "workflow-no-workflow": (".gitea/workflows/ci.yaml", b"just: text\n"),
    "workflow-empty": (".gitea/workflows/ci.yaml", b""),
    "notebook-nested": (f"{DEMO}/notes.ipynb", b"[" * 5_000),
    "name-not-utf8": (f"{PACKAGE}/logic/\udce9.py", b"A = 1\n"),
    "location-with-dashes": ("locations/-rf/-rf/repository.py", b"A = 1\n"),
    "location-with-spaces": ("locations/a b/Dockerfile", b"FROM a\n"),
}


@pytest.mark.parametrize(("path", "content"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_file_is_a_finding(path: str, content: bytes, tmp_path: Path, check: Check) -> None:
    lay_out(tmp_path, {**BASE, path: content})
    outcome = check(tmp_path, "--no-load")
    assert outcome.stdout.startswith(("locations/", "deploy/", "workspace.yaml:", ".gitea/"))
    assert outcome.code == 1
    assert outcome.stderr.count("\n") == 1


def test_odd_names_and_notebooks_pass(tmp_path: Path, check: Check) -> None:
    odd = {f"{PACKAGE}/logic/a\nb.py": "A = 1\n", f"{DEMO}/ü '\".ipynb": "[]"}
    lay_out(tmp_path, {**BASE, **odd})
    assert check(tmp_path, "--no-load") == (0, "", "1 location checked, no findings\n")


def test_links_in_circles_are_findings(tmp_path: Path, check: Check) -> None:
    links = {f"{PACKAGE}/logic/loop": "../logic", f"{DEMO}/self.py": "self.py"}
    lay_out(tmp_path, BASE, links)
    outcome = check(tmp_path, "--no-load")
    assert outcome.stdout == (
        f"{DEMO}/self.py:1: L2103 a link to self.py, which is not in {DEMO}\n"
    )


def test_empty_repository_is_clean_but_for_its_workspace(tmp_path: Path, check: Check) -> None:
    lay_out(tmp_path, {})
    assert check(tmp_path) == (
        1,
        "workspace.yaml:1: L5102 the file is missing\n",
        "no locations checked, 1 finding\n",
    )


@st.composite
def _mutations(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file of the base, with a piece of it cut out, doubled, or replaced by bytes."""
    path = draw(st.sampled_from(sorted(BASE)))
    content = BASE[path].encode()
    start = draw(st.integers(0, len(content)))
    end = draw(st.integers(start, len(content)))
    piece = draw(st.sampled_from([b"", content[start:end] * 2, b"\xff", b"\0", b"&a *a", b"\t"]))
    return path, content[:start] + piece + content[end:]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mutation=_mutations())
def test_mutated_file_never_breaks_the_checker(
    mutation: tuple[str, bytes],
    tmp_path_factory: pytest.TempPathFactory,
    check: Check,
) -> None:
    root = tmp_path_factory.mktemp("mutated")
    path, content = mutation
    lay_out(root, {**BASE, path: content})
    outcome = check(root, "--no-load")
    assert outcome.code in (0, 1), outcome.stderr
