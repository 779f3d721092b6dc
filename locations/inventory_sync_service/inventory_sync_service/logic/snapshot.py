"""Published snapshots: content-addressed Parquet files and the manifests that order them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import select

from inventory_sync_service.logic.notice import Publication
from inventory_sync_service.logic.reconciliation import read_watermark, set_watermark
from inventory_sync_service.logic.tables import INVENTORY, METADATA, TARGET
from shared_resources.publication import (
    Json,
    Manifest,
    append_manifest,
    latest_manifest,
    manifests,
    publish_object,
    read_object,
)
from shared_resources.reconcile import Changes, reconcile

if TYPE_CHECKING:
    from inventory_sync_service.logic.reconciliation import Database
    from shared_resources.publication import Objects

SNAPSHOTS, MANIFESTS = "inventory/snapshots", "inventory/manifests"
_KEYS = ["product_id", "location_id"]
_SCHEMA = {
    "product_id": pl.String,
    "location_id": pl.String,
    "quantity": pl.Int64,
    "shelf": pl.String,
    "bin": pl.Int64,
    "gtin": pl.String,
}


@dataclass(frozen=True)
class PlaceSummary:
    """What lies in one place."""

    location_id: str
    products: int
    quantity: int


def publish_snapshot(database: Database, objects: Objects) -> Publication:
    """Publish the inventory table, unless the newest snapshot already says the same.

    The manifest tells what changed since the snapshot before it, computed from the two files: a run
    that was killed after reconciling loses no change.
    """
    frame, observed_at = _read_table(database)
    data = _parquet(frame)
    previous = latest_manifest(objects, MANIFESTS)
    published = publish_object(objects, SNAPSHOTS, data, ".parquet")
    if previous and previous.content["sha256"] == published.sha256:
        return Publication(previous.number, previous.key, previous.content, is_new=False)
    before = _read_snapshot(objects, previous) if previous else frame.clear()
    content: dict[str, Json] = {
        "schema_version": 1,
        "snapshot": published.key,
        "sha256": published.sha256,
        "observed_at": observed_at.isoformat(),
        "rows": frame.height,
        "quantity": int(frame["quantity"].sum()),
        "changes": dict[str, Json](_difference(before, frame)),
    }
    manifest = append_manifest(objects, MANIFESTS, previous, content)
    return Publication(manifest.number, manifest.key, manifest.content, is_new=True)


def rebuild(database: Database, objects: Objects, *, run_id: str) -> Changes:
    """Bring the database back from the published snapshots, in one transaction.

    An empty table gets its history too: every snapshot is replayed in order, so that the change log
    says again when the source showed what. A table with rows is set to the newest snapshot. The
    changes that are returned are the last step's. Raises PublicationError for a damaged snapshot.
    """
    history = manifests(objects, MANIFESTS)
    database.create_tables(METADATA)
    changes = Changes(0, 0, 0, 0, 0)
    with database.transaction() as connection:
        is_empty = connection.execute(select(INVENTORY).limit(1)).first() is None
        for manifest in history if is_empty else history[-1:]:
            observed_at = datetime.fromisoformat(str(manifest.content["observed_at"]))
            changes = reconcile(
                connection,
                TARGET,
                _read_snapshot(objects, manifest).iter_rows(),
                stamp={"run_id": run_id, "observed_at": observed_at},
            )
            set_watermark(connection, observed_at)
    return changes


def summarise(objects: Objects, publication: Publication) -> list[PlaceSummary]:
    """Return per place how many products lie there, and how much, in the order of quantity."""
    manifest = Manifest(publication.number, publication.key, publication.content)
    places = (
        _read_snapshot(objects, manifest)
        .group_by("location_id")
        .agg(pl.len().alias("products"), pl.col("quantity").sum())
        .sort(["quantity", "location_id"], descending=[True, False])
    )
    return [PlaceSummary(*row) for row in places.iter_rows()]


def _read_table(database: Database) -> tuple[pl.DataFrame, datetime]:
    database.create_tables(METADATA)
    with database.transaction() as connection:
        rows = connection.execute(select(INVENTORY)).all()
        observed_at = read_watermark(connection)
    frame = pl.DataFrame(
        [tuple(row) for row in rows], schema=_SCHEMA, orient="row", infer_schema_length=None
    )
    return frame.sort(_KEYS), observed_at  # not sorted by the database: collations differ


def _parquet(frame: pl.DataFrame) -> bytes:
    """Return the same bytes for the same rows."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=3, row_group_size=1 << 17)
    return buffer.getvalue()


def _read_snapshot(objects: Objects, manifest: Manifest) -> pl.DataFrame:
    content = manifest.content
    data = read_object(objects, str(content["snapshot"]), str(content["sha256"]))
    return pl.read_parquet(io.BytesIO(data))


def _difference(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, int]:
    inserted = after.join(before, on=_KEYS, how="anti").height
    deleted = before.join(after, on=_KEYS, how="anti").height
    columns = list(_SCHEMA)
    same = after.join(before, on=columns, how="semi", nulls_equal=True).height
    return {"inserted": inserted, "updated": after.height - inserted - same, "deleted": deleted}
