"""What one line is: an event, nothing to meter, or rejected with its reasons."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usage_metering_service.logic.events import UsageEvent, identity
from usage_metering_service.logic.lines import MAX_LINE_BYTES, Line
from usage_metering_service.logic.records import Nothing, Rejected, Verdict, read_record

if TYPE_CHECKING:
    from pathlib import Path

DELIVERED = datetime(2024, 8, 13, tzinfo=UTC)
PIDS = {"providerPid": "urn:uuid:p", "consumerPid": "urn:uuid:c"}


def verdict(record: object) -> Verdict:
    data = record if isinstance(record, bytes) else json.dumps(record).encode()
    return read_record(Line(1, data, len(data)), DELIVERED)


def event(record: object) -> UsageEvent:
    found = verdict(record)
    assert isinstance(found, UsageEvent), found
    return found


def reasons(record: object) -> tuple[str, ...]:
    found = verdict(record)
    assert isinstance(found, Rejected), found
    return found.reasons


def business(**changes: Any) -> dict[str, Any]:
    """A record as shared_resources.business_log writes it."""
    message = {
        "origin": "portal",
        "destination": "catalogue",
        "businessOperation": "SEARCH",
        "messageType": "REQUEST",
        "correlationId": "call-1",
        "msg": "searched",
        "user": "ada",
        "userIp": "192.0.2.1",
        "customFields": {"hits": 3},
    }
    http = dict.fromkeys(("status", "requestSize", "executionTime", "action", "method"))
    record = {"timestamp": "2024-08-12T10:43:18.437Z", "level": "BUSINESS", "message": message}
    return {**record, "message": {**message, **changes}, "thread": "main", "http": http}


def test_business_record_becomes_an_event_without_user_address_or_text() -> None:
    assert event(business()) == UsageEvent(
        id=identity(
            "business",
            "2024-08-12T10:43:18.437000Z",
            ["SEARCH"],
            "REQUEST",
            "portal",
            "catalogue",
            "call-1",
            "ada",
            "searched",
        ),
        at="2024-08-12T10:43:18.437000Z",
        kind="business",
        operations=("SEARCH",),
        stage="REQUEST",
        origin="portal",
        destination="catalogue",
        process="call-1",
        user=identity("user", "2024-08-12", "ada"),
    )


def test_older_record_shape_of_the_same_event_is_the_same_event() -> None:
    older = {
        "timestamp": "2024-08-12T12:43:18.437+0200",
        "level": "BUSINESS",
        "message": {
            "msg": "searched",
            "messageType": "REQUEST",
            "businessOperation": "[SEARCH]",
            "origin": "portal",
            "httpStatus": "200",
            "destination": "catalogue",
            "correlationId": "call-1",
            "user": "ada",
        },
        "thread": "main",
        "httpRequestSize": "null",
        "httpExecutionTime": "null",
    }
    assert event(older) == event(business())


@pytest.mark.parametrize("operations", ["[b, a]", ["a", "b"], "[a,b,a]"])
def test_several_operations_are_read_from_text_and_from_lists(operations: object) -> None:
    assert event(business(businessOperation=operations)).operations == ("a", "b")


def test_null_as_text_is_no_user_and_no_process() -> None:
    found = event(business(user="null", correlationId="null"))
    assert (found.user, found.process) == (None, None)


def test_one_user_has_another_digest_on_another_day() -> None:
    later = {**business(), "timestamp": "2024-08-11T10:43:18.437Z"}
    assert event(later).user != event(business()).user


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("origin", "other"),
        ("destination", "other"),
        ("businessOperation", "other"),
        ("messageType", "RESPONSE"),
        ("correlationId", "call-2"),
        ("user", "grace"),
        ("msg", "other"),
    ],
)
def test_records_that_differ_in_one_identifying_field_are_two_events(
    field: str, value: str
) -> None:
    assert event(business(**{field: value})).id != event(business()).id


@pytest.mark.parametrize("level", ["INFO", "DEBUG", "WARN", "ERROR", "CRITICAL", "info"])
def test_technical_record_is_nothing_to_meter(level: str) -> None:
    record = {"timestamp": "2024-08-12T10:43:18.437Z", "level": level, "message": "started"}
    assert verdict(record) is Nothing.TECHNICAL


def test_official_transfer_examples_are_accepted_bare_and_in_an_envelope(
    reference_data: Path,
) -> None:
    at = "2024-08-12T10:00:00Z"
    examples = sorted((reference_data / "dsp/transfer/example").glob("*.json"))
    read = {}
    for path in examples:
        message = json.loads(path.read_text())
        bare = event({**message, "timestamp": at})
        assert event({"timestamp": at, "message": message}) == bare
        read[path.stem] = (bare.kind, bare.operations, bare.stage, bare.process)
    consumer = "urn:uuid:32541fe6-c580-409e-85a8-8a9a32fbe833"
    assert read == {
        name: ("transfer", (kind,), stage, consumer)
        for name, kind, stage in [
            ("transfer-completion-message", "TransferCompletionMessage", "MESSAGE"),
            ("transfer-error", "TransferError", "MESSAGE"),
            ("transfer-process", "TransferProcess", "REQUESTED"),
            ("transfer-request-message", "TransferRequestMessage", "MESSAGE"),
            ("transfer-start-message", "TransferStartMessage", "MESSAGE"),
            ("transfer-suspension-message", "TransferSuspensionMessage", "MESSAGE"),
            ("transfer-termination-message", "TransferTerminationMessage", "MESSAGE"),
        ]
    }


def test_transfer_handed_in_by_both_sides_is_one_event_and_names_of_2024_are_read() -> None:
    old = {
        "timestamp": "2024-08-12T12:00:00+02:00",
        "@type": "dspace:TransferProcess",
        "dspace:providerPid": "urn:uuid:p",
        "dspace:consumerPid": "urn:uuid:c",
        "dspace:state": "dspace:STARTED",
    }
    message = {"@type": "TransferProcess", **PIDS, "state": "STARTED"}
    new = {"timestamp": "2024-08-12T10:00:00Z", "origin": "a", "message": message}
    assert event(old).id == event(new).id
    assert (event(old).origin, event(new).origin) == (None, "a")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\xff\xfe{}", "not UTF-8 at byte 0"),
        (b'{"timestamp": ', "not JSON: Expecting value: line 1 column 15 (char 14)"),
        (b'{"a": NaN}', "not JSON: NaN is no JSON number"),
        (b'{"a": -Infinity}', "not JSON: -Infinity is no JSON number"),
        (b"[" * 500_000, "nested too deeply"),
        (b"[1, 2]", "not a JSON object"),
        (b"null", "not a JSON object"),
    ],
    ids=["not-utf-8", "torn", "nan", "infinity", "deep", "list", "null"],
)
def test_line_that_is_no_json_object_is_rejected(line: bytes, reason: str) -> None:
    assert reasons(line) == (reason,)


def test_number_of_five_thousand_digits_is_rejected() -> None:
    (reason,) = reasons(b'{"a": ' + b"9" * 5000 + b"}")
    assert reason.startswith("not JSON: Exceeds the limit")


@pytest.mark.parametrize(
    ("timestamp", "reason"),
    [
        (None, "timestamp is missing"),
        ("2024-08-12T10:43:18.437", "timestamp has no offset"),
        ("12 August 2024", "timestamp is not ISO 8601"),
        (1723459398, "timestamp is not ISO 8601"),
        ("2024-08-12", "timestamp is not ISO 8601"),
        ("2024-02-30T10:00:00Z", "timestamp is no moment of the calendar"),
        ("2024-08-12T23:59:60Z", "timestamp is no moment of the calendar"),
        ("0001-01-01T00:00:00+14:00", "timestamp is no moment of the calendar"),
        ("1970-01-01T00:00:00Z", "timestamp is before 2010-01-01"),
        ("2024-08-14T00:00:00.001Z", "timestamp is more than a day after the delivery"),
    ],
)
def test_timestamp_that_cannot_be_used_is_rejected(timestamp: object, reason: str) -> None:
    assert reasons({**business(), "timestamp": timestamp}) == (reason,)
    transfer = {"@type": "TransferError", **PIDS, "timestamp": timestamp}
    assert reasons(transfer) == (reason,)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"businessOperation": None}, "businessOperation is missing"),
        ({"businessOperation": "[]"}, "businessOperation is missing"),
        ({"businessOperation": [{}]}, "businessOperation is no text"),
        ({"messageType": ""}, "messageType is missing"),
        ({"messageType": "EVENT"}, "messageType is none of REQUEST, RESPONSE"),
        ({"origin": "null"}, "origin is missing"),
        ({"destination": 7}, "destination is no text"),
        ({"correlationId": {"a": 1}}, "correlationId is no text"),
        ({"user": "x" * 501}, "user is longer than 500 characters"),
        ({"origin": "a\nb"}, "origin has characters that are no text"),
        ({"origin": "\ud800"}, "origin has characters that are no text"),
        ({"msg": ["a"]}, "msg is no text"),
    ],
)
def test_business_record_with_a_bad_field_is_rejected(
    changes: dict[str, object], reason: str
) -> None:
    assert reasons(business(**changes)) == (reason,)


def test_all_reasons_against_a_record_are_given() -> None:
    record = {"level": "BUSINESS", "message": {"messageType": "REQUEST", "user": 1}}
    assert reasons(record) == (
        "timestamp is missing",
        "businessOperation is missing",
        "origin is missing",
        "destination is missing",
        "user is no text",
    )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"@type": "CatalogRequestMessage"}, "@type is none of the transfer messages"),
        ({"@type": "TransferStartMessage", "consumerPid": "c"}, "providerPid is missing"),
        ({"@type": "TransferRequestMessage"}, "consumerPid is missing"),
        ({"@type": "TransferProcess", **PIDS}, "state is missing"),
        (
            {"@type": "TransferProcess", **PIDS, "state": "OPEN"},
            "state is none of COMPLETED, REQUESTED, STARTED, SUSPENDED, TERMINATED",
        ),
    ],
)
def test_transfer_message_with_a_bad_field_is_rejected(
    message: dict[str, object], reason: str
) -> None:
    assert reasons({"timestamp": "2024-08-12T10:00:00Z", "message": message}) == (reason,)


@pytest.mark.parametrize(
    "record",
    [
        {"timestamp": "2024-08-12T10:00:00Z"},
        {"timestamp": "2024-08-12T10:00:00Z", "level": "INFO", "message": {"a": 1}},
        {"timestamp": "2024-08-12T10:00:00Z", "level": "BUSINESS", "message": "text"},
        {"timestamp": "2024-08-12T10:00:00Z", "level": ["BUSINESS"], "message": {}},
    ],
)
def test_record_of_no_known_shape_is_rejected(record: object) -> None:
    expected = "neither a business record, nor a technical one, nor a transfer message"
    assert reasons(record) == (expected,)


def test_line_that_was_too_long_to_hold_is_rejected() -> None:
    too_long = read_record(Line(1, None, MAX_LINE_BYTES + 1), DELIVERED)
    reason = f"line of {MAX_LINE_BYTES + 1} bytes is longer than {MAX_LINE_BYTES}"
    assert too_long == Rejected((reason,), "[withheld: too long]")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(sorted({*business(), *business()["message"], "@type", "dataAddress"})),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_line_crashes_the_reader(line: bytes) -> None:
    found = read_record(Line(1, line, len(line)), DELIVERED)
    if isinstance(found, Rejected):
        assert found.reasons
        found.kept.encode()
    elif isinstance(found, UsageEvent):
        json.loads(found.as_line())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(business()["message"])), JSON)
def test_no_value_of_a_field_crashes_the_reader(field: str, value: object) -> None:
    found = verdict(business(**{field: value}))
    assert isinstance(found, UsageEvent | Rejected)
