"""Reports that others read."""

from dagster import MetadataValue, OpExecutionContext, op

from shared_resources.business_log import BusinessLog
from shared_resources.object_storage import ObjectStorage
from usage_metering_service.logic.aggregation import DayUsage
from usage_metering_service.logic.daily_reports import PublishedReport, publish_daily
from usage_metering_service.logic.tables import operations_table

_NAMED = 31  # days whose version and reason are spelled out


@op
def publish_usage_report(
    context: OpExecutionContext,
    object_storage: ObjectStorage,
    business_log: BusinessLog,
    usages: list[DayUsage],
) -> list[PublishedReport]:
    """Publish the next version of each day's report, with its reason, where something changed."""
    reports = publish_daily(object_storage, usages)
    written = [report for report in reports if report.written]
    figures = {
        "days": len(reports),
        "versions_written": len(written),
        "events": sum(report.events for report in reports),
    }
    business_log.business(context, "usage reports published", figures)
    changes = {r.day: f"version {r.version}: {r.reason}" for r in written[:_NAMED]}
    table = operations_table(report.operations for report in reports)
    context.add_output_metadata(
        {**figures, "changes": MetadataValue.json(changes), "operations": MetadataValue.md(table)}
    )
    return reports
