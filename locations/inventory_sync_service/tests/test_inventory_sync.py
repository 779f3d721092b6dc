"""`inventory_sync_job` end to end: a real API, real databases, real object storage."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from .world import Run, Serve, Source, World, error, metadata, small_source, state, table


def test_adventureworks_is_synced_whole_then_again_then_changed(
    adventureworks: Source, reference_data: Path, platform: World, run: Run, http_server: Serve
) -> None:
    known = json.loads((reference_data / "expected.json").read_text())["adventureworks"]
    database, storage = platform
    with http_server(adventureworks.answer) as server:
        first = run(api=server.url)
        assert first.success
        assert metadata(first, "validate_inventory_records") == {
            "rows_in": known["inventory_rows"],
            "rows_out": known["inventory_rows"],
            "quarantined": known["orphans"],
            "duplicates": known["duplicate_product_location"],
            "quarantine": "nothing",
            "keys_spared_from_deletion": 0,
        }
        sums = "SELECT count(*), sum(quantity), count(DISTINCT product_id) FROM inventory"
        assert table(database, sums) == [
            (
                known["inventory_rows"],
                known["sum_quantity"],
                known["products_with_stock_rows"],
            )
        ]
        zero = "SELECT count(*) FROM inventory WHERE quantity = 0"
        assert table(database, zero) == [(known["zero_quantity_rows"],)]
        published = metadata(first, "publish_inventory_snapshot")
        assert (published["rows"], published["quantity"]) == (1069, 335_974)
        assert metadata(first, "notify_inventory_changes")["subject"] == (
            "Inventory: 1069 inserted, 0 updated, 0 deleted"
        )

        before = state(platform)
        second = run(api=server.url)
        assert metadata(second, "reconcile_inventory") == {
            "inserted": 0, "updated": 0, "deleted": 0, "unchanged": 1069, "kept": 0,
            "superseded": False, "deletes_withheld": False,
        }  # fmt: skip
        assert metadata(second, "notify_inventory_changes")["notification"] == "already notified"
        assert state(platform) == before

        gone, changed = adventureworks.inventory[:2], adventureworks.inventory[2]
        adventureworks.inventory = [
            *adventureworks.inventory[3:],
            {**changed, "quantity": 7},
            {"product_id": "1", "location_id": "new", "quantity": 5, "shelf": None, "bin": None},
        ]
        third = run(api=server.url)
    assert third.success
    changes = table(
        database,
        "SELECT action, product_id, location_id, quantity_before, quantity_after "
        "FROM inventory_change WHERE run_id = :run ORDER BY action, location_id",
        run=third.run_id,
    )
    assert changes == [
        ("delete", "1", "1", 408, None),
        ("delete", "1", "6", 324, None),
        ("insert", "1", "new", None, 5),
        ("update", "1", "50", 353, 7),
    ]
    assert [item["quantity"] for item in (*gone, changed)] == [408, 324, 353]
    assert table(database, sums) == [(1068, 335_974 - 408 - 324 - 353 + 7 + 5, 432)]
    assert metadata(third, "publish_inventory_snapshot")["changes"] == {
        "inserted": 1, "updated": 1, "deleted": 2,
    }  # fmt: skip
    keys = [entry.key for entry in storage.list_objects("inventory/manifests")]
    assert keys == ["inventory/manifests/00000001.json", "inventory/manifests/00000002.json"]


def test_database_comes_back_from_the_snapshots_with_its_history(
    platform: World, run: Run, http_server: Serve
) -> None:
    database, _ = platform
    source = small_source()
    with http_server(source.answer) as server:
        run(api=server.url)
        source.inventory[0]["quantity"] = 99
        del source.inventory[1]
        run(api=server.url, reconcile_inventory={"max_delete_fraction": 0.5})
    history = (
        "SELECT observed_at, action, product_id, location_id, quantity_before, quantity_after "
        "FROM inventory_change ORDER BY change_id"
    )
    inventory = "SELECT * FROM inventory ORDER BY product_id, location_id"
    before = table(database, inventory), table(database, history)
    with database.transaction() as connection:
        for name in ("inventory", "inventory_change", "inventory_watermark"):
            connection.execute(text(f"DROP TABLE {name}"))
    assert run("inventory_rebuild_job").success
    assert (table(database, inventory), table(database, history)) == before
    again = run("inventory_rebuild_job")
    assert metadata(again, "rebuild_inventory")["unchanged"] == 3
    assert (table(database, inventory), table(database, history)) == before


def test_quarantined_row_is_never_taken_as_a_deletion(
    platform: World, run: Run, http_server: Serve
) -> None:
    database, _ = platform
    tolerant = {"validate_inventory_records": {"max_quarantine_fraction": 0.5}}
    keys = "SELECT product_id FROM inventory ORDER BY product_id"
    source = small_source()
    with http_server(source.answer) as server:
        run(api=server.url)
        source.inventory[0]["quantity"] = -5  # its key can be read: only that row is spared
        del source.inventory[1]
        spared = run(api=server.url, reconcile_inventory={"max_delete_fraction": 0.5}, **tolerant)
        assert metadata(spared, "reconcile_inventory")["kept"] == 1
        assert table(database, keys) == [("p1",), ("p3",), ("p4",)]
        source.inventory[0] = {"quantity": 1}  # no key: it could be any row
        withheld = run(api=server.url, **tolerant)
        assert metadata(withheld, "reconcile_inventory")["deletes_withheld"] is True
        assert table(database, keys) == [("p1",), ("p3",), ("p4",)]


def test_mass_delete_is_stopped(platform: World, run: Run, http_server: Serve) -> None:
    source = small_source()
    with http_server(source.answer) as server:
        run(api=server.url)
        before = state(platform)
        source.inventory = source.inventory[:3]
        step, message = error(run(api=server.url))
        assert step == "reconcile_inventory"
        assert "1 of 4 rows of inventory would be deleted" in message
        assert state(platform) == before
        allowed = run(api=server.url, reconcile_inventory={"max_delete_fraction": 0.25})
        assert metadata(allowed, "reconcile_inventory")["deleted"] == 1


@pytest.mark.usefixtures("clean_environment")
def test_empty_source_is_an_empty_inventory_and_never_empties_a_full_one(
    run: Run, http_server: Serve
) -> None:
    source = Source([], [])
    with http_server(source.answer) as server:
        assert metadata(run(api=server.url), "publish_inventory_snapshot")["rows"] == 0
        source.inventory, source.products = small_source().inventory, small_source().products
        assert metadata(run(api=server.url), "publish_inventory_snapshot")["rows"] == 4
        source.inventory = []
        assert error(run(api=server.url))[0] == "reconcile_inventory"


def test_limited_slice_deletes_nothing(platform: World, run: Run, http_server: Serve) -> None:
    database, _ = platform
    source = small_source()
    with http_server(source.answer) as server:
        run(api=server.url)
        sliced = run(api=server.url, fetch_inventory_pages={"max_records": 2})
    assert metadata(sliced, "fetch_inventory_pages")["complete"] is False
    assert table(database, "SELECT count(*) FROM inventory") == [(4,)]
