"""Which source a run reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from inventory_sync_service.logic.drops import newest_drop, read_drop
from inventory_sync_service.logic.extract import first, read_api, read_file, read_sample
from shared_resources.errors import SettingError

if TYPE_CHECKING:
    from inventory_sync_service.logic.drops import Store
    from inventory_sync_service.logic.extract import Collections, Extract


def fetch(
    object_key: str, api: Collections | None, store: Store, *, sample_allowed: bool, limit: int
) -> Extract:
    """Read the dropped file `object_key`, else the API, else the sample; with `limit`, a slice.

    A slice of no particular source is one of the newest dropped file: that is what a test run of a
    location without an API reads. The sample is for trying things out, and never written into a
    database that others share. Raises SettingError without a source, and what reading it raises.
    """
    if not object_key and api is not None:
        return read_api(api, datetime.now(UTC), limit)
    if object_key:
        return first(read_drop(store, object_key), limit)
    if limit and (newest := newest_drop(store)):
        extract = read_file(newest.key, store.read(newest.key), newest.modified, newest.drop_id)
        return first(extract, limit)
    if sample_allowed:
        return first(read_sample(), limit)
    message = "no source is configured, and the sample is not written into a shared database"
    raise SettingError(message, hint="set INVENTORY_API_URL, or name a dropped file in object_key")
