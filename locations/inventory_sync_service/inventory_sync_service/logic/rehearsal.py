"""A limited run over the real connections that leaves nothing behind (guide 5.2, health check)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from inventory_sync_service.logic.reconciliation import reconcile_extract
from shared_resources.errors import StorageError

if TYPE_CHECKING:
    from inventory_sync_service.logic.extract import Extract
    from inventory_sync_service.logic.reconciliation import Database
    from inventory_sync_service.logic.records import ValidatedExtract
    from shared_resources.reconcile import Changes


class Store(Protocol):
    """The part of object storage that a rehearsal needs."""

    def read(self, key: str) -> bytes: ...
    def create(self, key: str, data: bytes) -> bool: ...
    def delete(self, key: str) -> None: ...


def rehearse(
    database: Database, store: Store, extract: Extract, validated: ValidatedExtract, *, run_id: str
) -> Changes:
    """Return what the slice would change. Raises whatever a real sync would raise."""
    result = reconcile_extract(
        database, extract, validated, run_id=run_id, max_delete_fraction=0, rehearse=True
    )
    key, probe = f"inventory/test-runs/{run_id}", run_id.encode()
    try:
        store.create(key, probe)
        if store.read(key) != probe:
            message = f"{key}: what was read is not what was written"
            raise StorageError(message)
    finally:
        store.delete(key)
    return result.changes
