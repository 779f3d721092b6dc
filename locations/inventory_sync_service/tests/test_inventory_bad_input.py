"""What a source can get wrong: quarantined with its reason, or refused before anything changes."""

import json
from typing import Any

import pytest
from dagster import DagsterInstance

from inventory_sync_service.repository import defs
from shared_resources.object_storage import ObjectStorage
from shared_resources.testing.http_server import Reply

from .world import Run, Serve, Source, World, error, metadata, small_source, state

BROKEN_PAGES = {
    "500": (Reply(500), "given up after"),
    "broken-json": (Reply(body=b'{"items": [{'), "the answer is not JSON"),
    "truncated": (Reply(body=b'{"items": []}', cut_at=5), "IncompleteRead"),
    "429": (Reply(429, headers={"Retry-After": "3600"}), "no time left to try again in 3600.0 s"),
    "hangs": (Reply(hang_seconds=30), "imed out"),
    "no-items": (Reply(body=b'{"error": "try later"}'), "has no list `items`"),
    "short-page": (Reply(body=b'{"items": [], "total": 250}'), "announced were"),
    "html": (Reply(body=b"<html>", headers={"Content-Type": "text/html"}), "not JSON"),
}


@pytest.mark.parametrize("name", BROKEN_PAGES)
def test_page_that_cannot_be_read_fails_before_anything_changes(
    name: str, platform: World, run: Run, http_server: Serve
) -> None:
    source = Source(
        [{"product_id": "p", "location_id": str(n), "quantity": 1} for n in range(250)], ["p"]
    )
    limits = {"timeout_seconds": 2, "max_attempts": 2, "backoff_seconds": 0.01}
    quick = {"inventory_api": {"config": limits}}
    with http_server(source.answer) as server:
        assert run(api=server.url).success
        before = state(platform)
        source.broken[3], expected = BROKEN_PAGES[name]
        source.inventory = source.inventory[:200] + source.inventory[249:]
        with DagsterInstance.ephemeral() as instance:
            result = defs.resolve_job_def("inventory_sync_job").execute_in_process(
                instance=instance, run_config={"resources": quick}, raise_on_error=False
            )
    step, message = error(result)
    assert step == "fetch_inventory_pages"
    assert expected in message
    assert state(platform) == before


BAD_RECORDS: dict[str, tuple[Any, str]] = {
    "missing-product": ({"location_id": "a", "quantity": 1}, "product_id is missing"),
    "missing-location": ({"product_id": "p1", "quantity": 1}, "location_id is missing"),
    "empty-key": ({"product_id": " ", "location_id": "a", "quantity": 1}, "product_id is missing"),
    "negative": ({"product_id": "p5", "location_id": "a", "quantity": -1}, "quantity is negative"),
    "fraction": (
        {"product_id": "p5", "location_id": "a", "quantity": 1.5}, "quantity is not an integer"
    ),
    "word": (
        {"product_id": "p5", "location_id": "a", "quantity": "few"}, "quantity is not an integer"
    ),
    "boolean": (
        {"product_id": "p5", "location_id": "a", "quantity": True}, "quantity is not an integer"
    ),
    "none": ({"product_id": "p5", "location_id": "a", "quantity": None}, "quantity is missing"),
    "huge": (
        {"product_id": "p5", "location_id": "a", "quantity": 10**40},
        "quantity is larger than 1000000000000",
    ),
    "unknown-product": (
        {"product_id": "p99", "location_id": "a", "quantity": 1}, "unknown product 'p99'"
    ),
    "gtin": (
        {"product_id": "p5", "location_id": "a", "quantity": 1, "gtin": "4006381333932"},
        "gtin is no GTIN-8, -12, -13 or -14 with its check digit",
    ),
    "nul": (
        {"product_id": "p5\x00", "location_id": "a", "quantity": 1},
        "product_id has characters that cannot be printed",
    ),
    "half-surrogate": (
        {"product_id": "p5", "location_id": "\ud800", "quantity": 1},
        "location_id has characters that cannot be printed",
    ),
    "no-object": (["p5", "a", 1], "not an object with the fields of a record"),
    "nested": (
        {"product_id": {"x": 1}, "location_id": "a", "quantity": 1}, "product_id is not text"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_RECORDS)
@pytest.mark.usefixtures("clean_environment")
def test_bad_record_is_quarantined_with_its_reason(name: str, run: Run, http_server: Serve) -> None:
    record, reason = BAD_RECORDS[name]
    source = small_source()
    source.inventory.append(record)
    with http_server(source.answer) as server:
        result = run(api=server.url, validate_inventory_records={"max_quarantine_fraction": 0.5})
    assert result.success
    counts = metadata(result, "validate_inventory_records")
    assert [counts[n] for n in ("rows_in", "rows_out", "quarantined", "duplicates")] == [5, 4, 1, 0]
    (line,) = ObjectStorage().read(counts["quarantine"]).splitlines()
    kept = json.loads(line)
    assert kept["source"] == "inventory page 1 item 5"
    assert reason in kept["reasons"]
    assert json.loads(kept["raw"]) == record
    assert metadata(result, "reconcile_inventory")["inserted"] == 4


@pytest.mark.usefixtures("clean_environment")
def test_repeated_record_is_a_duplicate_and_a_contradicting_one_is_quarantined(
    run: Run, http_server: Serve
) -> None:
    source = small_source()
    source.inventory += [dict(source.inventory[0]), {**source.inventory[1], "quantity": 77}]
    with http_server(source.answer) as server:
        result = run(api=server.url, validate_inventory_records={"max_quarantine_fraction": 0.5})
    counts = metadata(result, "validate_inventory_records")
    assert [counts[n] for n in ("rows_in", "rows_out", "quarantined", "duplicates")] == [6, 3, 2, 1]


@pytest.mark.usefixtures("clean_environment")
def test_too_many_bad_records_stop_the_run_after_the_quarantine(
    run: Run, http_server: Serve
) -> None:
    source = small_source()
    source.inventory.append({"quantity": 1})
    with http_server(source.answer) as server:
        result = run(api=server.url)
    step, message = error(result)
    assert step == "validate_inventory_records"
    assert "1 of 5 rows are bad, more than the allowed fraction of 0.05" in message
    keys = [entry.key for entry in ObjectStorage().list_objects()]
    assert [key.rpartition("/")[0] for key in keys] == ["inventory/quarantine"]
