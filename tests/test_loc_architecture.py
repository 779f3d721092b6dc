"""How `loc` is built: layers, one module for processes, and nothing imported before it is used."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "deploy/loc").rglob("*.py"))
HEAVY = ["dagster", "ruamel", "jinja2", "grimp", "tomllib", "tomlkit", "yaml", "httpx", "urllib3"]


def test_imports_point_down_only() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("command", ["--help", "affected --help", "affected --base HEAD"])
def test_command_imports_only_what_it_uses(command: str) -> None:
    code = (
        "import sys, json, loc.cli\n"
        "loc.cli.run(sys.argv[1:])\n"
        "print(json.dumps(list(sys.modules)), file=sys.stderr)"
    )
    run = [sys.executable, "-c", code, *command.split()]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, check=True, text=True)
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert loaded.isdisjoint(HEAVY)
    assert ("subprocess" in loaded) == (command != "--help")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_is_read_in_one_sitting(source: Path) -> None:
    lines = source.read_text().splitlines()
    assert len(lines) <= 350
    if source.name == "__init__.py":
        assert not lines
