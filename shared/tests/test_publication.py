"""Content-addressed objects, manifests, quarantine and balance, on a folder and on a real S3."""

import json

import pytest

from shared_resources.errors import PublicationError, QuarantineError
from shared_resources.object_storage import ObjectStorage
from shared_resources.publication import (
    append_manifest,
    latest_manifest,
    manifests,
    publish_object,
    read_object,
)
from shared_resources.quarantine import (
    Balance,
    QuarantinedRow,
    check_fraction,
    quarantine_file,
    write_quarantine,
)


def keys(storage: ObjectStorage) -> list[str]:
    return [entry.key for entry in storage.list_objects()]


def test_object_is_written_once_under_its_hash(storage: ObjectStorage) -> None:
    first = publish_object(storage, "x", b"hello", ".txt")
    again = publish_object(storage, "x", b"hello", ".txt")
    assert first.key == f"x/{first.sha256}.txt"
    assert (first.written, again.written) == (True, False)
    assert keys(storage) == [first.key]
    assert read_object(storage, first.key, first.sha256) == b"hello"


def test_damaged_object_is_seen(storage: ObjectStorage) -> None:
    published = publish_object(storage, "x", b"hello", "")
    storage.write(published.key, b"hell0")
    with pytest.raises(PublicationError, match="is damaged"):
        read_object(storage, published.key, published.sha256)


def test_manifests_are_numbered_and_the_last_is_the_state(storage: ObjectStorage) -> None:
    assert latest_manifest(storage, "m") is None
    first = append_manifest(storage, "m", None, {"b": 1, "a": "é"})
    second = append_manifest(storage, "m", first, {"a": 2})
    assert [first.key, second.key] == ["m/00000001.json", "m/00000002.json"]
    assert latest_manifest(storage, "m") == second
    assert manifests(storage, "m") == [first, second]
    assert storage.read(first.key).decode() == '{\n "a": "é",\n "b": 1\n}\n'


def test_of_two_that_publish_at_once_one_loses_and_is_told(storage: ObjectStorage) -> None:
    won = append_manifest(storage, "m", None, {"a": 1})
    assert append_manifest(storage, "m", None, {"a": 1}) == won
    with pytest.raises(PublicationError, match="published by another run in the meantime"):
        append_manifest(storage, "m", None, {"a": 2})
    assert latest_manifest(storage, "m") == won


@pytest.mark.parametrize(("key", "data"), [("m/00000001.json", b"{"), ("m/x.json", b"{}")])
def test_what_is_no_manifest_is_named(folder_storage: ObjectStorage, key: str, data: bytes) -> None:
    folder_storage.write(key, data)
    with pytest.raises(PublicationError, match=f"{key} is no manifest"):
        latest_manifest(folder_storage, "m")


def test_quarantine_keeps_row_source_hash_and_reasons(storage: ObjectStorage) -> None:
    rows = [QuarantinedRow("f.csv line 3", "a,,é\ud800", ("no quantity", "no key"))]
    key = write_quarantine(storage, "q", rows)
    assert write_quarantine(storage, "q", rows) == key
    assert write_quarantine(storage, "q", []) == ""
    assert keys(storage) == [key]
    line = json.loads(storage.read(key))
    assert line == {
        "source": "f.csv line 3",
        "sha256": rows[0].sha256,
        "reasons": ["no quantity", "no key"],
        "raw": "a,,é\ud800",
    }


def test_file_that_does_not_parse_is_kept_byte_for_byte(storage: ObjectStorage) -> None:
    key = quarantine_file(storage, "q", "incoming/f.csv", b"\xff\x00", "not UTF-8 at byte 0")
    line = json.loads(storage.read(key))
    assert storage.read(line["raw"]) == b"\xff\x00"
    assert (line["source"], line["reasons"]) == ("incoming/f.csv", ["not UTF-8 at byte 0"])


def test_balance_notices_a_lost_row() -> None:
    Balance(10, 7, 2, 1).check()
    with pytest.raises(ArithmeticError, match="rows were lost or invented"):
        Balance(10, 7, 2, 0).check()


def test_too_much_bad_input_is_an_error_and_the_limit_itself_is_not() -> None:
    check_fraction(Balance(100, 95, 5, 0), 0.05, "q/x")
    check_fraction(Balance(0, 0, 0, 0), 0.0, "q/x")
    with pytest.raises(QuarantineError, match="6 of 100 rows are bad.* they are in q/x"):
        check_fraction(Balance(100, 94, 6, 0), 0.05, "q/x")
