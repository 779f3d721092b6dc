"""Lines into events, bad ones into quarantine."""

from dagster import Config, OpExecutionContext, op
from pydantic import Field

from shared_resources.object_storage import ObjectStorage
from usage_metering_service.logic.deliveries import Delivery
from usage_metering_service.logic.intake import Intake, take_in


class ValidateConfig(Config):
    """How much of a delivery may be bad."""

    max_quarantine_fraction: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="A delivery of which more is bad (technical records aside) is refused whole.",
    )


@op
def validate_usage_events(
    context: OpExecutionContext,
    config: ValidateConfig,
    object_storage: ObjectStorage,
    deliveries: list[Delivery],
) -> Intake:
    """Validate each line, and split the events into segments by UTC day.

    Nothing is lost: rows in == out + quarantined + ignored, checked for each delivery.
    """
    intake = take_in(object_storage, deliveries, config.max_quarantine_fraction)
    context.add_output_metadata({**intake.counts.as_metadata(), "days": len(intake.days)})
    return intake
