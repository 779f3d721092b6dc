"""From the source to the database, a snapshot and a notification."""

from dagster import job

from inventory_sync_service.ops.fetch_inventory_pages import fetch_inventory_pages
from inventory_sync_service.ops.notify_inventory_changes import notify_inventory_changes
from inventory_sync_service.ops.publish_inventory_snapshot import publish_inventory_snapshot
from inventory_sync_service.ops.reconcile_inventory import reconcile_inventory
from inventory_sync_service.ops.rehearse_inventory_sync import rehearse_inventory_sync
from inventory_sync_service.ops.validate_inventory_records import validate_inventory_records
from shared_resources.business_log import BUSINESS_OPERATION_TAG

TAGS = {BUSINESS_OPERATION_TAG: "INVENTORY_SYNC"}


@job(tags=TAGS)
def inventory_sync_job() -> None:
    """Make the inventory database equal to its source, publish a snapshot, tell who listens."""
    extract = fetch_inventory_pages()
    drop_id = reconcile_inventory(extract, validate_inventory_records(extract))
    notify_inventory_changes(publish_inventory_snapshot(after=drop_id), drop_id=drop_id)


@job(
    tags={**TAGS, "test_run": "true"},
    config={"ops": {"fetch_inventory_pages": {"config": {"max_records": 25}}}},
)
def inventory_sync_test_run_job() -> None:
    """Sync a slice of the source over the real connections, and leave nothing behind."""
    rehearse_inventory_sync(fetch_inventory_pages())
