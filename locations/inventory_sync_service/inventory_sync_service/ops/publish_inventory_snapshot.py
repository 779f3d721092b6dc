"""Publish what the database says."""

from dataclasses import asdict

from dagster import (
    In,
    MetadataValue,
    Nothing,
    OpExecutionContext,
    TableColumn,
    TableRecord,
    TableSchema,
    op,
)

from inventory_sync_service.logic.notice import Publication
from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase

_PLACES = TableSchema(
    [
        TableColumn("location_id", "string"),
        TableColumn("products", "int"),
        TableColumn("quantity", "int"),
    ]
)


@op(ins={"after": In(Nothing)})
def publish_inventory_snapshot(
    context: OpExecutionContext, sql_database: SqlDatabase, object_storage: ObjectStorage
) -> Publication:
    """Write a content-addressed snapshot and its manifest, unless the newest says the same."""
    from inventory_sync_service.logic.snapshot import publish_snapshot, summarise

    publication = publish_snapshot(sql_database, object_storage)
    places = summarise(object_storage, publication)
    context.add_output_metadata(
        {
            "manifest": publication.key,
            "new": publication.is_new,
            "rows": sum(place.products for place in places),
            "quantity": sum(place.quantity for place in places),
            "changes": MetadataValue.json(publication.changes),
            "places": MetadataValue.table(
                [TableRecord(asdict(place)) for place in places], schema=_PLACES
            ),
        }
    )
    return publication
