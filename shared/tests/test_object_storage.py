"""The contract of `object_storage`, against a folder, memory and a real S3."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from shared_resources.errors import (
    MissingSecretError,
    ObjectNotFoundError,
    SettingError,
    StorageError,
)
from shared_resources.object_storage import ObjectStorage
from shared_resources.testing.servers import S3Server

KEYS = ["plain.json", "a/b/c.txt", "données/été 1%.json", "sp ace/ü+&=?.txt", "日本/…/x"]


@pytest.fixture
def memory_storage() -> ObjectStorage:
    return ObjectStorage(url="memory:")


@pytest.fixture(params=["folder", "memory", "s3"])
def storage(request: pytest.FixtureRequest) -> ObjectStorage:
    found: ObjectStorage = request.getfixturevalue(f"{request.param}_storage")
    return found


@pytest.mark.parametrize("key", KEYS)
def test_what_was_written_is_read_and_listed(storage: ObjectStorage, key: str) -> None:
    storage.write(key, b"content \x00\xff")
    assert storage.read(key) == b"content \x00\xff"
    assert [entry.key for entry in storage.list_objects()] == [key]
    assert storage.info(key).size == 10


def test_write_replaces_and_create_does_not(storage: ObjectStorage) -> None:
    assert storage.create("key", b"first")
    assert not storage.create("key", b"second")
    assert storage.read("key") == b"first"
    storage.write("key", b"third")
    assert storage.read("key") == b"third"


def test_create_is_exclusive_for_objects_larger_than_a_multipart_chunk(
    storage: ObjectStorage,
) -> None:
    large = b"x" * (6 * 1024 * 1024)
    assert storage.create("large", large)
    assert not storage.create("large", large)
    assert b"".join(storage.stream("large")) == large


def test_empty_object_is_an_object(storage: ObjectStorage) -> None:
    storage.write("empty", b"")
    assert storage.read("empty") == b""
    assert storage.exists("empty")


def test_listing_is_complete_sorted_and_bounded_by_segments(storage: ObjectStorage) -> None:
    keys = [f"many/{number:04d}" for number in range(1100)]
    for key in [*reversed(keys), "many-more/x", "other"]:
        storage.write(key, b"")
    assert [entry.key for entry in storage.list_objects("many")] == keys
    assert storage.list_objects("nothing/here") == []


def test_listing_says_when_in_utc_and_which_version(storage: ObjectStorage) -> None:
    storage.write("key", b"one")
    entry = storage.info("key")
    assert abs(entry.modified - datetime.now(UTC)) < timedelta(minutes=5)
    assert entry.etag
    assert storage.list_objects() == [entry]


def test_deleting_twice_is_no_error(storage: ObjectStorage) -> None:
    storage.write("key", b"")
    storage.delete("key")
    storage.delete("key")
    assert not storage.exists("key")


def test_probe_uses_the_store_and_leaves_nothing(storage: ObjectStorage) -> None:
    first, second = storage.probe("test-runs"), storage.probe("test-runs")
    assert first.startswith("test-runs/")
    assert first != second
    assert storage.list_objects() == []


def test_missing_object_is_named(storage: ObjectStorage) -> None:
    for call in (storage.read, storage.info, lambda key: list(storage.stream(key))):
        with pytest.raises(ObjectNotFoundError, match="no object has the key 'a/missing'"):
            call("a/missing")


@pytest.mark.parametrize("key", ["../outside", "a//b", "", "/absolute", "a/./b", "a/../../b"])
def test_key_that_leaves_the_store_is_refused(storage: ObjectStorage, key: str) -> None:
    with pytest.raises(StorageError, match="hint: keys are relative"):
        storage.write(key, b"x")
    assert storage.list_objects() == []


def test_folder_survives_a_new_process_and_starts_empty(folder_storage: ObjectStorage) -> None:
    assert folder_storage.list_objects() == []
    folder_storage.write("key", b"kept")
    assert ObjectStorage(url=folder_storage.url).read("key") == b"kept"


@pytest.mark.usefixtures("clean_environment")
def test_default_is_a_folder_below_the_working_directory() -> None:
    ObjectStorage().write("key", b"x")
    assert ObjectStorage(url="file:.local/objects").read("key") == b"x"
    assert ObjectStorage().is_embedded


@pytest.mark.parametrize("url", ["ftp://host/x", "file:", "s3:", "s3://", "folder"])
def test_address_that_names_no_store_is_a_setting_error(url: str) -> None:
    with pytest.raises(SettingError, match="hint: file:FOLDER, memory: or s3://BUCKET/PREFIX"):
        ObjectStorage(url=url).read("key")


def test_run_configuration_cannot_contradict_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OBJECT_STORAGE_URL", "s3://platform/data")
    with pytest.raises(SettingError, match="contradicts the environment variable"):
        ObjectStorage(url="s3://elsewhere/data").read("key")


def test_missing_secret_is_told_at_use_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OBJECT_STORAGE_SECRET_ACCESS_KEY", raising=False)
    monkeypatch.setenv("OBJECT_STORAGE_ACCESS_KEY_ID", "id")
    storage = ObjectStorage(url="s3://bucket/x")
    with pytest.raises(MissingSecretError, match="OBJECT_STORAGE_SECRET_ACCESS_KEY is not set"):
        storage.read("key")


def test_identity_without_the_right_is_refused_in_words_and_no_secret_is_shown(
    s3_storage: ObjectStorage, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3_storage.write("key", b"x")
    monkeypatch.setenv("OBJECT_STORAGE_ACCESS_KEY_ID", s3_server.readonly_key_id)
    monkeypatch.setenv("OBJECT_STORAGE_SECRET_ACCESS_KEY", s3_server.readonly_secret)
    reader = ObjectStorage(url=s3_storage.url, endpoint=s3_storage.endpoint)
    assert reader.read("key") == b"x"
    with pytest.raises(StorageError, match="refuses these credentials") as caught:
        reader.write("key", b"y")
    shown = f"{caught.value} {reader!r} {json.dumps(reader.model_dump(exclude={'_opened'}))}"
    assert s3_server.readonly_secret not in shown
    assert s3_server.readonly_key_id not in shown


def test_store_that_does_not_answer_fails_within_its_limits(
    s3_storage: ObjectStorage,
) -> None:
    storage = ObjectStorage(
        url=s3_storage.url, endpoint="http://127.0.0.1:9", timeout_seconds=1, retry_seconds=1
    )
    with pytest.raises(StorageError, match="check OBJECT_STORAGE_URL"):
        storage.read("key")
