"""What runs because something arrived.

What is to be done is read off the storage each time: drops without a receipt, segments that no
report names, reports that no statement names. A run key names that state, so that it is asked for
once.
"""

from datetime import UTC, datetime

from dagster import RunRequest, SensorEvaluationContext, SensorResult, sensor

from shared_resources.object_storage import ObjectStorage
from usage_metering_service.jobs.metering import (
    daily_usage_job,
    usage_backfill_job,
    usage_collection_job,
)
from usage_metering_service.jobs.statements import monthly_usage_statement_job
from usage_metering_service.logic.deliveries import uncollected
from usage_metering_service.logic.events import identity
from usage_metering_service.logic.moments import read_cursor
from usage_metering_service.logic.monthly_statements import outdated_statements
from usage_metering_service.logic.segments import stale_days

_MANY_DAYS = 31


@sensor(job=usage_collection_job, minimum_interval_seconds=60)
def incoming_usage_sensor(
    context: SensorEvaluationContext, object_storage: ObjectStorage
) -> SensorResult:
    """Ask for a collection of the incoming objects that have no receipt."""
    found = uncollected(object_storage)
    if not found:
        return SensorResult(skip_reason="nothing was dropped that is not collected")
    context.log.info("%d deliveries are not collected", len(found))
    run_key = identity(*(delivery.receipt_key for delivery in found))
    return SensorResult(run_requests=[RunRequest(run_key=run_key)])


@sensor(jobs=[daily_usage_job, usage_backfill_job], minimum_interval_seconds=120)
def late_usage_sensor(
    context: SensorEvaluationContext, object_storage: ObjectStorage
) -> SensorResult:
    """Ask for a run of each day that is over and has segments its newest report does not name.

    Of more than a month's days at once for one backfill of all of them. The cursor is the time of
    the last look.
    """
    now = datetime.now(UTC)
    stale = stale_days(object_storage, now, read_cursor(context.cursor))
    if len(stale) > _MANY_DAYS:
        run_key = identity(*((found.day, found.digest) for found in stale))
        requests = [RunRequest(run_key=run_key, job_name=usage_backfill_job.name)]
    else:
        requests = [
            RunRequest(
                run_key=f"{found.day}:{found.digest}",
                job_name=daily_usage_job.name,
                partition_key=found.day,
            )
            for found in stale
        ]
    return SensorResult(
        run_requests=requests,
        skip_reason=None if requests else "the newest reports name all segments",
        cursor=now.isoformat(),
    )


@sensor(job=monthly_usage_statement_job, minimum_interval_seconds=600)
def outdated_statement_sensor(
    context: SensorEvaluationContext, object_storage: ObjectStorage
) -> SensorResult:
    """Ask for a new statement of each stated month whose daily reports have changed."""
    outdated = outdated_statements(object_storage)
    context.log.info("%d statements are outdated", len(outdated))
    if not outdated:
        return SensorResult(skip_reason="all statements are of the newest reports")
    return SensorResult(
        run_requests=[
            RunRequest(run_key=f"{month}:{state}", partition_key=month)
            for month, state in outdated.items()
        ]
    )
