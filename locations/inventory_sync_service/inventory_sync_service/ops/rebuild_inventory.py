"""Bring the database back."""

from dagster import OpExecutionContext, op

from shared_resources.business_log import BusinessLog
from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase


@op
def rebuild_inventory(
    context: OpExecutionContext,
    sql_database: SqlDatabase,
    object_storage: ObjectStorage,
    business_log: BusinessLog,
) -> None:
    """Fill the tables from the published snapshots, history included where they are empty."""
    from inventory_sync_service.logic.snapshot import rebuild

    rebuilt = rebuild(sql_database, object_storage, run_id=context.run_id)
    context.add_output_metadata(rebuilt.as_metadata())
    business_log.business(context, "Inventory rebuilt from snapshots", rebuilt.as_metadata())
