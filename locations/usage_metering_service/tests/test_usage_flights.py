"""A year of real departures replayed as usage: 336,776 events in whatever way they arrive.

A flight is an event of its carrier, on its local day taken as UTC. Reference values:
shared/data/expected.json.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import polars as pl
import pytest

from shared_resources.publication import latest_manifest, manifests
from usage_metering_service.logic.layout import DAILY, INCOMING
from usage_metering_service.logic.monthly_statements import publish_statement
from usage_metering_service.repository import defs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dagster import ExecuteInProcessResult

    from shared_resources.object_storage import ObjectStorage
    from shared_resources.publication import Json

IDENTITY = ["year", "month", "day", "carrier", "flight", "origin", "dest", "sched_dep_time"]
DEPENDS_ON_ARRIVAL = {"version", "reason", "segments", "rows"}
JANUARY = [f"2013-01-{day:02}" for day in range(1, 32)]


@pytest.fixture(scope="module")
def flights(reference_data: Path) -> pl.DataFrame:
    return pl.read_parquet(reference_data / "nycflights13/flights.parquet")


@pytest.fixture(scope="module")
def expected(reference_data: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((reference_data / "expected.json").read_text())[
        "nycflights13"
    ]
    return found


@pytest.fixture(scope="module")
def january(flights: pl.DataFrame) -> list[bytes]:
    return records(flights.filter(pl.col("month") == 1)).splitlines(keepends=True)


def records(flights: pl.DataFrame) -> bytes:
    """The flights as business records, JSON lines."""
    sched = pl.col("sched_dep_time")
    two_digits = [
        part.cast(pl.String).str.zfill(2)
        for part in (pl.col("month"), pl.col("day"), sched // 100, sched % 100)
    ]
    number = pl.format("{}-{}", "flight", "sched_dep_time")
    message = pl.struct(
        origin="origin",
        destination="dest",
        businessOperation="carrier",
        messageType=pl.lit("REQUEST"),
        correlationId=number,
        user="tailnum",
    )
    at = pl.format("{}-{}-{}T{}:{}:00.000Z", "year", *two_digits)
    lines = flights.select(timestamp=at, level=pl.lit("BUSINESS"), message=message)
    return lines.write_ndjson().encode()


def run(
    storage: ObjectStorage, job: str, *, partition: str | None = None, days: Sequence[str] = ()
) -> ExecuteInProcessResult:
    assert defs.resources
    config = {"first_day": days[0], "last_day": days[-1]} if days else {}
    return defs.resolve_job_def(job).execute_in_process(
        {"ops": {"select_backfill_days": {"config": config}}} if days else {},
        partition_key=partition,
        resources={**defs.resources, "object_storage": storage},
    )


def newest(storage: ObjectStorage, day: str) -> Mapping[str, Json]:
    manifest = latest_manifest(storage, f"{DAILY}/{day}")
    assert manifest
    return manifest.content


def figures(storage: ObjectStorage, days: Sequence[str]) -> list[dict[str, Json]]:
    contents = [newest(storage, day) for day in days]
    return [{k: v for k, v in c.items() if k not in DEPENDS_ON_ARRIVAL} for c in contents]


def keys(storage: ObjectStorage) -> set[str]:
    return {entry.key for entry in storage.list_objects()}


def test_flights_are_unique_by_what_makes_them_events(flights: pl.DataFrame) -> None:
    assert flights.select(IDENTITY).n_unique() == flights.height


def test_first_two_days_have_the_published_numbers(
    storage: ObjectStorage, flights: pl.DataFrame, expected: dict[str, int]
) -> None:
    two_days = flights.filter((pl.col("month") == 1) & (pl.col("day") <= 2))
    storage.write(f"{INCOMING}/flights.jsonl", records(two_days))
    for day in ("2013-01-01", "2013-01-02"):
        run(storage, "daily_usage_job", partition=day)
        assert newest(storage, day)["events"] == expected[day]


def test_year_is_reported_whole_in_one_run_and_the_second_writes_nothing(
    folder_storage: ObjectStorage, flights: pl.DataFrame, expected: dict[str, int]
) -> None:
    folder_storage.write(f"{INCOMING}/flights.jsonl", records(flights))
    reports = run(folder_storage, "usage_backfill_job").output_for_node("publish_usage_report")
    assert len(reports) == expected["days"]
    assert sum(report.events for report in reports) == expected["rows"]
    assert (
        len({carrier for report in reports for carrier in report.operations})
        == (expected["carriers"])
    )
    before = keys(folder_storage)
    days = [report.day for report in reports]
    again = run(folder_storage, "usage_backfill_job", days=days)
    assert not any(report.written for report in again.output_for_node("publish_usage_report"))
    assert keys(folder_storage) == before
    months = [publish_statement(folder_storage, f"2013-{month:02}") for month in range(1, 13)]
    assert sum(month.events for month in months) == expected["rows"]
    assert [month.missing for month in months] == [()] * 12


def test_figures_are_the_same_doubled_shuffled_and_late(
    storage: ObjectStorage, january: list[bytes]
) -> None:
    storage.write(f"{INCOMING}/flights.jsonl", b"".join(january))
    run(storage, "usage_backfill_job")
    undisturbed = figures(storage, JANUARY)

    for key in keys(storage):
        storage.delete(key)
    doubled = january * 2
    random.Random(20130101).shuffle(doubled)  # noqa: S311 - no secret
    third = len(doubled) // 3
    for number, start in enumerate(range(0, len(doubled), third)):
        part = b"".join(doubled[start : start + third])
        storage.write(f"{INCOMING}/part-{number}.jsonl", part)
        run(storage, "usage_backfill_job")

    assert figures(storage, JANUARY) == undisturbed
    versions = manifests(storage, f"{DAILY}/2013-01-01")
    before, after = (int(str(versions[n].content["events"])) for n in (0, 1))
    assert versions[1].content["reason"] == f"{after - before} late events"


def test_late_day_makes_a_second_version_and_leaves_the_first_as_it_was(
    folder_storage: ObjectStorage, january: list[bytes], expected: dict[str, int]
) -> None:
    day = [line for line in january if b'"2013-01-01T' in line]
    folder_storage.write(f"{INCOMING}/early.jsonl", b"".join(day[:-12]))
    run(folder_storage, "daily_usage_job", partition="2013-01-01")
    first = folder_storage.read(f"{DAILY}/2013-01-01/00000001.json")
    folder_storage.write(f"{INCOMING}/late.jsonl", b"".join(day[-12:]))
    run(folder_storage, "daily_usage_job", partition="2013-01-01")
    second = newest(folder_storage, "2013-01-01")
    assert (second["version"], second["reason"]) == (2, "12 late events")
    assert second["events"] == expected["2013-01-01"]
    assert folder_storage.read(f"{DAILY}/2013-01-01/00000001.json") == first
