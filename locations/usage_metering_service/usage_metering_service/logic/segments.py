"""The segments of a day, and which days have some that no report names yet."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared_resources.errors import PublicationError
from shared_resources.publication import latest_manifest, read_object
from usage_metering_service.logic.events import identity
from usage_metering_service.logic.layout import DAILY, EVENTS, events_of
from usage_metering_service.logic.moments import is_metered_day
from usage_metering_service.logic.versions import texts_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from usage_metering_service.logic.layout import Dropped, Storage

_SEGMENT = re.compile(rf"{EVENTS}/day=(\d{{4}}-\d\d-\d\d)/([0-9a-f]{{64}})\.jsonl", re.ASCII)
_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class StaleDay:
    """A day that is over and whose newest report does not name all of its segments."""

    day: str
    digest: str


def segments_of(storage: Storage, day: str) -> list[str]:
    """Return the hashes of a day's segments, sorted. Objects of another name are none."""
    return sorted(hash_ for _, hash_, _ in _segments(storage.list_objects(events_of(day))))


def read_segments(storage: Storage, day: str, hashes: Iterable[str]) -> bytes:
    """Return the events of segments as JSON lines. Raises PublicationError where one is damaged."""
    keys = ((f"{events_of(day)}/{hash_}.jsonl", hash_) for hash_ in hashes)
    return b"".join(read_object(storage, key, hash_) for key, hash_ in keys)


def stale_days(storage: Storage, now: datetime, since: datetime | None = None) -> list[StaleDay]:
    """Return the days before `now` whose newest report does not name all of their segments.

    With `since` only days that got a segment after it (less an hour, for clocks that differ) are
    looked at; what was stale then has been seen then. That `since` is of another day counts as
    none: a day that has ended since has to be seen, and so once a day everything is.
    """
    if since is not None and since.astimezone(UTC).date() != now.astimezone(UTC).date():
        since = None
    today = now.astimezone(UTC).date().isoformat()
    known: defaultdict[str, list[str]] = defaultdict(list)
    newest: defaultdict[str, datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=UTC))
    for day, hash_, modified in _segments(storage.list_objects(EVENTS)):
        known[day].append(hash_)
        newest[day] = max(newest[day], modified)
    return [
        StaleDay(day, identity(*sorted(hashes)))
        for day, hashes in sorted(known.items())
        if day < today
        and (since is None or newest[day] >= since - _SKEW)
        and not set(hashes) <= _reported(storage, day)
    ]


def _segments(entries: Iterable[Dropped]) -> list[tuple[str, str, datetime]]:
    """Return day, hash and time of the segments; what else lies there is no segment."""
    matches = ((_SEGMENT.fullmatch(entry.key), entry.modified) for entry in entries)
    return [(m[1], m[2], modified) for m, modified in matches if m and is_metered_day(m[1])]


def _reported(storage: Storage, day: str) -> set[str]:
    """Return the segments that the newest report names; none where it cannot be read.

    The run that is asked for then says what is wrong with it; a sensor could only fail.
    """
    try:
        newest = latest_manifest(storage, f"{DAILY}/{day}")
    except PublicationError:
        return set()
    return set(texts_in(newest.content, "segments")) if newest else set()
