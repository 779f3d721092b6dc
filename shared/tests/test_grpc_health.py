"""The probe of code servers, against a real one."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shared_resources.testing.servers import free_port

PROBE = [sys.executable, "-m", "shared_resources.grpc_health"]
DEFINITIONS = "from dagster import Definitions\ndefs = Definitions()\n"


def test_serving_server_is_healthy_and_a_stopped_one_is_not(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "definitions.py").write_text(DEFINITIONS)
    dagster = [sys.executable, "-m", "dagster"]
    serve = [*dagster, "api", "grpc", "-f", "definitions.py", "-p", str(port)]
    probe = [*PROBE, f"127.0.0.1:{port}", "5"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(serve, cwd=tmp_path, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 120
        while subprocess.run(probe, capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.2)
    finally:
        server.terminate()
        server.wait()
    stopped = subprocess.run(probe, capture_output=True, check=False, text=True)
    assert stopped.returncode == 1
    assert f"127.0.0.1:{port}: UNAVAILABLE" in stopped.stderr


@pytest.mark.timeout(60)
def test_server_that_does_not_answer_is_unhealthy_within_the_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        done = subprocess.run([*PROBE, address, "0.5"], capture_output=True, check=False, text=True)
    assert done.returncode == 1
    assert address in done.stderr


def test_probe_imports_no_dagster() -> None:
    code = "import sys, shared_resources.grpc_health; print('dagster' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert done.stdout == b"False\n"
