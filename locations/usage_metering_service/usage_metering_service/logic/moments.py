"""Timestamps of records, which of them can be believed, and the days they make."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

FIRST_DAY = date(2010, 1, 1)  # what is older was stamped by a clock that was never set
_SKEW = timedelta(days=1)
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d{1,9})?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def is_metered_day(text: str) -> bool:
    """Say whether YYYY-MM-DD is a day of the calendar that is metered."""
    try:
        return date.fromisoformat(text) >= FIRST_DAY
    except ValueError:
        return False


def days_between(first: date, last: date) -> list[str]:
    """Return every day from `first` to `last`, both included."""
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def days_of_month(month: str) -> list[str]:
    """Return every day of a month YYYY-MM."""
    first = date.fromisoformat(f"{month}-01")
    return days_between(first, first.replace(day=monthrange(first.year, first.month)[1]))


def read_cursor(cursor: str | None) -> datetime | None:
    """Return the time in a sensor's cursor; None where somebody has set it to something else."""
    try:
        moment = datetime.fromisoformat(cursor or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


class MomentError(ValueError):
    """A timestamp cannot be used; the message is the reason."""


def read_moment(value: object, delivered: datetime) -> str:
    """Return an ISO 8601 timestamp with an offset (with or without colon) in UTC, microseconds.

    Raises MomentError; also where it is before FIRST_DAY, or more than a day after `delivered`.
    """
    if value is None:
        message = "timestamp is missing"
        raise MomentError(message)
    match = _ISO.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        message = "timestamp is not ISO 8601"
        raise MomentError(message)
    if match[2] is None:
        message = "timestamp has no offset"
        raise MomentError(message)
    try:
        moment = datetime.fromisoformat(match[0]).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "timestamp is no moment of the calendar"
        raise MomentError(message) from None
    if moment.date() < FIRST_DAY:
        message = f"timestamp is before {FIRST_DAY}"
        raise MomentError(message)
    if moment > delivered + _SKEW:
        message = "timestamp is more than a day after the delivery"
        raise MomentError(message)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
