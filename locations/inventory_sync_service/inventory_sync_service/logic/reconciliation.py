"""Bring the inventory table to the state of an extract, in one transaction, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import delete, insert, select

from inventory_sync_service.logic.tables import INVENTORY, INVENTORY_WATERMARK, METADATA, TARGET
from shared_resources.reconcile import Changes, lock_for_writing, reconcile

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, MetaData

    from inventory_sync_service.logic.extract import Extract
    from inventory_sync_service.logic.records import ValidatedExtract

_NOTHING = Changes(0, 0, 0, 0, 0)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class Database(Protocol):
    """The part of `sql_database` that reconciling needs."""

    def create_tables(self, tables: MetaData) -> None: ...
    def transaction(self, *, rollback: bool = False) -> AbstractContextManager[Connection]: ...


@dataclass(frozen=True)
class Reconciliation:
    """What reconciling did. `superseded`: a newer extract was there already, nothing was done.

    `deletes_withheld`: the extract cannot say what is gone (it is a part, or a row has no key).
    """

    changes: Changes
    superseded: bool
    deletes_withheld: bool


def reconcile_extract(
    database: Database,
    extract: Extract,
    validated: ValidatedExtract,
    *,
    run_id: str,
    max_delete_fraction: float,
    rehearse: bool = False,
) -> Reconciliation:
    """Make the table equal to the extract and log the changes under `run_id`; all or nothing.

    Raises MassDeleteError, with nothing changed, if more than `max_delete_fraction` of the table
    would go. With `rehearse` everything is done and rolled back.
    """
    database.create_tables(METADATA)
    withheld = not extract.complete or validated.unreadable_keys > 0
    with database.transaction(rollback=rehearse) as connection:
        lock_for_writing(connection, INVENTORY)  # reconciling runs take turns from here on
        if extract.observed_at < read_watermark(connection):
            return Reconciliation(_NOTHING, superseded=True, deletes_withheld=withheld)
        changes = reconcile(
            connection,
            TARGET,
            (record.as_row() for record in validated.records),
            stamp={"run_id": run_id, "observed_at": extract.observed_at},
            spared_keys=validated.spared_keys,
            delete_missing=not withheld,
            max_delete_fraction=max_delete_fraction,
        )
        if extract.complete:  # a part does not outdate a whole that is still on its way
            set_watermark(connection, extract.observed_at)
    return Reconciliation(changes, superseded=False, deletes_withheld=withheld)


def set_watermark(connection: Connection, observed_at: datetime) -> None:
    """Remember when the newest reconciled extract was observed."""
    connection.execute(delete(INVENTORY_WATERMARK))
    connection.execute(insert(INVENTORY_WATERMARK), {"observed_at": observed_at})


def read_watermark(connection: Connection) -> datetime:
    """Return when the newest reconciled extract was observed; SQLite keeps no time zone."""
    newest = connection.scalar(select(INVENTORY_WATERMARK.c.observed_at)) or _EARLIEST
    return newest.astimezone(UTC) if newest.tzinfo else newest.replace(tzinfo=UTC)
