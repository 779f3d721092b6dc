"""What quarantine keeps of a bad line, and what it must not."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from usage_metering_service.logic.lines import Line
from usage_metering_service.logic.records import Rejected, Verdict, read_record

PIDS = {"providerPid": "urn:uuid:p", "consumerPid": "urn:uuid:c"}
CANARY = "CANARY-4711"
ADDRESS = {
    "@type": "DataAddress",
    "endpoint": f"https://provider.example/?sig={CANARY}",
    "endpointProperties": [{"name": "authorization", "value": CANARY}],
}


def verdict(line: bytes) -> Verdict:
    return read_record(Line(1, line, len(line)), datetime.now(UTC))


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"@type": "TransferStartMessage", **PIDS, "dataAddress": ADDRESS}).encode(),
        json.dumps({"message": {"@type": "TransferStartMessage", "dspace:dataAddress": ADDRESS}}),
        json.dumps({"@type": "TransferStartMessage", "dataAddress": ADDRESS})[:-2].encode(),
        json.dumps({"a": {"dataAddress": ADDRESS}}).replace("dataA", "data\\u0041").encode(),
        json.dumps([{"name": "authorization", "value": [CANARY]}]).encode(),
        json.dumps({"level": "INFO", "message": {"text": f"Bearer {CANARY}"}}).encode(),
        b'{"dataAddress": {"x": "' + CANARY.encode() + b'"}, "dataAddress": null}',
        b'{"password": "' + CANARY.encode() + b'\xff"}',
        b'{"token": "' + CANARY.encode() + b'", "a": ' + b"[" * 5000,
        b'{"token": "' + CANARY.encode() + b'", "a": ' + b"[" * 400 + b"]" * 400 + b"}",
    ],
    ids=[
        "bare",
        "old",
        "torn",
        "escaped",
        "named",
        "said",
        "twice",
        "not-utf-8",
        "deep",
        "less-deep",
    ],
)
def test_credential_of_a_rejected_line_is_not_kept(line: bytes | str) -> None:
    found = verdict(line.encode() if isinstance(line, str) else line)
    assert isinstance(found, Rejected)
    assert CANARY not in repr(found)
    assert "redacted" in found.kept or "withheld" in found.kept


def test_rejected_line_without_a_credential_is_kept_as_received() -> None:
    line = '{"level":  "BUSINESS", "message": {"origin": "é"}}'
    found = verdict(line.encode())
    assert isinstance(found, Rejected)
    assert found.kept == line
