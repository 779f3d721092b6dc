"""The distinct events of a day, over all segments it has."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from shared_resources.quarantine import Balance
from usage_metering_service.logic.segments import read_segments, segments_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from usage_metering_service.logic.layout import Storage


@dataclass(frozen=True)
class DayEvents:
    """The distinct events of a day as Parquet bytes, the segments they come from, the counts."""

    day: str
    segments: tuple[str, ...]
    balance: Balance
    events: bytes


def distinct_events(storage: Storage, days: Iterable[str]) -> list[DayEvents]:
    """Return each day's distinct events. Raises PublicationError where a segment is damaged."""
    return [_distinct(storage, day) for day in days]


def read_events(lines: bytes) -> pl.DataFrame:
    """Return events in JSON lines as a frame, one row each."""
    import polars as pl

    text = pl.String
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "id": text, "at": text, "kind": text, "operations": pl.List(text), "stage": text,
        "origin": text, "destination": text, "process": text, "user": text,
    }  # fmt: skip
    return pl.read_ndjson(lines, schema=schema) if lines else pl.DataFrame(schema=schema)


def without_duplicates(events: pl.DataFrame) -> pl.DataFrame:
    """Return one event per id, in an order that does not depend on how they came.

    Of a transfer message that both sides handed in, the row that names the parties is kept.
    """
    order = ["id", "origin", "destination", "user"]
    return events.sort(order, nulls_last=True).unique("id", keep="first", maintain_order=True)


def _distinct(storage: Storage, day: str) -> DayEvents:
    hashes = segments_of(storage, day)
    events = read_events(read_segments(storage, day, hashes))
    distinct = without_duplicates(events)
    duplicates = events.height - events["id"].n_unique()
    balance = Balance(events.height, distinct.height, quarantined=0, duplicates=duplicates)
    balance.check()
    return DayEvents(day, tuple(hashes), balance, _parquet(distinct))


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
