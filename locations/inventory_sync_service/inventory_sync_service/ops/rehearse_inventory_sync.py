"""The end of a test run: everything a sync does to its database and storage, and nothing stays."""

from dagster import OpExecutionContext, op

from inventory_sync_service.logic.extract import Extract
from inventory_sync_service.ops.validate_inventory_records import ValidateConfig
from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase


@op
def rehearse_inventory_sync(
    context: OpExecutionContext,
    config: ValidateConfig,
    extract: Extract,
    sql_database: SqlDatabase,
    object_storage: ObjectStorage,
) -> None:
    """Validate, reconcile in a transaction that is rolled back, write and delete one object."""
    from inventory_sync_service.logic.rehearsal import rehearse

    result = rehearse(
        sql_database,
        object_storage,
        extract,
        run_id=context.run_id,
        max_quarantine_fraction=config.max_quarantine_fraction,
    )
    would_be = {f"would_be_{name}": count for name, count in result.changes.as_metadata().items()}
    context.add_output_metadata({**result.balance.as_metadata(), **would_be})
