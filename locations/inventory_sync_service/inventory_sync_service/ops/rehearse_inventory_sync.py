"""The end of a test run: everything a sync does to its database and storage, and nothing stays."""

from dagster import OpExecutionContext, op

from inventory_sync_service.logic.extract import Extract
from inventory_sync_service.logic.records import ValidatedExtract
from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase


@op
def rehearse_inventory_sync(
    context: OpExecutionContext,
    extract: Extract,
    validated: ValidatedExtract,
    sql_database: SqlDatabase,
    object_storage: ObjectStorage,
) -> None:
    """Reconcile in a transaction that is rolled back; write, read and delete one object."""
    from inventory_sync_service.logic.rehearsal import rehearse

    changes = rehearse(sql_database, object_storage, extract, validated, run_id=context.run_id)
    context.add_output_metadata({f"would_be_{k}": v for k, v in changes.as_metadata().items()})
