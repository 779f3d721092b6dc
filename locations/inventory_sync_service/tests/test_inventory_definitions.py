"""What Dagster loads: the jobs with working defaults, and nothing heavy."""

import json
import subprocess
import sys

import pytest
from dagster import DagsterInstance

from inventory_sync_service.logic.gtin import is_valid_gtin
from inventory_sync_service.repository import defs
from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase

from .world import Run, error, metadata, table

JOBS = [
    "inventory_sync_job",
    "inventory_snapshot_job",
    "inventory_rebuild_job",
    "inventory_sync_test_run_job",
]


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.usefixtures("clean_environment")
def test_default_configuration_succeeds_on_a_fresh_clone(job: str) -> None:
    with DagsterInstance.ephemeral() as instance:
        assert defs.resolve_job_def(job).execute_in_process(instance=instance).success


def test_every_job_is_one_of_those_and_says_what_it_is_for() -> None:
    jobs = {job.name: job for job in defs.get_repository_def().get_all_jobs()}
    assert sorted(jobs) == sorted(JOBS)
    for job in jobs.values():
        assert job.description
        assert job.tags["business_operation"].startswith("INVENTORY_")


@pytest.mark.usefixtures("clean_environment")
def test_unknown_configuration_is_refused_before_the_run() -> None:
    from dagster import DagsterInvalidConfigError

    config = {"ops": {"fetch_inventory_pages": {"config": {"object": "x"}}}}
    with pytest.raises(DagsterInvalidConfigError, match='unexpected config entry "object"'):
        defs.resolve_job_def("inventory_sync_job").execute_in_process(run_config=config)


@pytest.mark.usefixtures("clean_environment")
def test_test_run_leaves_nothing_behind(run: Run) -> None:
    result = run("inventory_sync_test_run_job")
    assert metadata(result, "rehearse_inventory_sync")["would_be_inserted"] == 24
    assert ObjectStorage().list_objects() == []
    assert table(SqlDatabase(), "SELECT count(*) FROM inventory") == [(0,)]
    assert table(SqlDatabase(), "SELECT count(*) FROM inventory_change") == [(0,)]


def test_sample_is_never_written_into_a_shared_database(
    clean_environment: object,  # noqa: ARG001 - for its effect
    postgresql_database: SqlDatabase,
    monkeypatch: pytest.MonkeyPatch,
    run: Run,
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgresql_database.url)
    step, message = error(run())
    assert step == "fetch_inventory_pages"
    assert "hint: set INVENTORY_API_URL" in message
    ObjectStorage().write(
        "inventory/incoming/x.csv", b"product_id,location_id,quantity\np,a,1\n" + b"q,a,1\n" * 9
    )
    test_run = run("inventory_sync_test_run_job", fetch_inventory_pages={"max_records": 2})
    assert metadata(test_run, "rehearse_inventory_sync")["would_be_inserted"] == 2


def test_loading_imports_nothing_heavy_and_needs_no_environment() -> None:
    code = (
        "import sys, json, inventory_sync_service.repository;"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, env={"PATH": "/usr/bin"}
    )
    heavy = {"polars", "sqlalchemy", "psycopg", "obstore", "pyoxigraph", "urllib3", "boto3"}
    assert heavy & set(json.loads(loaded.stdout)) == set()


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("4006381333931", True),  # GTIN-13
        ("73513537", True),  # GTIN-8
        ("036000291452", True),  # GTIN-12
        ("10614141543219", True),  # GTIN-14
        ("4006381333932", False),
        ("400638133393", False),
        ("40063813339٣1", False),
        ("", False),
        ("400638133393X", False),
    ],
)
def test_gtin_check_digit(text: str, valid: bool) -> None:
    assert is_valid_gtin(text) is valid
