"""A location that `loc new` has just written goes the whole path without a change."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import urllib3
import yaml

from loc.gateways.template import render
from shared_resources.testing.servers import free_port

from .clone import ROOT, Clone, cloned

CREATED = [
    "deploy/values/order_audit.yaml",
    "locations/order_audit/Dockerfile",
    "locations/order_audit/README.md",
    "locations/order_audit/order_audit/__init__.py",
    "locations/order_audit/order_audit/jobs/__init__.py",
    "locations/order_audit/order_audit/jobs/counting.py",
    "locations/order_audit/order_audit/logic/__init__.py",
    "locations/order_audit/order_audit/logic/counts.py",
    "locations/order_audit/order_audit/logic/records.py",
    "locations/order_audit/order_audit/logic/rehearsal.py",
    "locations/order_audit/order_audit/logic/source.py",
    "locations/order_audit/order_audit/ops/__init__.py",
    "locations/order_audit/order_audit/ops/publish_counts.py",
    "locations/order_audit/order_audit/ops/rehearse_counting.py",
    "locations/order_audit/order_audit/ops/take_in_records.py",
    "locations/order_audit/order_audit/py.typed",
    "locations/order_audit/order_audit/repository.py",
    "locations/order_audit/order_audit/resources/__init__.py",
    "locations/order_audit/order_audit/sample/records.jsonl",
    "locations/order_audit/pyproject.toml",
    "locations/order_audit/tests/test_order_audit.py",
]
CHANGED = ["uv.lock", "workspace.yaml"]
NEXT = [
    "uv run pytest locations/order_audit",
    "uv run loc check order_audit",
    "uv run dagster dev",
    "git add locations/order_audit deploy/values/order_audit.yaml workspace.yaml uv.lock",
]
VALUES = {
    "deployments": [
        {
            "name": "order-audit",
            "image": {
                "repository": "gitea.example.org/data-space/order-audit",
                "pullPolicy": "IfNotPresent",
            },
            "dagsterApiGrpcArgs": ["-m", "order_audit.repository"],
            "port": 4000,
            "includeConfigInLaunchedRuns": {"enabled": True},
            "envConfigMaps": [{"name": "order-audit-settings"}],
            "envSecrets": [{"name": "order-audit-secrets"}],
            "resources": {
                "requests": {"cpu": "50m", "memory": "256Mi"},
                "limits": {"memory": "512Mi"},
            },
        }
    ],
    "serviceAccount": {"create": True, "name": "order-audit"},
}
LOADED = """{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError {
  __typename } } } } }"""


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory, uv_settings: Mapping[str, str]) -> Clone:
    """A clone with a new location, committed, and an environment that uv made from the lock."""
    clone = cloned(tmp_path_factory.mktemp("rendered") / "clone", uv_settings)
    assert clone.loc("new", "order_audit").returncode == 0
    clone.commit()
    synced = clone.run("uv", "sync", "--locked")
    assert synced.returncode == 0, synced.stderr
    return clone


def in_environment(clone: Clone, *command: str) -> None:
    """Run a module in the clone's environment; it must succeed."""
    python = str(clone.root / ".venv/bin/python")
    done = clone.run(python, "-m", *command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_its_own_files_the_lock_and_the_workspace_change(clone: Clone) -> None:
    before = clone.tree()
    done = clone.loc("new", "order_audit")
    rows = [("created", path) for path in CREATED] + [("changed", path) for path in CHANGED]
    assert done.stdout == "".join(f"{verb}  {path}\n" for verb, path in rows)
    assert done.stderr == "next:\n" + "".join(f"  {step}\n" for step in NEXT)
    after = clone.tree()
    files = {path for path, content in after.items() if content is not None}
    assert sorted(files - before.keys()) == CREATED
    assert sorted(path for path in before if after.get(path) != before[path]) == CHANGED
    folders = {folder.as_posix() for path in CREATED for folder in Path(path).parents}
    assert after.keys() - files - before.keys() <= folders


def test_dry_run_says_the_same_and_writes_nothing(clone: Clone) -> None:
    before = clone.tree()
    done = clone.loc("new", "order_audit", "--dry-run", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "location": "order_audit",
        "created": CREATED,
        "changed": CHANGED,
        "dry_run": True,
        "next": ["loc new order_audit"],
    }
    assert clone.tree() == before
    text = clone.loc("new", "order_audit", "--dry-run").stdout.splitlines()
    assert {line.rpartition("  ")[0] for line in text} == {"would create", "would change"}


def test_json_tells_what_was_written_and_what_comes_next(clone: Clone) -> None:
    done = clone.loc("new", "order_audit", "--json")
    assert json.loads(done.stdout) == {
        "location": "order_audit",
        "created": CREATED,
        "changed": CHANGED,
        "dry_run": False,
        "next": NEXT,
    }
    assert done.stderr == ""


def test_linters_and_types_have_nothing_against_it(rendered: Clone) -> None:
    in_environment(rendered, "ruff", "check", "--no-cache", "locations/order_audit")
    in_environment(rendered, "ruff", "format", "--no-cache", "--check", "locations/order_audit")
    cache = str(ROOT / ".mypy_cache")  # types of dagster alone take half a minute
    in_environment(rendered, "mypy", "--cache-dir", cache, "locations/order_audit")


@pytest.mark.parametrize("name", ["q", "zz_behind_shared", "n" * 53])
def test_any_length_and_place_in_the_alphabet_is_formatted(clone: Clone, name: str) -> None:
    assert clone.loc("new", name).returncode == 0
    ruff = [sys.executable, "-m", "ruff"]
    for arguments in (["check"], ["format", "--check"]):
        done = clone.run(*ruff, *arguments, "--no-cache", f"locations/{name}")
        assert done.returncode == 0, done.stdout


def test_its_own_tests_pass(rendered: Clone) -> None:
    in_environment(rendered, "pytest", "-q", "-p", "no:cacheprovider", "locations/order_audit")


def test_lock_holds_it_and_dagster_validates_it(rendered: Clone) -> None:
    assert rendered.run("uv", "lock", "--check").returncode == 0
    in_environment(rendered, "dagster", "definitions", "validate", "-m", "order_audit.repository")


def test_affected_names_it_as_built(rendered: Clone) -> None:
    answer = rendered.loc("affected", "--base", "HEAD~1", "--json")
    found = {(each["location"], each["for"]) for each in json.loads(answer.stdout)}
    assert found == {("order_audit", "build")}


def test_check_finds_nothing(rendered: Clone) -> None:
    checked = rendered.run(str(rendered.root / ".venv/bin/loc"), "check")
    assert (checked.returncode, checked.stdout) == (0, "")


def test_it_loads_in_dagster_dev(rendered: Clone) -> None:
    port = free_port()
    python = str(rendered.root / ".venv/bin/python")
    with dagster_dev([python, "-m", "dagster", "dev", "-p", str(port)], rendered):
        loaded = workspace(port)
    names = yaml.safe_load((rendered.root / "workspace.yaml").read_text())["load_from"]
    wanted = [entry["python_module"]["location_name"] for entry in names]
    assert loaded == dict.fromkeys(wanted, "RepositoryLocation")
    assert "order_audit" in loaded


@contextmanager
def dagster_dev(command: list[str], clone: Clone) -> Iterator[None]:
    """Run the local workspace; end it, and all that it started, afterwards."""
    server = subprocess.Popen(
        command,
        cwd=clone.root,
        env=clone.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=30)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def workspace(port: int) -> dict[str, str]:
    """Return what each location of a webserver is, by name, as soon as it answers."""
    url, body = f"http://127.0.0.1:{port}/graphql", {"query": LOADED}
    deadline = time.monotonic() + 150
    while time.monotonic() < deadline:
        with suppress(urllib3.exceptions.HTTPError):
            answer = urllib3.request("POST", url, json=body, retries=False, timeout=60)
            entries = answer.json()["data"]["workspaceOrError"]["locationEntries"]
            return {entry["name"]: entry["locationOrLoadError"]["__typename"] for entry in entries}
        time.sleep(0.2)
    raise AssertionError("the webserver did not answer")


def test_values_say_how_it_runs_and_hold_no_tag_and_no_secret(rendered: Clone) -> None:
    assert yaml.safe_load((rendered.root / CREATED[0]).read_text()) == VALUES


LOCATIONS = sorted(path.parent.name for path in ROOT.glob("locations/*/Dockerfile"))


@pytest.mark.parametrize("name", LOCATIONS)
def test_every_dockerfile_is_the_templates(name: str, tmp_path: Path) -> None:
    service = name.replace("_", "-")
    render(ROOT, tmp_path, {"name": name, "service": service, "operation": name.upper()})
    path = f"locations/{name}/Dockerfile"
    assert (ROOT / path).read_text() == (tmp_path / path).read_text()


def test_template_fills_in_every_name() -> None:
    words = re.compile(r"inventory|usage|metering")
    template = ROOT / "deploy/template"
    texts = {path: path.read_text() for path in template.rglob("*") if path.is_file()}
    assert {path for path, text in texts.items() if words.search(text)} == set()
