"""A run that is killed between any two ops, then run again, ends as if nothing had happened."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase

from .world import Serve, small_source, table

OPS = [
    "fetch_inventory_pages",
    "validate_inventory_records",
    "reconcile_inventory",
    "publish_inventory_snapshot",
    "notify_inventory_changes",
]
# Runs the job in its own process and ends it without warning after the op in argv, if any.
CHILD = """
import os, signal, sys
from dagster import DagsterInstance, success_hook
from inventory_sync_service.repository import defs

@success_hook
def kill_after(context):
    if context.op.name in sys.argv[1:]:
        os.kill(os.getpid(), signal.SIGKILL)

with DagsterInstance.ephemeral() as instance:
    job = defs.resolve_job_def("inventory_sync_job").with_hooks({kill_after})
    config = {"ops": {"reconcile_inventory": {"config": {"max_delete_fraction": 0.5}}}}
    job.execute_in_process(instance=instance, run_config=config)
"""


def child(folder: Path, api: str, *kill_after: str) -> int:
    folder.mkdir(exist_ok=True)
    environment = {**os.environ, "INVENTORY_API_URL": api}
    command = [sys.executable, "-c", CHILD, *kill_after]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, check=False
    ).returncode


def outcome(folder: Path) -> tuple[object, ...]:
    """The state that must not depend on the kill; when and by which run it came about may."""
    storage = ObjectStorage(url=f"file:{folder}/.local/objects")
    database = SqlDatabase(url=f"sqlite:///{folder}/.local/database.sqlite")
    history = "action, product_id, location_id, quantity_before, quantity_after"
    manifests = [
        [line for line in storage.read(entry.key).splitlines() if b"observed_at" not in line]
        for entry in storage.list_objects("inventory/manifests")
    ]
    objects = [
        (entry.key, hashlib.sha256(storage.read(entry.key)).hexdigest())
        for entry in storage.list_objects()
        if "manifests" not in entry.key
    ]
    inventory = table(database, "SELECT * FROM inventory ORDER BY product_id, location_id")
    changes = table(database, f"SELECT {history} FROM inventory_change ORDER BY change_id")  # noqa: S608
    return inventory, changes, manifests, objects


@pytest.mark.usefixtures("clean_environment")
def test_killed_between_any_two_ops_and_run_again(tmp_path: Path, http_server: Serve) -> None:
    source = small_source()
    folders = {name: tmp_path / name for name in ("undisturbed", *OPS)}
    with http_server(source.answer) as server:
        assert child(folders["undisturbed"], server.url) == 0
        for op in OPS:
            shutil.copytree(folders["undisturbed"], folders[op])
        source.inventory[0]["quantity"] = 50
        source.inventory[1] = {"product_id": "p8", "location_id": "z", "quantity": 8}
        assert child(folders["undisturbed"], server.url) == 0
        for op in OPS:
            assert child(folders[op], server.url, op) == -signal.SIGKILL
            assert child(folders[op], server.url) == 0
    expected = outcome(folders["undisturbed"])
    assert [name for name in OPS if outcome(folders[name]) != expected] == []
