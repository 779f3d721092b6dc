"""Fixtures of this location: the real data as a source, and the environment of a run."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult

from inventory_sync_service.repository import defs
from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase

from .world import Item, Source


@pytest.fixture
def adventureworks(reference_data: Path) -> Source:
    folder = reference_data / "adventureworks"
    with (folder / "ProductInventory.csv").open(newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    inventory = [
        {"product_id": r[1], "location_id": r[2], "shelf": r[3], "bin": int(r[4]),
         "quantity": int(r[5])}
        for r in rows
    ]  # fmt: skip
    with (folder / "Product.csv").open(newline="") as file:
        products = [row[0] for row in csv.reader(file, delimiter="\t")]
    return Source(inventory, products)


@pytest.fixture(params=["sqlite-folder", "postgresql-s3"])
def platform(
    request: pytest.FixtureRequest,
    clean_environment: Path,  # noqa: ARG001 - for its effect
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[SqlDatabase, ObjectStorage]:
    """The location's environment, as an operator sets it: embedded, and with real servers."""
    engine, _, store = request.param.partition("-")
    database: SqlDatabase = request.getfixturevalue(f"{engine}_database")
    storage: ObjectStorage = request.getfixturevalue(f"{store}_storage")
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("OBJECT_STORAGE_URL", storage.url)
    monkeypatch.setenv("OBJECT_STORAGE_ENDPOINT", storage.endpoint)
    return database, storage


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ExecuteInProcessResult]]:
    """A function that runs a job of the location, optionally against an API address."""
    with DagsterInstance.ephemeral() as instance:

        def execute(
            job: str = "inventory_sync_job", *, api: str = "", **ops: Item
        ) -> ExecuteInProcessResult:
            monkeypatch.setenv("INVENTORY_API_URL", api)
            config = {"ops": {n: {"config": v} for n, v in ops.items()}} if ops else None
            return defs.resolve_job_def(job).execute_in_process(
                instance=instance, run_config=config, raise_on_error=False
            )

        yield execute
