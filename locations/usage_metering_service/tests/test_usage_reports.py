"""Reports and statements: versions with reasons, never edits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared_resources.errors import PublicationError
from shared_resources.publication import append_manifest, latest_manifest, manifests
from usage_metering_service.logic.aggregation import daily_usage
from usage_metering_service.logic.daily_reports import PublishedReport, publish_daily
from usage_metering_service.logic.deduplication import distinct_events
from usage_metering_service.logic.deliveries import uncollected
from usage_metering_service.logic.intake import take_in
from usage_metering_service.logic.layout import DAILY, EVENTS, INCOMING, MONTHLY
from usage_metering_service.logic.monthly_statements import (
    PublishedStatement,
    outdated_statements,
    publish_statement,
)
from usage_metering_service.logic.segments import segments_of, stale_days
from usage_metering_service.logic.tables import operations_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_resources.object_storage import ObjectStorage
    from shared_resources.publication import Json

DAY = "2024-08-12"
NOW = datetime(2024, 8, 20, 12, tzinfo=UTC)


def line(
    second: int, *, day: str = DAY, operation: object = "SEARCH", user: str | None = "ada"
) -> str:
    message = {
        "origin": "portal",
        "destination": "catalogue",
        "businessOperation": operation,
        "messageType": "REQUEST",
        "correlationId": f"call-{second // 2}",
        "user": user,
    }
    at = f"{day}T10:{second // 60:02}:{second % 60:02}Z"
    return json.dumps({"timestamp": at, "level": "BUSINESS", "message": message})


def drop(storage: ObjectStorage, name: str, *lines: str) -> None:
    storage.write(f"{INCOMING}/{name}.jsonl", "\n".join(lines).encode())
    take_in(storage, uncollected(storage), 0.1)


def report(storage: ObjectStorage, *days: str) -> list[PublishedReport]:
    return publish_daily(storage, daily_usage(distinct_events(storage, days or (DAY,))))


def newest(storage: ObjectStorage, prefix: str) -> Mapping[str, Json]:
    manifest = latest_manifest(storage, prefix)
    assert manifest
    return manifest.content


def stored(storage: ObjectStorage) -> dict[str, bytes]:
    return {entry.key: storage.read(entry.key) for entry in storage.list_objects()}


def test_report_says_all_of_a_day(storage: ObjectStorage) -> None:
    drop(
        storage,
        "a",
        line(0),
        line(1, user="grace"),
        line(2, operation="[READ, SEARCH]", user=None),
        line(0),
        json.dumps(
            {
                "timestamp": f"{DAY}T23:00:00+00:00",
                "message": {"@type": "TransferRequestMessage", "consumerPid": "c"},
            }
        ),
    )
    report(storage)
    content = dict(newest(storage, f"{DAILY}/{DAY}"))
    detail = content.pop("detail")
    assert content == {
        "day": DAY,
        "version": 1,
        "reason": "first report",
        "segments": segments_of(storage, DAY),
        "rows": {"in": 5, "out": 4, "duplicates": 1},
        "events": 4,
        "processes": 3,
        "users": 2,
        "operations": {"READ": 1, "SEARCH": 3, "TransferRequestMessage": 1},
        "stages": {"MESSAGE": 1, "REQUEST": 3},
        "origins": {"(not stated)": 1, "portal": 3},
        "destinations": {"(not stated)": 1, "catalogue": 3},
    }
    assert isinstance(detail, dict)
    assert storage.read(str(detail["key"])).decode().splitlines() == [
        "kind,operation,stage,origin,destination,events,processes,users",
        "business,READ,REQUEST,portal,catalogue,1,1,0",
        "business,SEARCH,REQUEST,portal,catalogue,3,2,2",
        "transfer,TransferRequestMessage,MESSAGE,,,1,1,0",
    ]


def test_second_run_writes_nothing(storage: ObjectStorage) -> None:
    drop(storage, "a", line(0), line(1))
    (first,) = report(storage)
    before = stored(storage)
    (second,) = report(storage)
    assert (first.written, second.written) == (True, False)
    assert stored(storage) == before


def test_late_events_are_a_new_version_with_its_reason_and_the_old_one_stays(
    storage: ObjectStorage,
) -> None:
    drop(storage, "a", line(0), line(1))
    report(storage)
    first = storage.read(f"{DAILY}/{DAY}/00000001.json")
    drop(storage, "b", *(line(second) for second in range(14)))
    expected = PublishedReport(DAY, 2, "12 late events", 14, {"SEARCH": 14}, written=True)
    assert report(storage) == [expected]
    assert storage.read(f"{DAILY}/{DAY}/00000001.json") == first
    assert [m.number for m in manifests(storage, f"{DAILY}/{DAY}")] == [1, 2]


def test_reasons_tell_one_event_duplicates_and_withdrawals_apart(
    folder_storage: ObjectStorage,
) -> None:
    drop(folder_storage, "a", line(0))
    report(folder_storage)
    drop(folder_storage, "b", line(1))
    report(folder_storage)
    drop(folder_storage, "c", line(0), line(1))
    report(folder_storage)
    for hash_ in segments_of(folder_storage, DAY):
        key = f"{EVENTS}/day={DAY}/{hash_}.jsonl"
        if folder_storage.read(key).count(b"\n") == 2 or b"10:00:01" in folder_storage.read(key):
            folder_storage.delete(key)
    report(folder_storage)
    assert [m.content["reason"] for m in manifests(folder_storage, f"{DAILY}/{DAY}")] == [
        "first report",
        "1 late event",
        "duplicates only: no other events",
        "1 event withdrawn: segments were removed",
    ]


def test_figures_that_change_with_the_rules_are_a_version_that_says_so(
    folder_storage: ObjectStorage,
) -> None:
    drop(folder_storage, "a", line(0))
    report(folder_storage)
    first = latest_manifest(folder_storage, f"{DAILY}/{DAY}")
    assert first
    other_rules = {**first.content, "users": 7, "version": 2}
    append_manifest(folder_storage, f"{DAILY}/{DAY}", first, other_rules)
    (found,) = report(folder_storage)
    assert (found.version, found.reason) == (3, "same input, figures computed anew")


def test_day_without_events_is_reported_as_zero_once(folder_storage: ObjectStorage) -> None:
    expected = PublishedReport(DAY, 1, "first report", 0, {}, written=True)
    assert report(folder_storage) == [expected]
    assert not report(folder_storage)[0].written
    drop(folder_storage, "a", line(0))
    assert report(folder_storage)[0].reason == "1 late event"


def test_run_that_read_the_day_before_late_data_came_does_not_overwrite_the_newer_report(
    folder_storage: ObjectStorage,
) -> None:
    drop(folder_storage, "a", line(0))
    slow = daily_usage(distinct_events(folder_storage, [DAY]))
    drop(folder_storage, "b", line(1))
    report(folder_storage)
    (found,) = publish_daily(folder_storage, slow)
    assert (found.version, found.events, found.written) == (1, 2, False)


def test_damaged_segment_stops_the_report(folder_storage: ObjectStorage) -> None:
    drop(folder_storage, "a", line(0))
    (hash_,) = segments_of(folder_storage, DAY)
    folder_storage.write(f"{EVENTS}/day={DAY}/{hash_}.jsonl", b"{}\n")
    with pytest.raises(PublicationError, match="damaged"):
        report(folder_storage)


def test_objects_that_are_no_segments_are_left_alone(folder_storage: ObjectStorage) -> None:
    for key in (f"day={DAY}/readme.txt", "day=2024-99-99/x", f"day=2024-99-99/{'0' * 64}.jsonl"):
        folder_storage.write(f"{EVENTS}/{key}", b"weird")
    assert stale_days(folder_storage, NOW) == []
    assert report(folder_storage)[0].events == 0


def test_stale_are_the_days_that_are_over_and_not_reported_whole(
    folder_storage: ObjectStorage,
) -> None:
    days = ("2024-08-12", "2024-08-13", "2024-08-20")  # the last is not over
    drop(folder_storage, "a", *(line(0, day=day) for day in days))
    assert [found.day for found in stale_days(folder_storage, NOW)] == ["2024-08-12", "2024-08-13"]
    report(folder_storage)
    (before,) = stale_days(folder_storage, NOW)
    drop(folder_storage, "b", line(1, day="2024-08-13"))
    (after,) = stale_days(folder_storage, NOW)
    assert (before.day, after.day) == ("2024-08-13", "2024-08-13")
    assert before.digest != after.digest


def test_stale_day_is_looked_at_again_only_if_something_came_or_a_day_went_by(
    folder_storage: ObjectStorage,
) -> None:
    drop(folder_storage, "a", line(0))
    now = datetime.now(UTC).replace(hour=23, minute=59) + timedelta(days=1)
    assert stale_days(folder_storage, now, since=now) == []
    assert len(stale_days(folder_storage, now, since=now - timedelta(days=1))) == 1
    earlier = datetime.now(UTC)
    assert len(stale_days(folder_storage, earlier, since=earlier)) == 1


def test_unreadable_report_leaves_its_day_stale(folder_storage: ObjectStorage) -> None:
    drop(folder_storage, "a", line(0))
    folder_storage.write(f"{DAILY}/{DAY}/zz.json", b"no manifest")
    assert [found.day for found in stale_days(folder_storage, NOW)] == [DAY]


def test_statement_adds_up_reports_names_them_and_the_missing_days(
    storage: ObjectStorage,
) -> None:
    drop(storage, "a", line(0), line(1, day="2024-08-13"), line(2, day="2024-09-01"))
    report(storage, "2024-08-12", "2024-08-13", "2024-09-01")
    missing = tuple(f"2024-08-{day:02}" for day in range(1, 32) if day not in {12, 13})
    assert publish_statement(storage, "2024-08") == PublishedStatement(
        "2024-08", 1, "first statement", 2, {"SEARCH": 2}, missing, written=True
    )
    assert newest(storage, f"{MONTHLY}/2024-08") == {
        "month": "2024-08",
        "version": 1,
        "reason": "first statement",
        "complete": False,
        "missing": list(missing),
        "reports": {day: f"{DAILY}/{day}/00000001.json" for day in ("2024-08-12", "2024-08-13")},
        "events": 2,
        "operations": {"SEARCH": 2},
        "stages": {"REQUEST": 2},
        "origins": {"portal": 2},
        "destinations": {"catalogue": 2},
    }


def test_statement_is_versioned_as_its_reports_are(folder_storage: ObjectStorage) -> None:
    drop(folder_storage, "a", line(0))
    report(folder_storage)
    publish_statement(folder_storage, "2024-08")
    assert outdated_statements(folder_storage) == {}
    before = stored(folder_storage)
    assert not publish_statement(folder_storage, "2024-08").written
    assert stored(folder_storage) == before
    drop(folder_storage, "b", line(1))
    report(folder_storage, DAY, "2024-08-01", "2024-08-02")
    assert list(outdated_statements(folder_storage)) == ["2024-08"]
    second = publish_statement(folder_storage, "2024-08")
    assert (second.version, second.reason) == (2, "2 days added, 1 day corrected")
    first_key = f"{MONTHLY}/2024-08/00000001.json"
    assert folder_storage.read(first_key) == before[first_key]
    assert outdated_statements(folder_storage) == {}


def test_month_with_all_days_is_complete(folder_storage: ObjectStorage) -> None:
    report(folder_storage, *(f"2024-02-{day:02}" for day in range(1, 30)))
    publish_statement(folder_storage, "2024-02")
    content = newest(folder_storage, f"{MONTHLY}/2024-02")
    assert (content["complete"], content["missing"], content["events"]) == (True, [], 0)


def test_month_that_must_be_complete_is_not_stated_before(folder_storage: ObjectStorage) -> None:
    report(folder_storage, *(f"2024-02-{day:02}" for day in range(1, 28)))
    with pytest.raises(PublicationError, match="2 days without a report\nhint: .* to 2024-02-29"):
        publish_statement(folder_storage, "2024-02", require_complete=True)
    assert folder_storage.list_objects(MONTHLY) == []
    report(folder_storage, "2024-02-28", "2024-02-29")
    assert publish_statement(folder_storage, "2024-02", require_complete=True).written


def test_month_without_reports_is_not_stated(folder_storage: ObjectStorage) -> None:
    found = publish_statement(folder_storage, "2024-08")
    assert (found.version, found.written, len(found.missing)) == (0, False, 31)
    assert folder_storage.list_objects() == []
    assert outdated_statements(folder_storage) == {}


def test_table_escapes_names_and_ends_with_the_rest() -> None:
    counts = {f"op{number:02}": 1 for number in range(21)} | {"a|<b>_c": 9}
    rows = operations_table([counts, {"op00": 1}]).splitlines()
    assert rows[:4] == [
        "| operation | events |",
        "|---|--:|",
        r"| a\|&lt;b&gt;\_c | 9 |",
        "| op00 | 2 |",
    ]
    assert rows[-1] == "| (2 others) | 2 |"
