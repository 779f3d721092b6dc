"""What starts the jobs: the clock, and files that somebody drops."""

from collections.abc import Iterator

from dagster import RunConfig, RunRequest, ScheduleDefinition, SkipReason, sensor

from inventory_sync_service.jobs.inventory_sync import inventory_sync_job
from inventory_sync_service.logic.drops import INCOMING, waiting_drops
from inventory_sync_service.ops.fetch_inventory_pages import FetchConfig
from shared_resources.object_storage import ObjectStorage

hourly_inventory_sync = ScheduleDefinition(
    name="hourly_inventory_sync", job=inventory_sync_job, cron_schedule="0 * * * *"
)


@sensor(job=inventory_sync_job, minimum_interval_seconds=60)
def dropped_inventory_files(object_storage: ObjectStorage) -> Iterator[RunRequest | SkipReason]:
    """Request a run for every dropped file without a receipt, oldest first."""
    drops = waiting_drops(object_storage)
    if not drops:
        yield SkipReason(f"no file without a receipt in {INCOMING}")
    for drop in drops:
        config = RunConfig(ops={"fetch_inventory_pages": FetchConfig(object_key=drop.key)})
        yield RunRequest(run_key=drop.drop_id, run_config=config, tags={"drop": drop.drop_id[:16]})
