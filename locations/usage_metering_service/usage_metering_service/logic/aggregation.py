"""The figures of a day: totals for the report, and a detail table beside it."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from shared_resources.publication import Json
    from shared_resources.quarantine import Balance
    from usage_metering_service.logic.deduplication import DayEvents

_UNKNOWN = "(not stated)"
_GROUP = ("kind", "operation", "stage", "origin", "destination")


@dataclass(frozen=True)
class DayUsage:
    """What a day's report says, before it has a version; `detail` is CSV."""

    day: str
    segments: tuple[str, ...]
    balance: Balance
    figures: dict[str, Json]
    detail: bytes


def daily_usage(days: Iterable[DayEvents]) -> list[DayUsage]:
    """Aggregate each day."""
    return [_usage(day) for day in days]


def figures_of(events: pl.DataFrame) -> dict[str, Json]:
    """Return the totals of distinct events.

    `events` counts records: a call that logged its request and its response is two of them, in one
    process. An event that names several operations counts once under each.
    """
    return {
        "events": events.height,
        "processes": events["process"].drop_nulls().n_unique(),
        "users": events["user"].drop_nulls().n_unique(),
        "operations": _counts(_by_operation(events), "operation"),
        "stages": _counts(events, "stage"),
        "origins": _counts(events, "origin"),
        "destinations": _counts(events, "destination"),
    }


def detail_of(events: pl.DataFrame) -> bytes:
    """Return the CSV of events, processes and users by kind, operation, stage and parties.

    CSV and not Parquet: its bytes do not depend on the version of the library that writes it.
    """
    import polars as pl

    table = (
        _by_operation(events)
        .group_by(_GROUP)
        .agg(
            pl.len().alias("events"),
            pl.col("process").drop_nulls().n_unique().alias("processes"),
            pl.col("user").drop_nulls().n_unique().alias("users"),
        )
        .sort(_GROUP, nulls_last=True)
    )
    return table.write_csv().encode()


def _usage(day: DayEvents) -> DayUsage:
    import polars as pl

    events = pl.read_parquet(BytesIO(day.events))
    return DayUsage(day.day, day.segments, day.balance, figures_of(events), detail_of(events))


def _by_operation(events: pl.DataFrame) -> pl.DataFrame:
    return events.explode("operations").rename({"operations": "operation"})


def _counts(events: pl.DataFrame, column: str) -> dict[str, Json]:
    counted = events[column].fill_null(_UNKNOWN).value_counts()
    return {str(name): int(count) for name, count in counted.sort(column).iter_rows()}
