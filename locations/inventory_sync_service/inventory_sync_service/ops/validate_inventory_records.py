"""Separate the records that can be believed from the others."""

from dagster import Config, OpExecutionContext, op
from pydantic import Field

from inventory_sync_service.logic.drops import QUARANTINE
from inventory_sync_service.logic.extract import Extract
from inventory_sync_service.logic.records import ValidatedExtract, validate
from shared_resources.object_storage import ObjectStorage
from shared_resources.quarantine import check_fraction, write_quarantine


class ValidateConfig(Config):
    """How much may be bad."""

    max_quarantine_fraction: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="If more of the records are bad, the run fails after writing the quarantine.",
    )


@op
def validate_inventory_records(
    context: OpExecutionContext,
    config: ValidateConfig,
    extract: Extract,
    object_storage: ObjectStorage,
) -> ValidatedExtract:
    """Put bad records into quarantine with their reasons; stop if there are too many."""
    validated = validate(extract)
    key = write_quarantine(object_storage, QUARANTINE, validated.quarantined)
    context.add_output_metadata(
        {
            **validated.balance.as_metadata(),
            "quarantine": key or "nothing",
            "keys_spared_from_deletion": len(validated.spared_keys),
        }
    )
    check_fraction(validated.balance, config.max_quarantine_fraction, key)
    return validated
