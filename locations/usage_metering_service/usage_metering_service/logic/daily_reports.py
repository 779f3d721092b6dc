"""Publishing a day: a detail table, then the next version of its report.

`usage/reports/daily/<day>/<version>.json` is never edited. What changed is a new version that says
why; where nothing changed, nothing is written.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared_resources.publication import latest_manifest, publish_object
from usage_metering_service.logic.layout import DAILY, DETAILS
from usage_metering_service.logic.segments import segments_of
from usage_metering_service.logic.versions import (
    append_version,
    counted,
    counts_in,
    is_unchanged,
    number_in,
    texts_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared_resources.publication import Json, Manifest
    from usage_metering_service.logic.aggregation import DayUsage
    from usage_metering_service.logic.layout import Storage


@dataclass(frozen=True)
class PublishedReport:
    """The newest report of a day, and whether this run wrote it."""

    day: str
    version: int
    reason: str
    events: int
    operations: Mapping[str, int]
    written: bool


def publish_daily(storage: Storage, usages: Iterable[DayUsage]) -> list[PublishedReport]:
    """Publish each day that changed. Raises PublicationError if another run did at the same time.

    A day without events gets a report too: that nothing was used is a finding.
    """
    return [_publish(storage, usage) for usage in usages]


def _publish(storage: Storage, usage: DayUsage) -> PublishedReport:
    prefix = f"{DAILY}/{usage.day}"
    previous = latest_manifest(storage, prefix)
    content = _content(usage)
    if previous and (is_unchanged(previous, content) or _is_newer(storage, previous, usage)):
        return _published(usage.day, previous, written=False)
    publish_object(storage, _detail_prefix(usage), usage.detail, ".csv")
    reason = _reason(previous, content)
    manifest = append_version(storage, prefix, previous, content, reason)
    return _published(usage.day, manifest, written=True)


def _content(usage: DayUsage) -> dict[str, Json]:
    sha256 = hashlib.sha256(usage.detail).hexdigest()
    balance = usage.balance
    return {
        "day": usage.day,
        "segments": list(usage.segments),
        "rows": {"in": balance.rows_in, "out": balance.rows_out, "duplicates": balance.duplicates},
        **usage.figures,
        "detail": {"key": f"{_detail_prefix(usage)}/{sha256}.csv", "sha256": sha256},
    }


def _is_newer(storage: Storage, previous: Manifest, usage: DayUsage) -> bool:
    """Say whether another run has reported segments that came after this one had read the day."""
    unread = set(texts_in(previous.content, "segments")) - set(usage.segments)
    return bool(unread & set(segments_of(storage, usage.day)))


def _reason(previous: Manifest | None, content: Mapping[str, Json]) -> str:
    if previous is None:
        return "first report"
    more = number_in(content, "events") - number_in(previous.content, "events")
    if more > 0:
        return counted(more, "late event")
    if more < 0:
        return f"{counted(-more, 'event')} withdrawn: segments were removed"
    if previous.content.get("segments") != content["segments"]:
        return "duplicates only: no other events"
    return "same input, figures computed anew"


def _detail_prefix(usage: DayUsage) -> str:
    return f"{DETAILS}/{usage.day}"


def _published(day: str, manifest: Manifest, *, written: bool) -> PublishedReport:
    content = manifest.content
    return PublishedReport(
        day=day,
        version=manifest.number,
        reason=str(content.get("reason")),
        events=number_in(content, "events"),
        operations=counts_in(content, "operations"),
        written=written,
    )
