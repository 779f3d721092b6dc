"""Make the database equal to the source."""

from dagster import Config, OpExecutionContext, op
from pydantic import Field

from inventory_sync_service.logic.extract import Extract
from inventory_sync_service.logic.records import ValidatedExtract
from shared_resources.business_log import BusinessLog
from shared_resources.sql_database import SqlDatabase


class ReconcileConfig(Config):
    """How much may go."""

    max_delete_fraction: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="If more of the table would be deleted, the run fails and changes nothing.",
    )


@op
def reconcile_inventory(
    context: OpExecutionContext,
    config: ReconcileConfig,
    extract: Extract,
    validated: ValidatedExtract,
    sql_database: SqlDatabase,
    business_log: BusinessLog,
) -> str:
    """Insert, update and delete in one transaction; return the id of the handled drop, if any."""
    from inventory_sync_service.logic.reconciliation import reconcile_extract

    result = reconcile_extract(
        sql_database,
        extract,
        validated,
        run_id=context.run_id,
        max_delete_fraction=config.max_delete_fraction,
    )
    figures = {**result.changes.as_metadata(), "superseded": result.superseded}
    context.add_output_metadata({**figures, "deletes_withheld": result.deletes_withheld})
    business_log.business(context, "Inventory reconciled", figures)
    return extract.drop_id
