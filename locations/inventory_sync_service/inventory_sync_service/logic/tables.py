"""The tables of the inventory database."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

from shared_resources.reconcile import Target

METADATA = MetaData()

INVENTORY = Table(
    "inventory",
    METADATA,
    Column("product_id", String, primary_key=True),
    Column("location_id", String, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Column("shelf", String),
    Column("bin", BigInteger),
    Column("gtin", String),
)

# Append-only: what changed, by which run, and when the source showed it.
INVENTORY_CHANGE = Table(
    "inventory_change",
    METADATA,
    # SQLite numbers rows by itself only where the type is INTEGER.
    Column("change_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("run_id", String, nullable=False),
    Column("observed_at", DateTime(timezone=True), nullable=False),
    Column("action", String(6), nullable=False),
    Column("product_id", String, nullable=False),
    Column("location_id", String, nullable=False),
    Column("quantity_before", BigInteger),
    Column("quantity_after", BigInteger),
    Index("inventory_change_key", "product_id", "location_id"),
)

# One row: when the newest extract was observed that was reconciled.
INVENTORY_WATERMARK = Table(
    "inventory_watermark",
    METADATA,
    Column("observed_at", DateTime(timezone=True), primary_key=True),
)

TARGET = Target(INVENTORY, INVENTORY_CHANGE, tracked=("quantity",))
