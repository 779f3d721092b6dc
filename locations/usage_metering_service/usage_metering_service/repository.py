"""What this location offers."""

from dagster import Definitions

from shared_resources.business_log import BusinessLog
from shared_resources.object_storage import ObjectStorage
from usage_metering_service.jobs.metering import (
    daily_usage_job,
    usage_backfill_job,
    usage_collection_job,
)
from usage_metering_service.jobs.rehearsal import usage_metering_test_run_job
from usage_metering_service.jobs.schedules import (
    daily_usage_schedule,
    monthly_usage_statement_schedule,
)
from usage_metering_service.jobs.sensors import (
    incoming_usage_sensor,
    late_usage_sensor,
    outdated_statement_sensor,
)
from usage_metering_service.jobs.statements import monthly_usage_statement_job

defs = Definitions(
    jobs=[
        daily_usage_job,
        monthly_usage_statement_job,
        usage_backfill_job,
        usage_collection_job,
        usage_metering_test_run_job,
    ],
    schedules=[daily_usage_schedule, monthly_usage_statement_schedule],
    sensors=[incoming_usage_sensor, late_usage_sensor, outdated_statement_sensor],
    resources={
        "object_storage": ObjectStorage(),
        "business_log": BusinessLog(origin="usage_metering_service"),
    },
)
