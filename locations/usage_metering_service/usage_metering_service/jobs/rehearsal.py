"""The job that the delivery starts after a release (guide 5.2)."""

from dagster import in_process_executor, job

from usage_metering_service.jobs.metering import TAGS
from usage_metering_service.ops.rehearse import probe_object_storage, rehearse_usage_metering


@job(tags={**TAGS, "test_run": "true"}, executor_def=in_process_executor)
def usage_metering_test_run_job() -> None:
    """Meter a limited slice on the real storage, and publish nothing."""
    probe_object_storage(rehearse_usage_metering())
