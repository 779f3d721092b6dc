"""Taking a delivery in: each line validated, events into segments by UTC day, bad lines aside.

Segments first, receipt last, all of them create-only and named by their content: after a kill at
any point the next run ends in the same state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shared_resources.errors import QuarantineError
from shared_resources.publication import json_bytes, publish_object
from shared_resources.quarantine import Balance, QuarantinedRow, check_fraction, write_quarantine
from usage_metering_service.logic.layout import QUARANTINE, events_of
from usage_metering_service.logic.lines import read_lines
from usage_metering_service.logic.records import Nothing, Rejected, read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shared_resources.publication import Json
    from usage_metering_service.logic.deliveries import Delivery
    from usage_metering_service.logic.layout import Storage
    from usage_metering_service.logic.lines import Line

_BUFFER_BYTES = 32 << 20


@dataclass(frozen=True)
class Counts:
    """Where the lines of a delivery went; `ignored` are technical records. Blank lines are none."""

    rows_in: int = 0
    rows_out: int = 0
    quarantined: int = 0
    ignored: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Add count by count."""
        return Counts(
            self.rows_in + other.rows_in,
            self.rows_out + other.rows_out,
            self.quarantined + other.quarantined,
            self.ignored + other.ignored,
        )

    def balance(self) -> Balance:
        """Return the checked balance of the lines that are no technical records.

        Those are left out of the fraction too: a talkative log must not hide that all of its
        business records are bad. Raises ArithmeticError where a line was lost or invented.
        """
        balance = Balance(self.rows_in - self.ignored, self.rows_out, self.quarantined, 0)
        balance.check()
        return balance

    def as_metadata(self) -> dict[str, int]:
        """Return the counts by name; lines have no duplicates until the day is put together."""
        return {**self.balance().as_metadata(), "rows_in": self.rows_in, "ignored": self.ignored}


@dataclass(frozen=True)
class Intake:
    """What a run took in: how many deliveries, their lines, and the days that got a segment."""

    deliveries: int
    counts: Counts
    days: tuple[str, ...]


@dataclass
class Batch:
    """As many validated lines as are held at once."""

    rows_in: int = 0
    ignored: int = 0
    days: dict[str, list[bytes]] = field(default_factory=dict)
    bad: list[QuarantinedRow] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        """Count what is held."""
        rows_out = sum(len(lines) for lines in self.days.values())
        return Counts(self.rows_in, rows_out, len(self.bad), self.ignored)


def take_in(
    storage: Storage,
    deliveries: Sequence[Delivery],
    max_fraction: float,
    *,
    buffer_bytes: int = _BUFFER_BYTES,
) -> Intake:
    """Take in all deliveries but those of which more than `max_fraction` is bad.

    Raises QuarantineError for these, after the others are in: their bad lines are in quarantine,
    they have no receipt, and so every run fails until they are mended, removed or allowed.
    """
    total, days, refused = Counts(), set[str](), list[str]()
    for delivery in deliveries:
        try:
            counts, segments = _take_in_one(storage, delivery, max_fraction, buffer_bytes)
        except QuarantineError as error:
            refused.append(f"{delivery.key}: {error}")
            continue
        total += counts
        days.update(segments)
    if refused:
        raise QuarantineError("\n".join(refused))
    return Intake(len(deliveries), total, tuple(sorted(days)))


def validated(
    lines: Iterable[Line], delivery: Delivery, buffer_bytes: int = _BUFFER_BYTES
) -> Iterator[Batch]:
    """Yield the lines' verdicts in batches of bounded size; at least one batch."""
    batch, held = Batch(), 0
    for line in lines:
        verdict = read_record(line, delivery.modified)
        batch.rows_in += 1
        if isinstance(verdict, Rejected):
            source = f"{delivery.key}:{line.number}"
            batch.bad.append(QuarantinedRow(source, verdict.kept, verdict.reasons))
            held += len(verdict.kept)
        elif verdict is Nothing.TECHNICAL:
            batch.ignored += 1
        else:
            text = verdict.as_line()
            batch.days.setdefault(verdict.day, []).append(text)
            held += len(text)
        if held > buffer_bytes:
            yield batch
            batch, held = Batch(), 0
    yield batch


def _take_in_one(
    storage: Storage, delivery: Delivery, max_fraction: float, buffer_bytes: int
) -> tuple[Counts, dict[str, list[Json]]]:
    """Take in one delivery; return its counts, and the segments it is in by day.

    The fraction is checked before each batch is written, over all that was read until then.
    """
    segments: dict[str, list[Json]] = {}
    counts, quarantine = Counts(), list[str]()
    lines = read_lines(storage.stream(delivery.key))
    for batch in validated(lines, delivery, buffer_bytes):
        counts += batch.counts
        key = write_quarantine(storage, QUARANTINE, batch.bad)
        quarantine.extend([key] if key else [])
        check_fraction(counts.balance(), max_fraction, key or QUARANTINE)
        for day, events in sorted(batch.days.items()):
            # Sorted, so that a shuffled delivery is the same segment.
            published = publish_object(storage, events_of(day), b"".join(sorted(events)), ".jsonl")
            segments.setdefault(day, []).append(published.sha256)
    receipt: dict[str, Json] = {
        "key": delivery.key,
        "etag": delivery.etag,
        "modified": delivery.modified.isoformat(),
        "size": delivery.size,
        "rows": dict(counts.as_metadata()),
        "segments": dict(segments),
        "quarantine": list(quarantine),
    }
    storage.create(delivery.receipt_key, json_bytes(receipt))
    return counts, segments
