"""Jobs that meter: collect what was dropped, and report days.

All ops of a run share one process: they follow one another, and a process each would cost seconds.
"""

from dagster import DailyPartitionsDefinition, in_process_executor, job

from shared_resources.business_log import BUSINESS_OPERATION_TAG
from usage_metering_service.logic.moments import FIRST_DAY
from usage_metering_service.ops.aggregate import aggregate_daily_usage
from usage_metering_service.ops.collect import collect_usage_events
from usage_metering_service.ops.days import select_backfill_days, select_partition_day
from usage_metering_service.ops.deduplicate import deduplicate_usage_events
from usage_metering_service.ops.publish import publish_usage_report
from usage_metering_service.ops.validate import validate_usage_events

TAGS = {BUSINESS_OPERATION_TAG: "USAGE_METERING"}
DAYS = DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), timezone="UTC")


@job(tags=TAGS, executor_def=in_process_executor)
def usage_collection_job() -> None:
    """Take in what was dropped: events into segments by UTC day, bad lines into quarantine."""
    validate_usage_events(collect_usage_events())


@job(tags=TAGS, executor_def=in_process_executor, partitions_def=DAYS)
def daily_usage_job() -> None:
    """Take in what was dropped, and report the partition's day (UTC).

    A day without events gets a report of zero; one that did not change gets nothing.
    """
    days = select_partition_day(validate_usage_events(collect_usage_events()))
    publish_usage_report(aggregate_daily_usage(deduplicate_usage_events(days)))


@job(tags=TAGS, executor_def=in_process_executor)
def usage_backfill_job() -> None:
    """Take in what was dropped, and report a range of days in one run.

    By default: every day that is over and has events that no report names.
    """
    days = select_backfill_days(validate_usage_events(collect_usage_events()))
    publish_usage_report(aggregate_daily_usage(deduplicate_usage_events(days)))
