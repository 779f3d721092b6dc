"""The delivery's health check."""

from datetime import UTC, datetime

from dagster import Config, MetadataValue, OpExecutionContext, op
from pydantic import Field

from shared_resources.object_storage import ObjectStorage
from usage_metering_service.logic.layout import INCOMING, TEST_RUNS
from usage_metering_service.logic.rehearsal import Rehearsal, rehearse
from usage_metering_service.logic.tables import operations_table
from usage_metering_service.ops.collect import PREFIX_PATTERN


class RehearseConfig(Config):
    """How much to read, and where."""

    incoming_prefix: str = Field(
        default=INCOMING, pattern=PREFIX_PATTERN, description="Prefix of the incoming objects."
    )
    max_lines: int = Field(
        default=1000, ge=1, le=100_000, description="Lines read of the newest incoming object."
    )


@op
def rehearse_usage_metering(
    context: OpExecutionContext, config: RehearseConfig, object_storage: ObjectStorage
) -> Rehearsal:
    """Meter a few lines of the newest incoming object, else of the sample; publish nothing."""
    now = datetime.now(UTC)
    found = rehearse(object_storage, config.incoming_prefix, config.max_lines, now)
    context.add_output_metadata(
        {
            "source": found.source,
            **found.counts.as_metadata(),
            "events": found.events,
            "detail_rows": found.detail_rows,
            "operations": MetadataValue.md(operations_table([found.operations])),
        }
    )
    return found


@op
def probe_object_storage(
    context: OpExecutionContext, object_storage: ObjectStorage, rehearsal: Rehearsal
) -> str:
    """Write, read, list and delete an object under the prefix of test runs."""
    key = object_storage.probe(TEST_RUNS)
    context.log.info("after %d events: %s was written, read, deleted", rehearsal.events, key)
    return key
