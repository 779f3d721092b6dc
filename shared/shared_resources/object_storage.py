"""Object storage: a local folder by default, any S3 in production (obstore)."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster import ConfigurableResource
from pydantic import Field, PrivateAttr

from shared_resources.errors import ObjectNotFoundError, SettingError, StorageError
from shared_resources.settings import secret, setting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import ClientConfig, ObjectStore, RetryConfig, S3Config


@dataclass(frozen=True)
class ObjectInfo:
    """What a listing says of one object: `size` in bytes, `modified` in UTC, `etag` as served."""

    key: str
    size: int
    modified: datetime
    etag: str


class ObjectStorage(ConfigurableResource[None]):
    """Objects by key, in a folder, in memory or in an S3 bucket.

    Keys are `/`-separated, relative, without empty, `.` or `..` segments. A write is atomic: a
    reader sees the whole object or none.
    """

    url: str = Field(
        default="",
        description="`file:FOLDER`, `memory:` or `s3://BUCKET/PREFIX`. Empty: the environment "
        "variable OBJECT_STORAGE_URL, else the folder .local/objects.",
    )
    endpoint: str = Field(
        default="",
        description="Address of an S3 that is not AWS. Empty: OBJECT_STORAGE_ENDPOINT, else AWS.",
    )
    region: str = Field(default="", description="Empty: OBJECT_STORAGE_REGION, else us-east-1.")
    access_key_id_variable: str = Field(
        default="OBJECT_STORAGE_ACCESS_KEY_ID",
        description="Environment variable that holds the key id. Empty: credentials of the machine "
        "or pod.",
    )
    secret_access_key_variable: str = Field(
        default="OBJECT_STORAGE_SECRET_ACCESS_KEY",
        description="Environment variable that holds the secret key.",
    )
    timeout_seconds: float = Field(default=30.0, gt=0, description="Limit of one request.")
    retry_seconds: float = Field(
        default=60.0, ge=0, description="Limit of all retries of one call together."
    )

    _opened: Any = PrivateAttr(default=None)

    def read(self, key: str) -> bytes:
        """Return the object's bytes. Raises ObjectNotFoundError, StorageError."""
        import obstore

        with self._errors("read", key):
            return obstore.get(self._store(), key).bytes().to_bytes()

    def stream(self, key: str, *, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
        """Yield the object in chunks, for what is larger than memory."""
        import obstore

        with self._errors("read", key):
            for chunk in obstore.get(self._store(), key).stream(min_chunk_size=chunk_bytes):
                yield bytes(chunk)

    def write(self, key: str, data: bytes) -> None:
        """Write the object, over what was there."""
        import obstore

        with self._errors("write", key):
            obstore.put(self._store(), _checked(key), data)

    def create(self, key: str, data: bytes) -> bool:
        """Write the object only if the key is free; return whether it was.

        After a retry the answer can be False although this call wrote the object (the store kept
        it and the answer was lost), so compare the content where that matters.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._errors("create", key):
            try:
                # A multipart upload of S3 has no create-only mode.
                obstore.put(self._store(), _checked(key), data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            return True

    def info(self, key: str) -> ObjectInfo:
        """Return size, time and ETag of one object. Raises ObjectNotFoundError."""
        import obstore

        with self._errors("look up", key):
            return _info(dict(obstore.head(self._store(), key)))

    def exists(self, key: str) -> bool:
        """Say whether an object has this key."""
        try:
            self.info(key)
        except ObjectNotFoundError:
            return False
        return True

    def list_objects(self, prefix: str = "") -> list[ObjectInfo]:
        """Return every object below `prefix` (whole segments), all pages, sorted by key."""
        import obstore

        with self._errors("list", prefix):
            batches = obstore.list(self._store(), prefix or None)
            found = [_info(dict(entry)) for batch in batches for entry in batch]
        return sorted(found, key=lambda entry: entry.key)

    def delete(self, key: str) -> None:
        """Delete the object; one that is not there is no error."""
        import obstore

        with self._errors("delete", key):
            try:
                obstore.delete(self._store(), key)
            except FileNotFoundError:
                return

    def probe(self, prefix: str) -> str:
        """Write, read, list and delete an object below `prefix`; return its key, free again.

        Raises StorageError where the store does not give back what it took.
        """
        key = f"{prefix}/{secrets.token_hex(8)}"
        data = key.encode()
        try:
            self.create(key, data)
            listed = [entry.key for entry in self.list_objects(prefix)]
            intact = self.read(key) == data and key in listed
        finally:
            self.delete(key)
        if not intact:
            message = f"{key} was not read or listed as it was written"
            raise StorageError(message, hint="check the object storage of this deployment")
        return key

    @property
    def is_embedded(self) -> bool:
        """Whether this is the local default and not a store that others share."""
        return not self._location().startswith("s3:")

    def _location(self) -> str:
        return setting(self.url, "OBJECT_STORAGE_URL", "file:.local/objects")

    def _store(self) -> ObjectStore:
        if self._opened is None:
            self._opened = self._open()
        store: ObjectStore = self._opened
        return store

    def _open(self) -> ObjectStore:
        from obstore.store import LocalStore, MemoryStore, S3Store

        location = self._location()
        scheme, _, rest = location.partition(":")
        match scheme:
            case "file" if rest:
                return LocalStore(Path(rest).resolve(), mkdir=True)
            case "memory":
                return MemoryStore()
            case "s3" if rest.startswith("//") and len(rest) > len("//"):
                return S3Store.from_url(
                    location,
                    config=self._s3_config(),
                    client_options=self._client_options(),
                    retry_config=self._retries(),
                )
        message = f"object storage cannot be opened: {location!r} names no store"
        raise SettingError(message, hint="file:FOLDER, memory: or s3://BUCKET/PREFIX")

    def _s3_config(self) -> S3Config:
        config: S3Config = {"region": setting(self.region, "OBJECT_STORAGE_REGION", "us-east-1")}
        endpoint = self._endpoint()
        if endpoint:
            config["endpoint"] = endpoint
            config["virtual_hosted_style_request"] = False
        if self.access_key_id_variable:
            config["access_key_id"] = secret(self.access_key_id_variable, "S3 access key id")
            config["secret_access_key"] = secret(
                self.secret_access_key_variable, "S3 secret access key"
            )
        return config

    def _client_options(self) -> ClientConfig:
        return {
            "timeout": timedelta(seconds=self.timeout_seconds),
            "connect_timeout": timedelta(seconds=min(10.0, self.timeout_seconds)),
            "allow_http": self._endpoint().startswith("http://"),
        }

    def _retries(self) -> RetryConfig:
        return {"max_retries": 8, "retry_timeout": timedelta(seconds=self.retry_seconds)}

    def _endpoint(self) -> str:
        return setting(self.endpoint, "OBJECT_STORAGE_ENDPOINT")

    @contextmanager
    def _errors(self, verb: str, key: str) -> Iterator[None]:
        """Turn the library's errors into ours; its own text ends with a dump nobody can read."""
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError:
            message = f"no object has the key {key!r}"
            raise ObjectNotFoundError(message) from None
        except (BaseError, ValueError) as error:
            reason = str(error).partition("\n")[0].strip()
            message = f"object storage: could not {verb} {key!r}: {reason}"
            raise StorageError(message, hint=_hint(error)) from None


def _hint(error: Exception) -> str:
    from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return "the store refuses these credentials for this key: check the identity's permissions"
    if isinstance(error, ValueError):
        return "keys are relative, without empty, '.' or '..' segments"
    return "check OBJECT_STORAGE_URL and OBJECT_STORAGE_ENDPOINT, and that the store answers"


def _checked(key: str) -> str:
    """Return the key; an empty one would be read as the folder itself."""
    if not key or key.startswith("/"):
        message = "a key is relative and not empty"
        raise ValueError(message)
    return key


def _info(entry: dict[str, Any]) -> ObjectInfo:
    return ObjectInfo(
        key=str(entry["path"]),
        size=int(entry["size"]),
        modified=entry["last_modified"],
        etag=str(entry["e_tag"] or ""),
    )
