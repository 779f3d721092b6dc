"""An extract: the inventory as its source showed it once, before anyone judged it.

A source is the HTTP API, a file that somebody dropped, or the sample that ships with the location.
Reading ends with everything or with an error: half a fetch is no extract.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

from shared_resources.errors import PartialFetchError, ResourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

REQUIRED = ("product_id", "location_id", "quantity")
OPTIONAL = ("shelf", "bin", "gtin")
# The sample yields to any real extract: nothing was observed earlier than this.
_SAMPLE_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class UnreadableFileError(ResourceError):
    """A dropped file cannot be parsed; the message is the parser's."""


@dataclass(frozen=True)
class RawItem:
    """One record as received: where it stood, its raw text, and its fields (None: no object)."""

    source: str
    raw: str
    fields: Mapping[str, object] | None


@dataclass(frozen=True)
class Extract:
    """What a source showed. `products` is None where the source has no list of products.

    Only a `complete` extract can say that a record is gone. `observed_at` (UTC) orders extracts:
    an older one is never applied over a newer one. `drop_id` names the dropped file, if it was one.
    """

    origin: str
    observed_at: datetime
    items: tuple[RawItem, ...]
    products: frozenset[str] | None
    complete: bool
    drop_id: str = ""


class Page(Protocol):
    """One page of a collection, as `http_api` yields it."""

    @property
    def url(self) -> str: ...
    def json(self) -> Any: ...  # noqa: ANN401 - JSON


class Collections(Protocol):
    """An API with two paginated collections; `InventoryApi` is one."""

    def inventory_pages(self) -> Iterator[Page]: ...
    def product_pages(self) -> Iterator[Page]: ...


def read_api(api: Collections, now: datetime, limit: int = 0) -> Extract:
    """Read both collections whole, or the first `limit` records of the inventory.

    Raises PartialFetchError if a page is missing or misshapen, or if the number of items is not the
    `total` that the pages announce.
    """
    found: list[RawItem] = []
    for name, item in _collected(api.inventory_pages(), "inventory", limit):
        found.append(RawItem(name, _json_text(item), item if isinstance(item, dict) else None))
    listed = _collected(api.product_pages(), "products")
    products = frozenset(
        str(item["product_id"])
        for _, item in listed
        if isinstance(item, dict) and item.get("product_id") is not None
    )
    return Extract("api", now, tuple(found), products, complete=not limit)


def read_file(key: str, data: bytes, modified: datetime, drop_id: str) -> Extract:
    """Parse a dropped CSV or JSON file. Raises UnreadableFileError with the parser's message."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{key}: not UTF-8 at byte {error.start}"
        raise UnreadableFileError(message, hint="export the file as UTF-8") from None
    if key.endswith(".csv"):
        items = tuple(_csv_items(key, text))
    elif key.endswith(".json"):
        items = tuple(_json_items(key, text))
    else:
        message = f"{key}: neither .csv nor .json"
        raise UnreadableFileError(message)
    return Extract(key, modified, items, products=None, complete=True, drop_id=drop_id)


def first(extract: Extract, limit: int) -> Extract:
    """Return the first `limit` items as an incomplete extract; 0: the extract as it is."""
    return replace(extract, items=extract.items[:limit], complete=False) if limit else extract


def read_sample() -> Extract:
    """Return the small inventory that the location ships, written for this project."""
    text = resources.files("inventory_sync_service").joinpath("sample/inventory.json").read_text()
    content = json.loads(text)
    items = (
        RawItem(f"sample item {number}", _json_text(item), item)
        for number, item in enumerate(content["items"], 1)
    )
    products = frozenset(content["products"])
    return Extract("sample", _SAMPLE_TIME, tuple(items), products, complete=True)


def _collected(pages: Iterator[Page], name: str, limit: int = 0) -> Iterator[tuple[str, object]]:
    """Yield every item with its place; the announced totals must agree with what came."""
    totals: set[object] = set()
    count = 0
    for number, page in enumerate(pages, 1):
        body = page.json()
        items = body.get("items") if isinstance(body, dict) else None
        if not isinstance(items, list):
            message = f"{page.url}: page {number} of {name} has no list `items`"
            raise PartialFetchError(message, hint="the page is cut off, or the API has changed")
        totals.add(body.get("total"))
        for position, item in enumerate(items, 1):
            yield f"{name} page {number} item {position}", item
            count += 1
            if count == limit:
                return
    if totals not in ({None}, {count}):
        message = f"{name}: {count} items came, announced were {sorted(map(str, totals))}"
        raise PartialFetchError(message, hint="a page is missing, or the source changed meanwhile")


def _csv_items(key: str, text: str) -> Iterator[RawItem]:
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(iter(lines), strict=True)
    header: list[str] | None = None
    while True:
        start = reader.line_num
        try:
            values = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            message = f"{key}:{reader.line_num}: {error}"
            raise UnreadableFileError(message) from None
        if header is None:
            header = _checked_header(key, values)
        elif values:
            raw = "".join(lines[start : reader.line_num]).rstrip("\r\n")
            fields = dict(zip(header, values, strict=True)) if len(values) == len(header) else None
            yield RawItem(f"{key}:{start + 1}", raw, fields)
    if header is None:
        message = f"{key}: the file is empty"
        raise UnreadableFileError(message, hint="an extract without rows still has its header")


def _checked_header(key: str, names: list[str]) -> list[str]:
    unknown = sorted(set(names) - {*REQUIRED, *OPTIONAL})
    missing = [name for name in REQUIRED if name not in names]
    if unknown or missing or len(set(names)) != len(names):
        message = f"{key}:1: wrong header {','.join(names)!r}: missing {missing}, unknown {unknown}"
        raise UnreadableFileError(message, hint=f"the columns are {', '.join(REQUIRED + OPTIONAL)}")
    return names


def _json_items(key: str, text: str) -> Iterator[RawItem]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"{key}:{error.lineno}: {error.msg}"
        raise UnreadableFileError(message) from None
    except (ValueError, RecursionError) as error:
        message = f"{key}: {error}"
        raise UnreadableFileError(message) from None
    items = content.get("items") if isinstance(content, dict) else content
    if not isinstance(items, list):
        message = f"{key}: neither a list nor an object with a list `items`"
        raise UnreadableFileError(message)
    announced = content.get("total", len(items)) if isinstance(content, dict) else len(items)
    if announced != len(items):
        message = f"{key}: {len(items)} items, announced were {announced}"
        raise UnreadableFileError(message, hint="the file is cut off")
    for number, item in enumerate(items, 1):
        fields = item if isinstance(item, dict) else None
        yield RawItem(f"{key} item {number}", _json_text(item), fields)


def _json_text(item: object) -> str:
    return json.dumps(item, ensure_ascii=False, sort_keys=True)
