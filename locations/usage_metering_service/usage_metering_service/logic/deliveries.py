"""What was dropped, and what of it nobody has collected yet.

An object is known by key, ETag and time: one that is uploaded again is another delivery, also with
old content. A receipt, written last, says that a delivery is in the segments whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from usage_metering_service.logic.events import identity
from usage_metering_service.logic.layout import INCOMING, RECEIPTS, checked_incoming

if TYPE_CHECKING:
    from datetime import datetime

    from usage_metering_service.logic.layout import Storage


@dataclass(frozen=True)
class Delivery:
    """One version of one incoming object; `modified` in UTC, `size` in bytes."""

    key: str
    etag: str
    modified: datetime
    size: int

    @property
    def receipt_key(self) -> str:
        """The key of the receipt, whether or not it is there."""
        return f"{RECEIPTS}/{identity(self.key, self.etag, self.modified.isoformat())}.json"


def uncollected(storage: Storage, prefix: str = INCOMING) -> list[Delivery]:
    """Return the deliveries below `prefix` without a receipt, sorted by key."""
    receipts = {entry.key for entry in storage.list_objects(RECEIPTS)}
    return [found for found in dropped(storage, prefix) if found.receipt_key not in receipts]


def dropped(storage: Storage, prefix: str = INCOMING) -> list[Delivery]:
    """Return all that lies below `prefix`, sorted by key. Raises SettingError."""
    entries = storage.list_objects(checked_incoming(prefix))
    return [Delivery(entry.key, entry.etag, entry.modified, entry.size) for entry in entries]


def drop_sample(storage: Storage, prefix: str) -> bool:
    """Drop the packaged sample where nothing was ever dropped; return whether it was.

    Only into an embedded store: what others share gets no invented events.
    """
    if not storage.is_embedded or dropped(storage, prefix) or storage.list_objects(RECEIPTS):
        return False
    return storage.create(f"{prefix}/sample.jsonl", sample())


def sample() -> bytes:
    """Return the packaged sample: records in all accepted shapes, and some that are not."""
    return files(__package__).joinpath("sample.jsonl").read_bytes()
