"""Which drops are to be taken in."""

from dagster import Config, OpExecutionContext, op
from pydantic import Field

from shared_resources.object_storage import ObjectStorage
from usage_metering_service.logic.deliveries import Delivery, drop_sample, uncollected
from usage_metering_service.logic.layout import INCOMING

PREFIX_PATTERN = r"^[A-Za-z0-9_=-][A-Za-z0-9._=-]*(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*$"


class CollectConfig(Config):
    """Where usage events are dropped."""

    incoming_prefix: str = Field(
        default=INCOMING,
        pattern=PREFIX_PATTERN,
        description="Prefix of the incoming objects, JSON lines. The sensor watches the default.",
    )


@op
def collect_usage_events(
    context: OpExecutionContext, config: CollectConfig, object_storage: ObjectStorage
) -> list[Delivery]:
    """Find the incoming objects that have no receipt yet.

    A local store in which nothing was ever dropped gets the packaged sample.
    """
    sampled = drop_sample(object_storage, config.incoming_prefix)
    found = uncollected(object_storage, config.incoming_prefix)
    size = sum(delivery.size for delivery in found)
    context.add_output_metadata({"deliveries": len(found), "bytes": size, "sample": sampled})
    return found
