"""The job that states a month."""

from dagster import MonthlyPartitionsDefinition, in_process_executor, job

from usage_metering_service.jobs.metering import TAGS
from usage_metering_service.logic.moments import FIRST_DAY
from usage_metering_service.ops.statement import publish_monthly_statement

MONTHS = MonthlyPartitionsDefinition(start_date=f"{FIRST_DAY:%Y-%m}", timezone="UTC", fmt="%Y-%m")


@job(tags=TAGS, executor_def=in_process_executor, partitions_def=MONTHS)
def monthly_usage_statement_job() -> None:
    """State the partition's month from the newest published daily reports.

    The statement names the version of each report it used, and the days that have none.
    """
    publish_monthly_statement()
