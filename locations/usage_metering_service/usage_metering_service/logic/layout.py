"""Where everything stands in object storage, and what the logic needs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from shared_resources.errors import SettingError
from shared_resources.publication import Listed, Objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INCOMING = "usage/incoming"
RECEIPTS = "usage/receipts"
EVENTS = "usage/events"
QUARANTINE = "usage/quarantine"
DETAILS = "usage/reports/details"
DAILY = "usage/reports/daily"
MONTHLY = "usage/reports/monthly"
TEST_RUNS = "test-runs/usage_metering_service"

_OUTPUTS = (RECEIPTS, EVENTS, QUARANTINE, DETAILS, DAILY, MONTHLY, TEST_RUNS)


class Dropped(Listed, Protocol):
    """What collecting needs to know of a listed object; `size` in bytes."""

    @property
    def etag(self) -> str: ...
    @property
    def size(self) -> int: ...


class Storage(Objects, Protocol):
    """The part of object storage that metering needs; `ObjectStorage` has it."""

    @property
    def is_embedded(self) -> bool: ...
    def list_objects(self, prefix: str = "") -> Sequence[Dropped]: ...
    def stream(self, key: str, *, chunk_bytes: int = 1 << 20) -> Iterator[bytes]: ...
    def delete(self, key: str) -> None: ...


def checked_incoming(prefix: str) -> str:
    """Return the prefix. Raises SettingError where it holds, or lies in, what metering writes."""
    for output in _OUTPUTS:
        if f"{output}/".startswith(f"{prefix}/") or prefix.startswith(f"{output}/"):
            message = f"incoming_prefix {prefix!r} overlaps {output!r}, which metering writes"
            raise SettingError(message, hint=f"such as {INCOMING}")
    return prefix


def events_of(day: str) -> str:
    """Return the prefix of one day's segments."""
    return f"{EVENTS}/day={day}"
