"""A test run on a limited slice: the logic on real lines, the real storage, nothing published."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from usage_metering_service.logic.aggregation import detail_of, figures_of
from usage_metering_service.logic.deduplication import read_events, without_duplicates
from usage_metering_service.logic.deliveries import Delivery, dropped, sample
from usage_metering_service.logic.intake import Counts, validated
from usage_metering_service.logic.lines import read_lines
from usage_metering_service.logic.versions import counts_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from usage_metering_service.logic.layout import Storage

_SAMPLE = "packaged sample"


@dataclass(frozen=True)
class Rehearsal:
    """What would be reported of the slice, all its days together."""

    source: str
    counts: Counts
    events: int
    operations: Mapping[str, int]
    detail_rows: int


def rehearse(storage: Storage, prefix: str, max_lines: int, now: datetime) -> Rehearsal:
    """Meter the first lines of the newest incoming object, else of the packaged sample.

    Bad lines are counted and are no failure: what is tested is this deployment.
    """
    found = max(dropped(storage, prefix), key=lambda entry: entry.modified, default=None)
    delivery = found or Delivery(_SAMPLE, "", now, len(sample()))
    chunks: Iterable[bytes] = storage.stream(found.key) if found else [sample()]
    counts, texts = Counts(), list[bytes]()
    for batch in validated(islice(read_lines(chunks), max_lines), delivery):
        counts += batch.counts
        texts.extend(line for day in batch.days.values() for line in day)
    counts.balance()
    events = without_duplicates(read_events(b"".join(texts)))
    figures = figures_of(events)
    rows = detail_of(events).count(b"\n") - 1
    return Rehearsal(delivery.key, counts, events.height, counts_in(figures, "operations"), rows)
