"""One of each event."""

from dagster import OpExecutionContext, op

from shared_resources.object_storage import ObjectStorage
from usage_metering_service.logic.deduplication import DayEvents, distinct_events


@op
def deduplicate_usage_events(
    context: OpExecutionContext, object_storage: ObjectStorage, days: list[str]
) -> list[DayEvents]:
    """Read all segments of each day, and keep one event per identity."""
    found = distinct_events(object_storage, days)
    balances = [day.balance.as_metadata() for day in found]
    names = ("rows_in", "rows_out", "quarantined", "duplicates")
    context.add_output_metadata(
        {"days": len(found), **{name: sum(b[name] for b in balances) for name in names}}
    )
    return found
