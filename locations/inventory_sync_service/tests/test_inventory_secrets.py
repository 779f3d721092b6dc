"""No secret of a run can be found anywhere afterwards."""

import json
from pathlib import Path

import pytest
from dagster import DagsterInstance

from inventory_sync_service.repository import defs
from shared_resources.testing.http_server import Reply, Request
from shared_resources.testing.servers import PostgresServer, S3Server

from .world import Serve, World, error, small_source, table

SECRETS = ("INVENTORY_API_TOKEN", "NOTIFICATIONS_WEBHOOK_TOKEN")


@pytest.mark.parametrize("platform", ["postgresql-s3"], indirect=True)
def test_secrets_reach_their_servers_and_nothing_else(
    platform: World,
    postgresql_server: PostgresServer,
    s3_server: S3Server,
    tmp_path: Path,
    http_server: Serve,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    database, storage = platform
    for variable in SECRETS:
        monkeypatch.setenv(variable, f"canary-of-{variable}")
    source = small_source()

    def answer(request: Request) -> Reply:
        return Reply(202) if request.method == "POST" else source.answer(request)

    folder = tmp_path / "dagster"
    folder.mkdir()
    with http_server(answer) as server, DagsterInstance.local_temp(str(folder)) as instance:
        monkeypatch.setenv("INVENTORY_API_URL", server.url)
        monkeypatch.setenv("NOTIFICATIONS_WEBHOOK_URL", f"{server.url}/hook")
        job = defs.resolve_job_def("inventory_sync_job")
        assert job.execute_in_process(instance=instance).success
        server.answer = lambda _: Reply(401)
        failed = job.execute_in_process(instance=instance, raise_on_error=False)
        assert "the token is missing, wrong or expired" in error(failed)[1]
        monkeypatch.setenv("DATABASE_PASSWORD", "canary-of-a-wrong-password")
        server.answer = answer
        refused = job.execute_in_process(instance=instance, raise_on_error=False)
        assert error(refused)[0] == "reconcile_inventory"
        monkeypatch.setenv("DATABASE_PASSWORD", postgresql_server.password)
        runs = json.dumps([[run.run_config, dict(run.tags)] for run in instance.get_runs()])
    sent = {request.headers.get("authorization") for request in server.requests}
    assert sent == {f"Bearer canary-of-{variable}" for variable in SECRETS}

    printed = capfd.readouterr()
    places = {"runs": runs, "output": printed.out + printed.err}
    for path in folder.rglob("*"):
        places[str(path)] = path.read_bytes().decode(errors="replace") if path.is_file() else ""
    for entry in storage.list_objects():
        places[entry.key] = storage.read(entry.key).decode(errors="replace")
    places["tables"] = repr(table(database, "SELECT * FROM inventory_change"))
    secrets = (
        "canary",
        postgresql_server.password,
        s3_server.secret_access_key,
        s3_server.access_key_id,
    )
    assert [where for where, text in places.items() if any(s in text for s in secrets)] == []
