"""Taking deliveries in: nothing lost, nothing twice, nothing secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shared_resources.errors import QuarantineError, SettingError
from usage_metering_service.logic.deliveries import drop_sample, sample, uncollected
from usage_metering_service.logic.intake import Counts, Intake, take_in
from usage_metering_service.logic.layout import EVENTS, INCOMING, QUARANTINE, RECEIPTS

if TYPE_CHECKING:
    from shared_resources.object_storage import ObjectStorage


def line(at: str, call: str) -> bytes:
    message = {
        "origin": "portal",
        "destination": "catalogue",
        "businessOperation": "SEARCH",
        "messageType": "REQUEST",
        "correlationId": call,
    }
    return json.dumps({"timestamp": at, "level": "BUSINESS", "message": message}).encode() + b"\n"


TWO_DAYS = line("2024-08-12T23:59:59Z", "a") + line("2024-08-13T00:00:00Z", "b")
TECHNICAL = b'{"level": "INFO", "message": "started"}\n'


def collect(storage: ObjectStorage, max_fraction: float = 0.1) -> Intake:
    return take_in(storage, uncollected(storage), max_fraction)


def stored(storage: ObjectStorage, prefix: str = "") -> dict[str, bytes]:
    return {entry.key: storage.read(entry.key) for entry in storage.list_objects(prefix)}


def test_delivery_is_split_by_utc_day_and_receipted_once(storage: ObjectStorage) -> None:
    storage.write(f"{INCOMING}/a.jsonl", TWO_DAYS + TECHNICAL)
    assert collect(storage) == Intake(1, Counts(3, 2, 0, 1), ("2024-08-12", "2024-08-13"))
    segments = [entry.key.rpartition("/")[0] for entry in storage.list_objects(EVENTS)]
    assert segments == [f"{EVENTS}/day=2024-08-12", f"{EVENTS}/day=2024-08-13"]
    before = stored(storage)
    assert collect(storage) == Intake(0, Counts(), ())
    assert stored(storage) == before


def test_receipt_says_what_became_of_the_delivery(folder_storage: ObjectStorage) -> None:
    key = f"{INCOMING}/a.jsonl"
    folder_storage.write(key, TWO_DAYS * 5 + TECHNICAL + b"torn\n")
    collect(folder_storage)
    (receipt,) = stored(folder_storage, RECEIPTS).values()
    info = folder_storage.info(key)
    days = {
        day: [e.key.split("/")[-1].removesuffix(".jsonl")]
        for day in ("2024-08-12", "2024-08-13")
        for e in folder_storage.list_objects(f"{EVENTS}/day={day}")
    }
    (quarantined,) = folder_storage.list_objects(QUARANTINE)
    assert json.loads(receipt) == {
        "key": key,
        "etag": info.etag,
        "modified": info.modified.isoformat(),
        "size": info.size,
        "rows": {"rows_in": 12, "rows_out": 10, "quarantined": 1, "duplicates": 0, "ignored": 1},
        "segments": days,
        "quarantine": [quarantined.key],
    }


def test_bad_line_is_quarantined_with_its_source_and_reason(folder_storage: ObjectStorage) -> None:
    folder_storage.write(f"{INCOMING}/a.jsonl", TWO_DAYS + b'\n{"torn": \n')
    collect(folder_storage, max_fraction=0.5)
    (data,) = stored(folder_storage, QUARANTINE).values()
    row = json.loads(data)
    assert row.pop("sha256")
    assert row == {
        "source": f"{INCOMING}/a.jsonl:4",
        "reasons": ["not JSON: Expecting value: line 1 column 9 (char 8)"],
        "raw": '{"torn":',
    }


def test_too_bad_a_delivery_is_refused_after_quarantine_and_the_others_are_taken_in(
    folder_storage: ObjectStorage,
) -> None:
    folder_storage.write(f"{INCOMING}/bad.jsonl", TWO_DAYS + b"torn\n" + TECHNICAL * 100)
    folder_storage.write(f"{INCOMING}/good.jsonl", line("2024-08-14T00:00:00Z", "c"))
    for _ in range(2):  # it fails until somebody decides
        with pytest.raises(QuarantineError, match=r"incoming/bad\.jsonl: 1 of 3 rows are bad"):
            collect(folder_storage)
        assert len(folder_storage.list_objects(QUARANTINE)) == 1
        assert len(folder_storage.list_objects(RECEIPTS)) == 1
        (segment,) = folder_storage.list_objects(EVENTS)
        assert segment.key.startswith(f"{EVENTS}/day=2024-08-14/")
    assert collect(folder_storage, max_fraction=0.5).days == ("2024-08-12", "2024-08-13")


def test_object_uploaded_again_with_old_content_is_seen_and_adds_nothing(
    folder_storage: ObjectStorage,
) -> None:
    for content in (TWO_DAYS, line("2024-08-12T10:00:00Z", "c"), TWO_DAYS):
        folder_storage.write(f"{INCOMING}/a.jsonl", content)
        assert len(uncollected(folder_storage)) == 1
        collect(folder_storage)
    assert len(folder_storage.list_objects(RECEIPTS)) == 3
    assert len(folder_storage.list_objects(EVENTS)) == 3


def test_shuffled_delivery_is_the_same_segments(folder_storage: ObjectStorage) -> None:
    lines = [line(f"2024-08-12T10:00:{second:02}Z", "a") for second in range(60)]
    folder_storage.write(f"{INCOMING}/a.jsonl", b"".join(lines))
    folder_storage.write(f"{INCOMING}/b.jsonl", b"".join(reversed(lines)))
    assert collect(folder_storage).counts == Counts(120, 120, 0, 0)
    assert len(folder_storage.list_objects(EVENTS)) == 1


def test_intake_killed_before_its_receipt_ends_in_the_same_state(
    folder_storage: ObjectStorage,
) -> None:
    folder_storage.write(f"{INCOMING}/a.jsonl", TWO_DAYS * 10 + b"torn\n")
    collect(folder_storage)
    undisturbed = stored(folder_storage)
    (receipt,) = folder_storage.list_objects(RECEIPTS)
    segment, _ = folder_storage.list_objects(EVENTS)
    folder_storage.delete(receipt.key)
    folder_storage.delete(segment.key)
    collect(folder_storage)
    assert stored(folder_storage) == undisturbed


def test_delivery_larger_than_the_buffer_is_several_segments_with_the_same_events(
    folder_storage: ObjectStorage,
) -> None:
    lines = [line(f"2024-08-12T10:00:00.{number:03}Z", "a") for number in range(1000)]
    folder_storage.write(f"{INCOMING}/a.jsonl", b"".join(lines))
    collect(folder_storage)
    (whole,) = stored(folder_storage, EVENTS).values()
    folder_storage.write(f"{INCOMING}/a.jsonl", b"".join(lines))
    folder_storage.delete(folder_storage.list_objects(EVENTS)[0].key)
    take_in(folder_storage, uncollected(folder_storage), 0.1, buffer_bytes=50_000)
    parts = list(stored(folder_storage, EVENTS).values())
    assert len(parts) > 1
    assert sorted(b"".join(parts).splitlines()) == whole.splitlines()


def test_empty_object_is_collected_once(folder_storage: ObjectStorage) -> None:
    folder_storage.write(f"{INCOMING}/empty", b"")
    assert collect(folder_storage) == Intake(1, Counts(), ())
    assert uncollected(folder_storage) == []


def test_no_credential_of_a_message_is_stored(folder_storage: ObjectStorage) -> None:
    canary = "CANARY-4711"
    address = {"endpointProperties": [{"name": "authorization", "value": canary}]}
    start = {
        "@type": "TransferStartMessage",
        "providerPid": "p",
        "consumerPid": "c",
        "dataAddress": address,
    }
    good = {"timestamp": "2024-08-12T10:00:00Z", "message": start}
    records = [json.dumps(good), json.dumps(start), json.dumps(good)[:-3]]
    folder_storage.write(f"{INCOMING}/a.jsonl", "\n".join(records).encode())
    assert collect(folder_storage, max_fraction=1.0).counts == Counts(3, 1, 2, 0)
    written = {k: v for k, v in stored(folder_storage).items() if not k.startswith(INCOMING)}
    assert len(written) == 3
    assert canary.encode() not in b"".join(written.values())


def test_sample_is_dropped_once_and_only_into_an_embedded_store_that_is_empty(
    folder_storage: ObjectStorage, s3_storage: ObjectStorage
) -> None:
    assert not drop_sample(s3_storage, INCOMING)
    assert s3_storage.list_objects() == []
    assert drop_sample(folder_storage, INCOMING)
    assert stored(folder_storage) == {f"{INCOMING}/sample.jsonl": sample()}
    collect(folder_storage)
    folder_storage.delete(f"{INCOMING}/sample.jsonl")
    assert not drop_sample(folder_storage, INCOMING)


def test_sample_is_not_dropped_beside_real_input(folder_storage: ObjectStorage) -> None:
    folder_storage.write(f"{INCOMING}/a.jsonl", TWO_DAYS)
    assert not drop_sample(folder_storage, INCOMING)


@pytest.mark.parametrize(
    "prefix", ["usage", "usage/events", "usage/events/day=2024-08-12", "usage/reports", "test-runs"]
)
def test_what_metering_writes_cannot_be_its_input(
    folder_storage: ObjectStorage, prefix: str
) -> None:
    with pytest.raises(SettingError, match="overlaps"):
        uncollected(folder_storage, prefix)
