"""Entry point of the location: what Dagster loads."""

from dagster import Definitions, in_process_executor

from inventory_sync_service.jobs.inventory_snapshot import (
    inventory_rebuild_job,
    inventory_snapshot_job,
)
from inventory_sync_service.jobs.inventory_sync import (
    inventory_sync_job,
    inventory_sync_test_run_job,
)
from inventory_sync_service.jobs.triggers import dropped_inventory_files, hourly_inventory_sync
from inventory_sync_service.resources.inventory_api import InventoryApi
from shared_resources.business_log import BusinessLog
from shared_resources.notifications import Notifications
from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase

object_storage = ObjectStorage()

defs = Definitions(
    jobs=[
        inventory_sync_job,
        inventory_snapshot_job,
        inventory_rebuild_job,
        inventory_sync_test_run_job,
    ],
    schedules=[hourly_inventory_sync],
    sensors=[dropped_inventory_files],
    # The ops of a job follow each other: a process for each would only cost starting it.
    executor=in_process_executor,
    resources={
        "business_log": BusinessLog(),
        "inventory_api": InventoryApi(),
        "notifications": Notifications(storage=object_storage),
        "object_storage": object_storage,
        "sql_database": SqlDatabase(),
    },
)
