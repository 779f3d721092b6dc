"""The shared local workspace: `dagster dev` as the README starts it, with every location loaded."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml

from shared_resources.testing.servers import free_port

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.parent.name for path in (ROOT / "locations").glob("*/pyproject.toml"))
DAGSTER = [sys.executable, "-m", "dagster"]
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError {
  __typename ... on PythonError { message }
  ... on RepositoryLocation { repositories { name jobs { name
    partitionKeysOrError { ... on PartitionKeys { partitionKeys } } } } } } } } } }"""
LAUNCH = """mutation($p: ExecutionParams!) { launchRun(executionParams: $p) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
DEFAULTS = """query($s: PipelineSelector!) { runConfigSchemaOrError(selector: $s) {
  ... on RunConfigSchema { rootDefaultYaml } } }"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


@contextmanager
def started(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server with its output in a file; end it, and all that it started, afterwards."""
    with (folder / "output.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=30)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def wait_for(what: str, attempt: Callable[[], Any], folder: Path, seconds: float = 150) -> Any:
    """Return what `attempt` finds; until then it returns None."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = attempt()
        if found is not None:
            return found
        time.sleep(0.2)
    log = (folder / "output.log").read_text(errors="replace")
    raise AssertionError(f"{what} did not happen within {seconds:g} s:\n{log[-4000:]}")


def ask(port: int, query: str, **variables: object) -> Any:
    """Return the data of a GraphQL answer, None while the webserver is not there."""
    body = {"query": query, "variables": variables}
    try:
        url = f"http://127.0.0.1:{port}/graphql"
        response = urllib3.request("POST", url, json=body, retries=False, timeout=10)
    except urllib3.exceptions.HTTPError:
        return None
    return response.json()["data"]


def test_workspace_lists_every_location_once_in_a_process_of_its_own() -> None:
    content = yaml.safe_load((ROOT / "workspace.yaml").read_text())
    assert content == {
        "load_from": [
            {"python_module": {"module_name": f"{name}.repository", "location_name": name}}
            for name in NAMES
        ]
    }


@pytest.mark.parametrize("name", NAMES)
def test_location_has_the_layout_of_the_guide(name: str) -> None:
    folder = ROOT / "locations" / name
    expected = {
        "README.md", "Dockerfile", "pyproject.toml", "tests", name,
        f"{name}/repository.py", f"{name}/jobs", f"{name}/ops", f"{name}/resources",
        f"{name}/logic",
    }  # fmt: skip
    assert {path for path in expected if not (folder / path).exists()} == set()


@pytest.mark.parametrize("name", NAMES)
def test_logic_never_imports_dagster(name: str) -> None:
    code = (
        "import sys, pkgutil, importlib\n"
        f"package = importlib.import_module('{name}.logic')\n"
        "for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "    importlib.import_module(module.name)\n"
        "print('dagster' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert answer.stdout == b"False\n"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory is read from Linux's /proc")
@pytest.mark.parametrize("name", NAMES)
def test_code_server_stays_under_200_mib(name: str, tmp_path: Path) -> None:
    port = free_port()
    serve = [
        *DAGSTER,
        "api",
        "grpc",
        "-m",
        f"{name}.repository",
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
    ]
    ping = [*DAGSTER, "api", "grpc-health-check", "-p", str(port)]

    def ready() -> bool | None:
        return subprocess.run(ping, capture_output=True, check=False).returncode == 0 or None

    with started(serve, tmp_path) as server:
        wait_for("loading", ready, tmp_path)
        memory = Path(f"/proc/{server.pid}/status").read_text()
    resident = re.search(r"VmRSS:\s+(\d+) kB", memory)
    assert resident
    assert int(resident[1]) / 1024 < 200


@pytest.mark.timeout(900)  # two limits of its own, and a machine that others use too
def test_dagster_dev_loads_every_location_and_runs_every_job_with_its_defaults(
    tmp_path: Path,
) -> None:
    port = free_port()
    dev = [*DAGSTER, "dev", "-w", str(ROOT / "workspace.yaml"), "-p", str(port), "-h", "127.0.0.1"]
    with started(dev, tmp_path):
        data = wait_for("the workspace", lambda: ask(port, LOCATIONS), tmp_path)
        entries = data["workspaceOrError"]["locationEntries"]
        loaded = {entry["name"]: entry["locationOrLoadError"] for entry in entries}
        assert {name: found["__typename"] for name, found in loaded.items()} == dict.fromkeys(
            NAMES, "RepositoryLocation"
        )
        runs = {
            f"{name}/{job['name']}": launch(port, name, repository["name"], job)
            for name, found in loaded.items()
            for repository in found["repositories"]
            for job in repository["jobs"]
        }

        def finished() -> dict[str, str] | None:
            states = {job: ask(port, STATUS, id=run)["runOrError"] for job, run in runs.items()}
            found = {job: state["status"] for job, state in states.items()}
            done = all(status in ("SUCCESS", "FAILURE", "CANCELED") for status in found.values())
            return found if done else None

        outcome = wait_for("the end of every run", finished, tmp_path, seconds=240)
    assert outcome == dict.fromkeys(runs, "SUCCESS")


def launch(port: int, location: str, repository: str, job: dict[str, Any]) -> str:
    """Launch a job as the UI does: default configuration, newest partition; return the run's id."""
    selector = {
        "repositoryLocationName": location,
        "repositoryName": repository,
        "pipelineName": job["name"],
    }
    defaults = ask(port, DEFAULTS, s=selector)["runConfigSchemaOrError"]["rootDefaultYaml"]
    keys = job["partitionKeysOrError"].get("partitionKeys", [])
    tags = [{"key": "dagster/partition", "value": key} for key in keys[-1:]]
    execution = {
        "mode": "default",
        "selector": selector,
        "runConfigData": defaults,
        "executionMetadata": {"tags": tags},
    }
    answer = ask(port, LAUNCH, p=execution)["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return str(answer["run"]["runId"])
