"""The jobs as the platform starts them: default configuration, clear refusals, figures shown."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from dagster import DagsterInvalidConfigError, Failure
from pydantic import ValidationError

from shared_resources.business_log import BUSINESS_OPERATION_TAG
from shared_resources.errors import PublicationError, QuarantineError
from shared_resources.object_storage import ObjectStorage
from usage_metering_service.logic.events import UsageEvent
from usage_metering_service.logic.layout import DAILY, EVENTS, INCOMING, MONTHLY
from usage_metering_service.logic.lines import Line
from usage_metering_service.logic.records import read_record
from usage_metering_service.repository import defs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dagster import ExecuteInProcessResult

DAY = "2025-03-31"  # the sample's first
PARTITIONS = {"daily_usage_job": DAY, "monthly_usage_statement_job": "2025-03"}
JOBS = [
    "daily_usage_job",
    "monthly_usage_statement_job",
    "usage_backfill_job",
    "usage_collection_job",
    "usage_metering_test_run_job",
]

SAMPLE_TABLE = """\
| operation | events |
|---|--:|
| SEARCH\\_CATALOGUE | 12 |
| READ\\_OFFERING | 6 |
| TransferCompletionMessage | 1 |
| TransferProcess | 1 |
| TransferRequestMessage | 1 |
| TransferStartMessage | 1 |"""

pytestmark = pytest.mark.usefixtures("clean_environment")


def run(
    name: str, config: Mapping[str, Any] | None = None, day: str | None = None
) -> ExecuteInProcessResult:
    ops = {"ops": {op: {"config": fields} for op, fields in (config or {}).items()}}
    partition = day or PARTITIONS.get(name)
    return defs.resolve_job_def(name).execute_in_process(ops, partition_key=partition)


def metadata(result: ExecuteInProcessResult, op: str) -> dict[str, object]:
    (found,) = [
        event.step_output_data.metadata
        for event in result.all_node_events
        if event.is_successful_output and event.step_key == op
    ]
    return {name: value.value for name, value in found.items()}


def stored() -> dict[str, bytes]:
    storage = ObjectStorage()
    return {entry.key: storage.read(entry.key) for entry in storage.list_objects()}


def test_these_are_the_jobs_and_each_says_what_it_does_for_which_operation() -> None:
    jobs = {job.name: job for job in defs.resolve_all_job_defs()}
    assert sorted(jobs) == JOBS
    for job in jobs.values():
        assert job.description
        assert job.tags[BUSINESS_OPERATION_TAG] == "USAGE_METERING"


@pytest.mark.parametrize("name", JOBS)
def test_default_configuration_succeeds_on_a_fresh_clone_and_again(name: str) -> None:
    assert run(name).success
    before = stored()
    assert run(name).success
    assert stored() == before


def test_sample_is_metered_and_every_line_is_accounted_for() -> None:
    result = run("daily_usage_job")
    assert metadata(result, "collect_usage_events")["sample"] is True
    assert metadata(result, "validate_usage_events") == {
        "rows_in": 33,
        "rows_out": 29,
        "quarantined": 1,
        "duplicates": 0,
        "ignored": 3,
        "days": 2,
    }
    assert metadata(result, "deduplicate_usage_events") == {
        "days": 1,
        "rows_in": 22,
        "rows_out": 20,
        "quarantined": 0,
        "duplicates": 2,
    }
    assert metadata(result, "publish_usage_report") == {
        "days": 1,
        "versions_written": 1,
        "events": 20,
        "changes": {DAY: "version 1: first report"},
        "operations": SAMPLE_TABLE,
    }


def test_default_backfill_reports_all_days_and_the_statement_follows() -> None:
    result = run("usage_backfill_job")
    assert [r.day for r in result.output_for_node("publish_usage_report")] == [DAY, "2025-04-01"]
    found = metadata(run("monthly_usage_statement_job"), "publish_monthly_statement")
    assert (found["events"], found["missing_days"], found["reason"]) == (20, 30, "first statement")


def test_backfill_of_a_range_reports_each_of_its_days() -> None:
    config = {"select_backfill_days": {"first_day": "2025-03-30", "last_day": "2025-04-01"}}
    reports = run("usage_backfill_job", config).output_for_node("publish_usage_report")
    assert [(r.day, r.events) for r in reports] == [
        ("2025-03-30", 0),
        ("2025-03-31", 20),
        ("2025-04-01", 7),
    ]


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        ("2025-03-31", "", "given together"),
        ("2025-03-31", "2025-03-30", "in order"),
        ("1999-01-01", "2025-03-30", "not start before 2010-01-01"),
        ("2025-03-31", f"{datetime.now(UTC):%Y-%m-%d}", "is not over yet"),
        ("2025-02-30", "2025-03-30", "day is out of range"),
        ("yesterday", "today", "String should match pattern"),
    ],
)
def test_range_that_makes_no_sense_is_refused(first: str, last: str, reason: str) -> None:
    config = {"select_backfill_days": {"first_day": first, "last_day": last}}
    with pytest.raises(ValidationError, match=reason):
        run("usage_backfill_job", config)


def test_statement_that_must_be_complete_fails_and_names_the_days() -> None:
    config = {"publish_monthly_statement": {"require_complete": True}}
    with pytest.raises(PublicationError, match="31 days without a report"):
        run("monthly_usage_statement_job", config)


def test_unknown_setting_is_refused_before_anything_runs() -> None:
    with pytest.raises(DagsterInvalidConfigError, match="prefx"):
        run("usage_collection_job", {"collect_usage_events": {"prefx": "x"}})
    assert stored() == {}


@pytest.mark.parametrize("prefix", ["../secrets", "/etc", "a//b", ""])
def test_prefix_that_is_no_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError, match="String should match pattern"):
        run("usage_collection_job", {"collect_usage_events": {"incoming_prefix": prefix}})


@pytest.mark.parametrize("name", ["daily_usage_job", "monthly_usage_statement_job"])
def test_launch_without_a_partition_says_what_to_do(name: str) -> None:
    with pytest.raises(Failure, match="hint: choose a partition"):
        defs.resolve_job_def(name).execute_in_process()


def test_too_much_bad_input_fails_the_run_before_it_publishes() -> None:
    ObjectStorage().write(f"{INCOMING}/a.jsonl", b"torn\n")
    with pytest.raises(QuarantineError, match="1 of 1 rows are bad"):
        run("daily_usage_job")
    assert [key.rpartition("/")[0] for key in stored()] == ["usage/incoming", "usage/quarantine"]


def test_own_prefix_is_read_instead_of_the_default() -> None:
    ObjectStorage().write("team/logs/a.jsonl", b"")
    result = run("usage_collection_job", {"collect_usage_events": {"incoming_prefix": "team/logs"}})
    assert metadata(result, "collect_usage_events") == {
        "deliveries": 1,
        "bytes": 0,
        "sample": False,
    }


def test_publishing_writes_one_business_record_with_counts_only(
    monkeypatch: pytest.MonkeyPatch, clean_environment: Path
) -> None:
    monkeypatch.setenv("BUSINESS_LOG_DIRECTORY", str(clean_environment / "log"))
    result = run("daily_usage_job")
    (path,) = (clean_environment / "log").iterdir()
    (line,) = path.read_text().splitlines()
    message = json.loads(line)["message"]
    event = read_record(Line(1, line.encode(), len(line)), datetime.now(UTC))
    assert isinstance(event, UsageEvent)  # and the metering can be metered
    assert event.operations == ("USAGE_METERING",)
    assert message["correlationId"] == result.run_id
    assert (message["origin"], message["businessOperation"]) == (
        "usage_metering_service",
        "USAGE_METERING",
    )
    assert message["customFields"] == {
        "event_type": "BUSINESS_EVENT",
        "op_name": "publish_usage_report",
        "days": 1,
        "versions_written": 1,
        "events": 20,
    }


def test_test_run_reads_a_slice_of_the_newest_object_and_leaves_nothing() -> None:
    storage = ObjectStorage()
    storage.write(f"{INCOMING}/old.jsonl", b"")
    storage.write(f"{INCOMING}/new.jsonl", b"torn\n" * 5000)
    before = stored()
    config = {"rehearse_usage_metering": {"max_lines": 10}}
    found = metadata(run("usage_metering_test_run_job", config), "rehearse_usage_metering")
    assert (found["source"], found["rows_in"], found["quarantined"]) == (
        f"{INCOMING}/new.jsonl",
        10,
        10,
    )
    assert stored() == before


def test_test_run_works_on_the_real_store_and_invents_nothing(s3_storage: ObjectStorage) -> None:
    job = defs.resolve_job_def("usage_metering_test_run_job")
    result = job.execute_in_process(resources={"object_storage": s3_storage})
    assert metadata(result, "rehearse_usage_metering")["source"] == "packaged sample"
    assert s3_storage.list_objects() == []


def test_job_without_input_on_a_shared_store_invents_no_data(s3_storage: ObjectStorage) -> None:
    resources = {
        "object_storage": s3_storage,
        "business_log": defs.resources["business_log"] if defs.resources else None,
    }
    job = defs.resolve_job_def("usage_backfill_job")
    assert job.execute_in_process(resources=resources).success
    assert s3_storage.list_objects() == []


def test_no_credential_reaches_storage_or_metadata(clean_environment: Path) -> None:
    canary = "CANARY-4711"
    start = {
        "timestamp": f"{DAY}T10:00:00Z",
        "@type": "TransferStartMessage",
        "providerPid": "urn:uuid:p",
        "consumerPid": "urn:uuid:c",
        "dataAddress": {"endpointProperties": [{"name": "authorization", "value": canary}]},
    }
    untimed = {key: value for key, value in start.items() if key != "timestamp"}
    dropped = ObjectStorage()
    dropped.write(f"{INCOMING}/a.jsonl", f"{json.dumps(start)}\n{json.dumps(untimed)}".encode())
    config = {"validate_usage_events": {"max_quarantine_fraction": 0.5}}
    result = run("daily_usage_job", config)
    dropped.delete(f"{INCOMING}/a.jsonl")
    files = [path for path in clean_environment.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} >= {"quarantine", f"day={DAY}", "receipts", DAY}
    assert not [path for path in files if canary.encode() in path.read_bytes()]
    assert not [event for event in result.all_events if canary in repr(event)]


def test_loading_imports_no_heavy_library() -> None:
    heavy = ["polars", "obstore", "pyarrow", "sqlalchemy", "psycopg", "urllib3", "pyoxigraph"]
    code = (
        "import sys, usage_metering_service.repository as r; r.defs.resolve_all_job_defs();"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    assert loaded.stdout.strip() == "[]"


def test_logic_does_without_dagster() -> None:
    code = (
        "import sys, pkgutil, usage_metering_service.logic as logic\n"
        "for module in pkgutil.iter_modules(logic.__path__, logic.__name__ + '.'):\n"
        "    __import__(module.name)\n"
        "print('dagster' in sys.modules, 'polars' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    assert loaded.stdout.strip() == "False False"


def test_first_reports_stand_where_the_readme_says() -> None:
    run("daily_usage_job")
    run("monthly_usage_statement_job")
    keys = stored()
    assert f"{DAILY}/{DAY}/00000001.json" in keys
    assert f"{MONTHLY}/2025-03/00000001.json" in keys
    assert [key for key in keys if key.startswith(f"{EVENTS}/day={DAY}/")]
