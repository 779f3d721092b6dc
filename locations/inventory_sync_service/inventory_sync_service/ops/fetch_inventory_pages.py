"""Read the source whole."""

from dagster import Config, OpExecutionContext, op
from pydantic import Field

from inventory_sync_service.logic.extract import Extract
from inventory_sync_service.logic.fetching import fetch
from inventory_sync_service.resources.inventory_api import InventoryApi
from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase


class FetchConfig(Config):
    """Which source to read."""

    object_key: str = Field(
        default="",
        description="A dropped file, such as inventory/incoming/today.csv. Empty: the API at "
        "INVENTORY_API_URL; where that is not set and the database is a local file, the sample.",
    )
    max_records: int = Field(
        default=0,
        ge=0,
        description="Read only so many records; 0: all. A part of an inventory "
        "never deletes anything.",
    )


@op
def fetch_inventory_pages(
    context: OpExecutionContext,
    config: FetchConfig,
    inventory_api: InventoryApi,
    object_storage: ObjectStorage,
    sql_database: SqlDatabase,
) -> Extract:
    """Read every page of the API, or a dropped file; anything less is an error."""
    extract = fetch(
        config.object_key,
        inventory_api if inventory_api.is_configured else None,
        object_storage,
        sample_allowed=sql_database.is_embedded,
        limit=config.max_records,
    )
    context.add_output_metadata(
        {
            "source": extract.origin,
            "observed_at": extract.observed_at.isoformat(),
            "records": len(extract.items),
            "products_known": len(extract.products) if extract.products is not None else "no list",
            "complete": extract.complete,
        }
    )
    return extract
