"""Dropped files: which are waiting, and the receipts that say which were handled.

A drop is an object as it stood at one time: the same key uploaded again is another drop, even with
content that was seen before. Its receipt is the only state; nothing depends on a cursor.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from inventory_sync_service.logic.extract import UnreadableFileError, read_file
from shared_resources import publication
from shared_resources.quarantine import quarantine_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from inventory_sync_service.logic.extract import Extract

INCOMING, RECEIPTS, QUARANTINE = "inventory/incoming", "inventory/receipts", "inventory/quarantine"


class Listed(publication.Listed, Protocol):
    """What identifies a drop."""

    @property
    def etag(self) -> str: ...


class Store(publication.Objects, Protocol):
    """The part of object storage that drops need."""

    def info(self, key: str) -> Listed: ...
    def list_objects(self, prefix: str = "") -> Sequence[Listed]: ...


@dataclass(frozen=True)
class Drop:
    """One dropped file as it stood when it was listed."""

    drop_id: str
    key: str
    modified: datetime


def waiting_drops(store: Store) -> list[Drop]:
    """Return the drops without a receipt, oldest first, however many there are."""
    handled = {entry.key for entry in store.list_objects(RECEIPTS)}
    drops = (_drop(entry) for entry in store.list_objects(INCOMING))
    waiting = (drop for drop in drops if _receipt_key(drop.drop_id) not in handled)
    return sorted(waiting, key=lambda drop: (drop.modified, drop.key))


def newest_drop(store: Store) -> Drop | None:
    """Return the file that was dropped last, handled or not; None if there is none."""
    drops = map(_drop, store.list_objects(INCOMING))
    return max(drops, key=lambda drop: (drop.modified, drop.key), default=None)


def read_drop(store: Store, key: str) -> Extract:
    """Read a dropped file as it stands now.

    A file that does not parse is quarantined whole with the parser's message, gets its receipt, and
    UnreadableFileError is raised.
    """
    drop = _drop(store.info(key))
    data = store.read(key)
    try:
        return read_file(key, data, drop.modified, drop.drop_id)
    except UnreadableFileError as error:
        kept = quarantine_file(store, QUARANTINE, key, data, str(error))
        write_receipt(store, drop.drop_id, f"quarantined: {kept}")
        message = f"{error}\nthe whole file is in quarantine: {kept}"
        raise UnreadableFileError(message) from None


def write_receipt(store: Store, drop_id: str, outcome: str) -> None:
    """Say that a drop was handled, and how."""
    store.create(_receipt_key(drop_id), publication.json_bytes({"outcome": outcome}))


def _drop(entry: Listed) -> Drop:
    identity = f"{entry.key}\n{entry.etag}\n{entry.modified.isoformat()}"
    return Drop(hashlib.sha256(identity.encode()).hexdigest(), entry.key, entry.modified)


def _receipt_key(drop_id: str) -> str:
    return f"{RECEIPTS}/{drop_id}.json"
