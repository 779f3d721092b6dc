"""The statement of a month."""

from dagster import Config, Failure, MetadataValue, OpExecutionContext, op
from pydantic import Field

from shared_resources.business_log import BusinessLog
from shared_resources.object_storage import ObjectStorage
from usage_metering_service.logic.monthly_statements import PublishedStatement, publish_statement
from usage_metering_service.logic.tables import operations_table

_NO_PARTITION = (
    "this job states the month of its partition, and was launched without one\n"
    "hint: choose a partition, such as 2025-03"
)


class StatementConfig(Config):
    """What a statement may leave open."""

    require_complete: bool = Field(
        default=False,
        description="Fail, and state nothing, while a day of the month has no report.",
    )


@op
def publish_monthly_statement(
    context: OpExecutionContext,
    config: StatementConfig,
    object_storage: ObjectStorage,
    business_log: BusinessLog,
) -> PublishedStatement:
    """Add up the newest daily reports of the month, and name the days that have none."""
    if not context.has_partition_key:
        raise Failure(_NO_PARTITION, allow_retries=False)
    statement = publish_statement(
        object_storage, context.partition_key, require_complete=config.require_complete
    )
    figures = {
        "version": statement.version,
        "versions_written": int(statement.written),
        "events": statement.events,
        "missing_days": len(statement.missing),
    }
    business_log.business(context, "monthly usage statement published", figures)
    context.add_output_metadata(
        {
            **figures,
            "reason": statement.reason,
            "missing": MetadataValue.json(list(statement.missing)),
            "operations": MetadataValue.md(operations_table([statement.operations])),
        }
    )
    return statement
