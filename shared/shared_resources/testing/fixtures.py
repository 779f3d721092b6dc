"""The pytest plugin of the repository: fixtures that every location's tests can use.

It is loaded through an entry point, so a location's tests need no conftest for it. Imports stand
inside the fixtures: loading the plugin costs nothing.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from shared_resources.object_storage import ObjectStorage
    from shared_resources.sql_database import SqlDatabase
    from shared_resources.testing.http_server import Answer, LoopbackServer
    from shared_resources.testing.servers import PostgresServer, S3Server

_ISOLATED_VARIABLES = (
    "OBJECT_STORAGE_URL",
    "OBJECT_STORAGE_ENDPOINT",
    "OBJECT_STORAGE_REGION",
    "DATABASE_URL",
    "NOTIFICATIONS_WEBHOOK_URL",
    "NOTIFICATIONS_WEBHOOK_TOKEN",
    "INVENTORY_API_URL",
    "INVENTORY_API_TOKEN",
    "BUSINESS_LOG_DIRECTORY",
)


@pytest.fixture(scope="session")
def reference_data(pytestconfig: pytest.Config) -> Path:
    """The folder of real data beside the project; tests that need it skip where it is absent."""
    folder = pytestconfig.rootpath.parent / "shared" / "data"
    if not (folder / "expected.json").is_file():
        pytest.skip("the reference data (../shared/data) is not on this machine")
    return folder


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting of the machine reaches the test; relative paths land in a new folder."""
    for variable in _ISOLATED_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def http_server() -> Callable[[Answer], AbstractContextManager[LoopbackServer]]:
    """A function that serves an answer on loopback for the length of a `with` block."""
    from shared_resources.testing.http_server import serve

    return serve


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A SeaweedFS for the whole session."""
    from shared_resources.testing.servers import seaweedfs

    with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """A PostgreSQL for the whole session."""
    from shared_resources.testing.servers import postgresql

    with postgresql() as server:
        yield server


@pytest.fixture
def s3_storage(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> ObjectStorage:
    """Object storage under a new prefix of the real S3, credentials in the environment."""
    from shared_resources.object_storage import ObjectStorage

    monkeypatch.setenv("OBJECT_STORAGE_ACCESS_KEY_ID", s3_server.access_key_id)
    monkeypatch.setenv("OBJECT_STORAGE_SECRET_ACCESS_KEY", s3_server.secret_access_key)
    url = f"s3://{s3_server.bucket}/{secrets.token_hex(6)}"
    return ObjectStorage(url=url, endpoint=s3_server.endpoint, retry_seconds=5)


@pytest.fixture
def folder_storage(tmp_path: Path) -> ObjectStorage:
    """Object storage in a new folder."""
    from shared_resources.object_storage import ObjectStorage

    return ObjectStorage(url=f"file:{tmp_path / 'objects'}")


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest) -> ObjectStorage:
    """Object storage: the embedded default, then the real server."""
    found: ObjectStorage = request.getfixturevalue(f"{request.param}_storage")
    return found


@pytest.fixture
def sqlite_database(tmp_path: Path) -> SqlDatabase:
    """A new SQLite file."""
    from shared_resources.sql_database import SqlDatabase

    return SqlDatabase(url=f"sqlite:///{tmp_path / 'database.sqlite'}")


@pytest.fixture
def postgresql_database(
    postgresql_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> SqlDatabase:
    """A new database of the real PostgreSQL, its password in the environment."""
    import psycopg

    from shared_resources.sql_database import SqlDatabase

    name = f"database_{secrets.token_hex(6)}"
    with psycopg.connect(
        postgresql_server.url("postgres"), password=postgresql_server.password, autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type, unused-ignore]
    monkeypatch.setenv("DATABASE_PASSWORD", postgresql_server.password)
    return SqlDatabase(url=postgresql_server.url(name))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> SqlDatabase:
    """A database: the embedded default, then the real server."""
    found: SqlDatabase = request.getfixturevalue(f"{request.param}_database")
    return found
