"""Events into figures."""

from dagster import OpExecutionContext, op

from usage_metering_service.logic.aggregation import DayUsage, daily_usage
from usage_metering_service.logic.deduplication import DayEvents


@op
def aggregate_daily_usage(context: OpExecutionContext, events: list[DayEvents]) -> list[DayUsage]:
    """Count the events of each day by operation, stage and parties."""
    usages = daily_usage(events)
    context.add_output_metadata(
        {"days": len(usages), "events": sum(usage.balance.rows_out for usage in usages)}
    )
    return usages
