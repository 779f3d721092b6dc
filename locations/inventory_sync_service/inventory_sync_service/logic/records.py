"""Which records of an extract can be believed, and what is wrong with the others."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, TypeAlias

from inventory_sync_service.logic.gtin import is_valid_gtin
from shared_resources.quarantine import Balance, QuarantinedRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inventory_sync_service.logic.extract import Extract, RawItem

Key: TypeAlias = tuple[str, str]

_MAX_TEXT = 64
_DIGITS = re.compile(r"[+-]?[0-9]{1,20}")
_MAX_NUMBER = 10**12
_CONFLICT = "other records of this extract have the same key and other values"


@dataclass(frozen=True)
class InventoryRecord:
    """How much of a product lies where. The fields are in the order of the table's columns."""

    product_id: str
    location_id: str
    quantity: int
    shelf: str | None
    bin: int | None
    gtin: str | None

    @property
    def key(self) -> Key:
        """The product and the place."""
        return self.product_id, self.location_id

    def as_row(self) -> tuple[object, ...]:
        """Return the values in the order of the table's columns."""
        return astuple(self)


@dataclass(frozen=True)
class ValidatedExtract:
    """The records that are good, and what became of the others.

    `spared_keys` are keys of quarantined rows: the source does have them, so they are not deleted.
    """

    records: tuple[InventoryRecord, ...]
    quarantined: tuple[QuarantinedRow, ...]
    spared_keys: tuple[Key, ...]
    unreadable_keys: int
    balance: Balance


def validate(extract: Extract) -> ValidatedExtract:
    """Judge each record, then drop repetitions; the balance of rows is checked.

    A record that repeats another to the letter is a duplicate. Records that share a key and differ
    are all quarantined: nobody can tell which one is right.
    """
    judged: dict[Key, list[tuple[RawItem, InventoryRecord]]] = defaultdict(list)
    bad: list[QuarantinedRow] = []
    spared: set[Key] = set()
    unreadable = 0
    for item in extract.items:
        record, reasons = _judge(item.fields, extract.products)
        if record:
            judged[record.key].append((item, record))
            continue
        bad.append(QuarantinedRow(item.source, item.raw, tuple(reasons)))
        key = _key(item.fields or {})
        spared |= {key} if key else set()
        unreadable += not key
    good: list[InventoryRecord] = []
    duplicates = 0
    for key, found in sorted(judged.items()):
        if len({record for _, record in found}) == 1:
            good.append(found[0][1])
            duplicates += len(found) - 1
        else:
            bad += [QuarantinedRow(item.source, item.raw, (_CONFLICT,)) for item, _ in found]
            spared.add(key)
    balance = Balance(len(extract.items), len(good), len(bad), duplicates)
    balance.check()
    return ValidatedExtract(tuple(good), tuple(bad), tuple(sorted(spared)), unreadable, balance)


def _judge(
    fields: Mapping[str, object] | None, products: frozenset[str] | None
) -> tuple[InventoryRecord | None, list[str]]:
    """Return the record, or every reason why there is none."""
    if fields is None:
        return None, ["not an object with the fields of a record"]
    reasons: list[str] = []
    record = InventoryRecord(
        product_id=_identifier(fields, "product_id", reasons),
        location_id=_identifier(fields, "location_id", reasons),
        quantity=_number(fields, "quantity", reasons) or 0,
        shelf=_text(fields, "shelf", reasons) or None,
        bin=_number(fields, "bin", reasons) if _given(fields, "bin") else None,
        gtin=_text(fields, "gtin", reasons) or None,
    )
    if products is not None and record.product_id and record.product_id not in products:
        reasons.append(f"unknown product {record.product_id!r}")
    if record.gtin and not is_valid_gtin(record.gtin):
        reasons.append("gtin is no GTIN-8, -12, -13 or -14 with its check digit")
    return (None, reasons) if reasons else (record, [])


def _key(fields: Mapping[str, object]) -> Key | None:
    """Return the key of a bad record if that much of it can be read."""
    reasons: list[str] = []
    product = _identifier(fields, "product_id", reasons)
    location = _identifier(fields, "location_id", reasons)
    return None if reasons else (product, location)


def _identifier(fields: Mapping[str, object], name: str, reasons: list[str]) -> str:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = _text(fields, name, reasons)
    if not text and not _given(fields, name):
        reasons.append(f"{name} is missing")
    return text


def _text(fields: Mapping[str, object], name: str, reasons: list[str]) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        reasons.append(f"{name} is not text")
        return ""
    text = value.strip()
    if len(text) > _MAX_TEXT:
        reasons.append(f"{name} is longer than {_MAX_TEXT} characters")
    elif not (text.isprintable() or text == ""):
        reasons.append(f"{name} has characters that cannot be printed")
    else:
        return text
    return ""


def _number(fields: Mapping[str, object], name: str, reasons: list[str]) -> int | None:
    value = fields.get(name)
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    if not _given(fields, name):
        reasons.append(f"{name} is missing")
    elif isinstance(value, bool) or not isinstance(value, int):
        reasons.append(f"{name} is not an integer")
    elif value < 0:
        reasons.append(f"{name} is negative")
    elif value > _MAX_NUMBER:
        reasons.append(f"{name} is larger than {_MAX_NUMBER}")
    else:
        return value
    return None


def _given(fields: Mapping[str, object], name: str) -> bool:
    value = fields.get(name)
    return value is not None and not (isinstance(value, str) and not value.strip())
