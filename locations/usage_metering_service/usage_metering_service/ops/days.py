"""Which days a run reports."""

from datetime import UTC, date, datetime
from typing import Self

from dagster import Config, Failure, OpExecutionContext, op
from pydantic import Field, model_validator

from shared_resources.object_storage import ObjectStorage
from usage_metering_service.logic.intake import Intake
from usage_metering_service.logic.moments import FIRST_DAY, days_between
from usage_metering_service.logic.segments import stale_days

_NO_PARTITION = (
    "this job reports the day of its partition, and was launched without one\n"
    "hint: choose a partition, or launch usage_backfill_job, which finds its days itself"
)


class BackfillConfig(Config):
    """A range of days, or neither end."""

    first_day: str = Field(
        default="",
        pattern=r"^(\d{4}-\d\d-\d\d)?$",
        description="First day of the range, YYYY-MM-DD (UTC). Empty, like last_day: all days that "
        "are over and have events no report names.",
    )
    last_day: str = Field(
        default="",
        pattern=r"^(\d{4}-\d\d-\d\d)?$",
        description="Last day of the range, reported too. It must be over.",
    )

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if not self.first_day and not self.last_day:
            return self
        if not (self.first_day and self.last_day):
            message = "first_day and last_day are given together, or not at all"
            raise ValueError(message)
        first, last = date.fromisoformat(self.first_day), date.fromisoformat(self.last_day)
        if not FIRST_DAY <= first <= last:
            message = f"the range must be in order and not start before {FIRST_DAY}"
            raise ValueError(message)
        if last >= datetime.now(UTC).date():
            message = f"last_day {last} is not over yet (UTC)"
            raise ValueError(message)
        return self


@op
def select_partition_day(context: OpExecutionContext, intake: Intake) -> list[str]:
    """Select the partition's day. Waits for the intake, whose segments may be of that day."""
    if not context.has_partition_key:
        raise Failure(_NO_PARTITION, allow_retries=False)
    context.log.info("%d deliveries were taken in before", intake.deliveries)
    return [context.partition_key]


@op
def select_backfill_days(
    context: OpExecutionContext,
    config: BackfillConfig,
    object_storage: ObjectStorage,
    intake: Intake,
) -> list[str]:
    """Select the days of the range; without one, all days with events that no report names."""
    context.log.info("%d deliveries were taken in before", intake.deliveries)
    if config.first_day:
        return days_between(
            date.fromisoformat(config.first_day), date.fromisoformat(config.last_day)
        )
    return [stale.day for stale in stale_days(object_storage, datetime.now(UTC))]
