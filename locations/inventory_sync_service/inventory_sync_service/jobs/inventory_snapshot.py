"""From the database to a snapshot, and back."""

from dagster import job

from inventory_sync_service.ops.notify_inventory_changes import notify_inventory_changes
from inventory_sync_service.ops.publish_inventory_snapshot import publish_inventory_snapshot
from inventory_sync_service.ops.rebuild_inventory import rebuild_inventory
from shared_resources.business_log import BUSINESS_OPERATION_TAG


@job(tags={BUSINESS_OPERATION_TAG: "INVENTORY_SNAPSHOT"})
def inventory_snapshot_job() -> None:
    """Publish the inventory as the database has it now."""
    notify_inventory_changes(publish_inventory_snapshot())


@job(tags={BUSINESS_OPERATION_TAG: "INVENTORY_REBUILD"})
def inventory_rebuild_job() -> None:
    """Bring the database back from the published snapshots."""
    rebuild_inventory()
