"""What runs by the clock."""

from dagster import build_schedule_from_partitioned_job

from usage_metering_service.jobs.metering import daily_usage_job
from usage_metering_service.jobs.statements import monthly_usage_statement_job

# An hour after midnight UTC: what is dropped later than that is late, and reopens its day.
daily_usage_schedule = build_schedule_from_partitioned_job(
    daily_usage_job, name="daily_usage_schedule", hour_of_day=1
)
monthly_usage_statement_schedule = build_schedule_from_partitioned_job(
    monthly_usage_statement_job,
    name="monthly_usage_statement_schedule",
    day_of_month=1,
    hour_of_day=3,
)
