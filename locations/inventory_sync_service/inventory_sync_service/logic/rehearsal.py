"""A limited run over the real connections that leaves nothing behind (guide 5.2, health check)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from inventory_sync_service.logic.reconciliation import reconcile_extract
from inventory_sync_service.logic.records import validate
from shared_resources.quarantine import check_fraction

if TYPE_CHECKING:
    from inventory_sync_service.logic.extract import Extract
    from inventory_sync_service.logic.reconciliation import Database
    from shared_resources.quarantine import Balance
    from shared_resources.reconcile import Changes


class Store(Protocol):
    """The part of object storage that a rehearsal needs."""

    def probe(self, prefix: str) -> str: ...


@dataclass(frozen=True)
class Rehearsal:
    """What a real sync of the same extract would have done."""

    balance: Balance
    changes: Changes


def rehearse(
    database: Database,
    store: Store,
    extract: Extract,
    *,
    run_id: str,
    max_quarantine_fraction: float,
) -> Rehearsal:
    """Do all that a sync does, and undo it. Raises whatever a real sync would raise."""
    validated = validate(extract)
    check_fraction(validated.balance, max_quarantine_fraction, "no quarantine: it is a test run")
    result = reconcile_extract(
        database, extract, validated, run_id=run_id, max_delete_fraction=0, rehearse=True
    )
    store.probe("inventory/test-runs")
    return Rehearsal(validated.balance, result.changes)
