"""One line in, one verdict out: a usage event, nothing to meter, or rejected with its reasons.

Accepted are the business records of the platform's log in both shapes, its technical records
(nothing to meter), and the transfer messages of the Dataspace Protocol.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from usage_metering_service.logic.events import UsageEvent, identity
from usage_metering_service.logic.fields import Fields
from usage_metering_service.logic.lines import MAX_LINE_BYTES
from usage_metering_service.logic.moments import MomentError, read_moment
from usage_metering_service.logic.redaction import kept_text
from usage_metering_service.logic.transfers import read_transfer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from usage_metering_service.logic.lines import Line

_BUSINESS = "BUSINESS"
_TECHNICAL = frozenset(("TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL"))
_MESSAGE_TYPES = frozenset(("REQUEST", "RESPONSE"))


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is no record: the reasons, and its text as far as quarantine may keep it."""

    reasons: tuple[str, ...]
    kept: str


class Nothing(Enum):
    """A well-formed record that is no usage."""

    TECHNICAL = "technical record"


Verdict: TypeAlias = UsageEvent | Nothing | Rejected


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is no JSON number"
    raise ValueError(message)


_JSON = json.JSONDecoder(parse_constant=_refuse)


def read_record(line: Line, delivered: datetime) -> Verdict:
    """Say what a line is; `delivered` is when its object was dropped. Raises nothing."""
    if line.data is None:
        reason = f"line of {line.size} bytes is longer than {MAX_LINE_BYTES}"
        return Rejected((reason,), "[withheld: too long]")
    try:
        text = line.data.decode()
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 at byte {error.start}"
        return Rejected((reason,), kept_text(line.data.decode(errors="backslashreplace")))
    try:
        record = _JSON.decode(text)
    except RecursionError:
        return Rejected(("nested too deeply",), kept_text(text))
    except ValueError as error:
        return Rejected((f"not JSON: {error}",), kept_text(text))
    if not isinstance(record, dict):
        return Rejected(("not a JSON object",), kept_text(text, record))
    event, reasons = _read_object(record, delivered)
    return event or Rejected(tuple(reasons), kept_text(text, record))


def _read_object(
    record: Mapping[str, object], delivered: datetime
) -> tuple[UsageEvent | Nothing | None, list[str]]:
    """Return the event, or None and the reasons."""
    level, message = record.get("level"), record.get("message")
    if isinstance(message, str) and isinstance(level, str) and level.upper() in _TECHNICAL:
        return Nothing.TECHNICAL, []
    try:
        at, reasons = read_moment(record.get("timestamp"), delivered), []
    except MomentError as error:
        at, reasons = "", [str(error)]
    read = _read_message(at, record, message)
    if isinstance(read, UsageEvent) and not reasons:
        return read, []
    return None, reasons + (read if isinstance(read, list) else [])


def _read_message(at: str, record: Mapping[str, object], message: object) -> UsageEvent | list[str]:
    if "@type" in record:
        return read_transfer(at, record, record)
    if isinstance(message, dict) and "@type" in message:
        return read_transfer(at, message, record)
    if isinstance(message, dict) and record.get("level") == _BUSINESS:
        return _read_business(at, message)
    return ["neither a business record, nor a technical one, nor a transfer message"]


def _read_business(at: str, message: Mapping[str, object]) -> UsageEvent | list[str]:
    """Read a business record; both shapes have these fields of `message` in common.

    All of them and the moment are the event's identity: two records that differ in any are two.
    """
    fields = Fields(message)
    operations = fields.texts("businessOperation")
    stage = fields.one_of("messageType", _MESSAGE_TYPES)
    origin, destination = fields.required("origin"), fields.required("destination")
    correlation, user = fields.optional("correlationId"), fields.optional("user")
    said = fields.prose("msg")
    if fields.reasons:
        return fields.reasons
    identified = (at, operations, stage, origin, destination, correlation, user, said)
    return UsageEvent(
        id=identity("business", *identified),
        at=at,
        kind="business",
        operations=operations,
        stage=stage,
        origin=origin,
        destination=destination,
        process=correlation,
        user=identity("user", at[:10], user) if user else None,
    )
