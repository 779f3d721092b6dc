"""Dropped files: each is seen, each is handled once, and the newest one wins."""

import os
from collections.abc import Iterator

import pytest
from dagster import DagsterInstance, RunRequest, SensorResult, build_sensor_context

from inventory_sync_service.jobs.triggers import dropped_inventory_files
from inventory_sync_service.repository import defs
from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase

from .world import Run, World, error, metadata, state, table

HEADER = "product_id,location_id,quantity,shelf,bin,gtin\n"
FILE = "inventory/incoming/depot/today.csv"


def drop(storage: ObjectStorage, text: str | bytes, key: str = FILE) -> None:
    storage.write(key, text if isinstance(text, bytes) else text.encode())


def requests(storage: ObjectStorage) -> list[RunRequest]:
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(instance, resources={"object_storage": storage})
        result = dropped_inventory_files(context)
        assert isinstance(result, Iterator) and not isinstance(result, SensorResult)  # noqa: PT018
        return [found for found in result if isinstance(found, RunRequest)]


def keys(found: list[RunRequest]) -> list[str]:
    return [r.run_config["ops"]["fetch_inventory_pages"]["config"]["object_key"] for r in found]


def handle(run: Run, request: RunRequest, **ops: dict[str, object]) -> None:
    config = request.run_config["ops"]["fetch_inventory_pages"]["config"]
    assert run(fetch_inventory_pages=config, **ops).success


def test_dropped_file_is_requested_until_it_has_its_receipt(platform: World, run: Run) -> None:
    database, storage = platform
    assert requests(storage) == []
    drop(storage, HEADER + "p1,a,5,,,\np2,a,6,S,3,4006381333931\n")
    (first,) = requests(storage)
    assert (first.run_key, keys([first])) == (requests(storage)[0].run_key, [FILE])
    handle(run, first)
    assert requests(storage) == []
    assert table(database, "SELECT * FROM inventory ORDER BY product_id") == [
        ("p1", "a", 5, None, None, None),
        ("p2", "a", 6, "S", 3, "4006381333931"),
    ]
    before = state(platform)
    handle(run, first)
    assert state(platform) == before


@pytest.mark.usefixtures("clean_environment")
def test_file_uploaded_again_with_old_content_is_seen(run: Run) -> None:
    storage, database = ObjectStorage(), SqlDatabase()
    path = f".local/objects/{FILE}"
    for second, quantity in enumerate([5, 6, 5], 1):
        drop(storage, f"{HEADER}p1,a,{quantity},,,\n")
        os.utime(path, (second, second))
        (request,) = requests(storage)
        handle(run, request)
        assert table(database, "SELECT quantity FROM inventory") == [(quantity,)]
    assert requests(storage) == []
    manifests = storage.list_objects("inventory/manifests")
    assert len(manifests) == 3
    assert len(storage.list_objects("inventory/snapshots")) == 2  # the third is the first again


@pytest.mark.usefixtures("clean_environment")
def test_older_extract_is_not_applied_over_a_newer_one(run: Run) -> None:
    storage, database = ObjectStorage(), SqlDatabase()
    for second, name in ((1, "old"), (2, "new")):
        drop(storage, f"{HEADER}p1,a,{second},,,\n", f"inventory/incoming/{name}.csv")
        os.utime(f".local/objects/inventory/incoming/{name}.csv", (second, second))
    older, newer = requests(storage)
    assert keys([older, newer]) == ["inventory/incoming/old.csv", "inventory/incoming/new.csv"]
    handle(run, newer)
    late = run(fetch_inventory_pages={"object_key": "inventory/incoming/old.csv"})
    assert metadata(late, "reconcile_inventory")["superseded"] is True
    assert table(database, "SELECT quantity FROM inventory") == [(2,)]
    assert requests(storage) == []


@pytest.mark.usefixtures("clean_environment")
def test_slice_of_a_newer_file_does_not_outdate_an_older_whole_one(run: Run) -> None:
    storage, database = ObjectStorage(), SqlDatabase()
    for second, name in ((1, "whole"), (2, "newer")):
        drop(storage, f"{HEADER}p1,a,{second},,,\np2,a,2,,,\n", f"inventory/incoming/{name}.csv")
        os.utime(f".local/objects/inventory/incoming/{name}.csv", (second, second))
    sliced = {"object_key": "inventory/incoming/newer.csv", "max_records": 1}
    assert run(fetch_inventory_pages=sliced).success
    whole = run(fetch_inventory_pages={"object_key": "inventory/incoming/whole.csv"})
    assert metadata(whole, "reconcile_inventory")["superseded"] is False
    assert table(database, "SELECT count(*) FROM inventory") == [(2,)]


def test_every_one_of_many_files_is_requested_once(storage: ObjectStorage) -> None:
    names = [f"inventory/incoming/{number:04d}.csv" for number in range(1100)]
    for name in names:
        drop(storage, HEADER, name)
    found = requests(storage)
    assert sorted(keys(found)) == names
    assert len({request.run_key for request in found}) == len(names)


def test_json_file_is_read_like_a_page(platform: World, run: Run) -> None:
    database, storage = platform
    content = '{"items": [{"product_id": 7, "location_id": "é", "quantity": "12"}], "total": 1}'
    drop(storage, content, "inventory/incoming/été.json")
    handle(run, *requests(storage))
    assert table(database, "SELECT product_id, location_id, quantity FROM inventory") == [
        ("7", "é", 12)
    ]


UNREADABLE = {
    "not-utf8": (FILE, HEADER.encode() + b"p\xff1,a,1,,,\n", "today.csv: not UTF-8 at byte 48"),
    "wrong-header": (FILE, b"sku,place,count\n", "today.csv:1: wrong header 'sku,place,count'"),
    "missing-column": (FILE, b"product_id,quantity\n", "missing ['location_id'], unknown []"),
    "column-twice": (FILE, (HEADER[:-1] + ",quantity\n").encode(), "wrong header"),
    "empty": (FILE, b"", "today.csv: the file is empty"),
    "open-quote": (FILE, (HEADER + 'p1,a,"1\n').encode(), "today.csv:2: unexpected end of data"),
    "broken-json": ("inventory/incoming/x.json", b'[{"a":\n,}]', "x.json:2: Expecting value"),
    "cut-off-json": (
        "inventory/incoming/x.json", b'{"items": [], "total": 3}', "0 items, announced were 3"
    ),
    "no-list": ("inventory/incoming/x.json", b'"text"', "neither a list nor an object"),
    "deep": ("inventory/incoming/x.json", b"[" * 200_000, "x.json: "),
    "other": ("inventory/incoming/x.xlsx", b"PK", "x.xlsx: neither .csv nor .json"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_file_that_does_not_parse_is_quarantined_whole(
    name: str, platform: World, run: Run
) -> None:
    key, data, reason = UNREADABLE[name]
    database, storage = platform
    drop(storage, f"{HEADER}p1,a,1,,,\n", "inventory/incoming/good.csv")
    handle(run, *requests(storage))
    before = table(database, "SELECT * FROM inventory"), storage.list_objects("inventory/snapshots")
    drop(storage, data, key)
    (request,) = requests(storage)
    step, message = error(run(fetch_inventory_pages={"object_key": keys([request])[0]}))
    assert step == "fetch_inventory_pages"
    assert reason in message
    assert requests(storage) == [], "a file in quarantine is handled"
    after = table(database, "SELECT * FROM inventory"), storage.list_objects("inventory/snapshots")
    assert after == before
    (kept,) = storage.list_objects("inventory/quarantine/files")
    assert storage.read(kept.key) == data


def test_ragged_line_is_quarantined_as_it_was(platform: World, run: Run) -> None:
    _, storage = platform
    rows = [f"p{number},a,1,,,\n" for number in range(50)]
    drop(storage, HEADER + '"p\nx",a\n' + "".join(rows))
    handle(run, *requests(storage))
    (entry,) = storage.list_objects("inventory/quarantine")
    assert b'"raw": "\\"p\\nx\\",a"' in storage.read(entry.key)
    assert f'"source": "{FILE}:2"'.encode() in storage.read(entry.key)


@pytest.mark.usefixtures("clean_environment")
def test_sensor_and_schedule_are_off_until_somebody_wants_them() -> None:
    repository = defs.get_repository_def()
    sensors = {s.name: s.default_status.value for s in repository.sensor_defs}
    schedules = {
        s.name: (s.default_status.value, s.cron_schedule) for s in repository.schedule_defs
    }
    assert sensors == {"dropped_inventory_files": "STOPPED"}
    assert schedules == {"hourly_inventory_sync": ("STOPPED", "0 * * * *")}
