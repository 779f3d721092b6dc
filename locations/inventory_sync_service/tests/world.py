"""An inventory API that a test can change, and ways to see what a run did."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from dagster import ExecuteInProcessResult
from sqlalchemy import text

from shared_resources.object_storage import ObjectStorage
from shared_resources.sql_database import SqlDatabase
from shared_resources.testing.http_server import Answer, LoopbackServer, Reply, Request

Item = dict[str, Any]
Serve = Callable[[Answer], AbstractContextManager[LoopbackServer]]
PAGE = 100


class Source:
    """An inventory API whose content a test changes; pages of 100 items."""

    def __init__(self, inventory: list[Item], products: list[str]) -> None:
        self.inventory = inventory
        self.products = products
        self.broken: dict[int, Reply] = {}

    def answer(self, request: Request) -> Reply:
        path, _, query = request.path.partition("?")
        page = int(dict(part.split("=") for part in query.split("&")).get("page", 1))
        if path == "/inventory" and page in self.broken:
            return self.broken[page]
        items = self.inventory if path == "/inventory" else self._product_items()
        start, end = (page - 1) * PAGE, page * PAGE
        body: Item = {"items": items[start:end], "total": len(items)}
        if end < len(items):
            body["next"] = f"{path}?page={page + 1}"
        return Reply(body=json.dumps(body).encode())

    def _product_items(self) -> list[Item]:
        return [{"product_id": product} for product in self.products]


def small_source() -> Source:
    inventory = [
        {"product_id": f"p{n}", "location_id": "a", "quantity": n, "shelf": "S", "bin": n}
        for n in range(1, 5)
    ]
    return Source(inventory, [f"p{n}" for n in range(1, 9)])


Run = Callable[..., ExecuteInProcessResult]
World = tuple[SqlDatabase, ObjectStorage]


def metadata(result: ExecuteInProcessResult, step: str) -> dict[str, Any]:
    for event in result.all_events:
        if event.event_type_value == "STEP_OUTPUT" and event.step_key == step:
            return {
                key: value.value
                for key, value in event.step_output_data.metadata.items()
                if key != "places"
            }
    raise AssertionError(f"{step} has no output")


def error(result: ExecuteInProcessResult) -> tuple[str, str]:
    """The op that failed, and the message of what it raised."""
    (event,) = [e for e in result.all_events if e.event_type_value == "STEP_FAILURE"]
    failure = event.step_failure_data.error
    while failure and failure.cause:
        failure = failure.cause
    return str(event.step_key), failure.message if failure else ""


def table(database: SqlDatabase, query: str, **values: object) -> list[tuple[Any, ...]]:
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def state(world: World) -> tuple[object, ...]:
    """Everything a run could have changed."""
    database, storage = world
    return (
        table(database, "SELECT * FROM inventory ORDER BY product_id, location_id"),
        table(database, "SELECT * FROM inventory_change ORDER BY change_id"),
        [(entry.key, storage.read(entry.key)) for entry in storage.list_objects()],
    )
