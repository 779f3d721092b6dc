"""What the sensors and schedules ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from dagster import DagsterInstance, RunRequest, build_schedule_context, build_sensor_context

from shared_resources.object_storage import ObjectStorage
from usage_metering_service.jobs.schedules import (
    daily_usage_schedule,
    monthly_usage_statement_schedule,
)
from usage_metering_service.jobs.sensors import (
    incoming_usage_sensor,
    late_usage_sensor,
    outdated_statement_sensor,
)
from usage_metering_service.logic.deliveries import drop_sample, sample
from usage_metering_service.logic.layout import DAILY, EVENTS, INCOMING, MONTHLY
from usage_metering_service.repository import defs

if TYPE_CHECKING:
    from dagster import ScheduleDefinition, SensorDefinition
    from dagster._core.definitions.sensor_definition import SensorExecutionData

DAYS = ["2025-03-31", "2025-04-01"]  # the sample's

pytestmark = pytest.mark.usefixtures("clean_environment")


def tick(sensor: SensorDefinition, cursor: str | None = None) -> SensorExecutionData:
    """Evaluate as the daemon does: partitions are resolved, and must exist."""
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(
            instance=instance,
            cursor=cursor,
            repository_def=defs.get_repository_def(),
            sensor_name=sensor.name,
            resources={"object_storage": ObjectStorage()},
        )
        return defs.resolve_sensor_def(sensor.name).evaluate_tick(context)


def requested(result: SensorExecutionData) -> list[tuple[str | None, str | None]]:
    return [(request.job_name, request.partition_key) for request in result.run_requests or []]


def run(name: str, partition: str | None = None) -> None:
    assert defs.resolve_job_def(name).execute_in_process(partition_key=partition).success


def test_drop_is_asked_for_until_it_is_collected_under_one_key() -> None:
    assert tick(incoming_usage_sensor).skip_message
    ObjectStorage().write(f"{INCOMING}/a.jsonl", sample())
    (first,), (again,) = (tick(incoming_usage_sensor).run_requests or [] for _ in range(2))
    assert first.run_key == again.run_key
    run("usage_collection_job")
    assert tick(incoming_usage_sensor).skip_message


def test_object_uploaded_again_is_asked_for_under_another_key() -> None:
    keys = set()
    for _ in range(2):
        ObjectStorage().write(f"{INCOMING}/a.jsonl", sample())
        (request,) = tick(incoming_usage_sensor).run_requests or []
        keys.add(request.run_key)
        run("usage_collection_job")
    assert len(keys) == 2


def test_days_are_asked_for_until_their_reports_name_all_segments() -> None:
    drop_sample(ObjectStorage(), INCOMING)
    run("usage_collection_job")
    assert requested(tick(late_usage_sensor)) == [("daily_usage_job", day) for day in DAYS]
    run("daily_usage_job", DAYS[0])
    (request,) = tick(late_usage_sensor).run_requests or []
    assert isinstance(request, RunRequest)
    assert (request.partition_key, (request.run_key or "")[:11]) == (DAYS[1], f"{DAYS[1]}:")
    run("daily_usage_job", DAYS[1])
    assert tick(late_usage_sensor).skip_message


def test_late_data_reopens_its_day_under_another_key() -> None:
    drop_sample(ObjectStorage(), INCOMING)
    run("usage_collection_job")
    first = {request.run_key for request in tick(late_usage_sensor).run_requests or []}
    run("usage_backfill_job")
    late = sample().replace(b'"call-000"', b'"call-999"')
    ObjectStorage().write(f"{INCOMING}/late.jsonl", late)
    run("usage_collection_job")
    (request,) = tick(late_usage_sensor).run_requests or []
    assert request.partition_key == DAYS[0]
    assert request.run_key not in first


def test_cursor_spares_what_was_seen_and_a_wrong_one_is_no_harm() -> None:
    drop_sample(ObjectStorage(), INCOMING)
    run("usage_collection_job")
    seen = tick(late_usage_sensor)
    assert abs(datetime.fromisoformat(seen.cursor or "") - datetime.now(UTC)) < timedelta(minutes=5)
    for cursor in (seen.cursor, "nonsense", "2025-01-01T00:00:00"):
        assert len(requested(tick(late_usage_sensor, cursor))) == 2


def test_more_days_than_a_month_has_are_one_backfill() -> None:
    storage = ObjectStorage()
    for day in range(1, 33):
        key = f"{EVENTS}/day={datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y-%m-%d}"
        storage.write(f"{key}/{'0' * 64}.jsonl", b"")
    assert requested(tick(late_usage_sensor)) == [("usage_backfill_job", None)]


def test_statement_is_asked_for_when_its_reports_changed_and_not_before_there_is_one() -> None:
    run("daily_usage_job", DAYS[0])
    assert tick(outdated_statement_sensor).skip_message
    run("monthly_usage_statement_job", "2025-03")
    assert tick(outdated_statement_sensor).skip_message
    run("daily_usage_job", "2025-03-30")
    assert requested(tick(outdated_statement_sensor)) == [(None, "2025-03")]
    run("monthly_usage_statement_job", "2025-03")
    assert tick(outdated_statement_sensor).skip_message


def test_objects_that_belong_to_nobody_make_no_sensor_fail() -> None:
    storage = ObjectStorage()
    for prefix in (EVENTS, DAILY, MONTHLY, f"{DAILY}/2025-03-31", f"{MONTHLY}/2025-03"):
        for name in ("weird", "day=x/y", "ü.json", "00000001.json.bak", "0000000x.json"):
            storage.write(f"{prefix}/{name}", b"\xff")
    storage.write(f"{MONTHLY}/2025-04/00000001.json", b"\xff")
    storage.write(f"{DAILY}/2025-04-01/00000001.json", b"\xff")
    for sensor in (incoming_usage_sensor, late_usage_sensor):
        assert tick(sensor).skip_message
    assert requested(tick(outdated_statement_sensor)) == [(None, "2025-04")]


@pytest.mark.parametrize(
    ("schedule", "partition"),
    [(daily_usage_schedule, "2025-03-31"), (monthly_usage_statement_schedule, "2025-03")],
)
def test_schedule_asks_for_the_partition_that_has_ended(
    schedule: ScheduleDefinition, partition: str
) -> None:
    moment = datetime(2025, 4, 1, 3, tzinfo=UTC)
    data = schedule.evaluate_tick(build_schedule_context(scheduled_execution_time=moment))
    (request,) = data.run_requests or []
    assert request.partition_key == partition
