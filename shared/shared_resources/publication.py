"""Publishing what is never edited: content-addressed objects, then a numbered manifest.

An object's key holds the SHA-256 of its bytes, so writing it twice writes it once. A manifest is
created under the next free number and never changed: the highest number is the present state, the
others are the history, and of two runs that publish at once one sees that it lost.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from shared_resources.errors import PublicationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class Listed(Protocol):
    """What publishing needs to know of a listed object."""

    @property
    def key(self) -> str: ...
    @property
    def modified(self) -> datetime: ...


class Objects(Protocol):
    """The part of object storage that publishing needs; `ObjectStorage` has it."""

    def read(self, key: str) -> bytes: ...
    def create(self, key: str, data: bytes) -> bool: ...
    def list_objects(self, prefix: str = "") -> Sequence[Listed]: ...


@dataclass(frozen=True)
class PublishedObject:
    """A content-addressed object, and whether this call was the one that wrote it."""

    key: str
    sha256: str
    size: int
    written: bool


@dataclass(frozen=True)
class Manifest:
    """One manifest: its number (from 1), its key and its content."""

    number: int
    key: str
    content: Mapping[str, Json]


def publish_object(objects: Objects, prefix: str, data: bytes, suffix: str) -> PublishedObject:
    """Write `data` under `prefix/<sha256><suffix>` unless it is there already."""
    sha256 = hashlib.sha256(data).hexdigest()
    key = f"{prefix}/{sha256}{suffix}"
    return PublishedObject(key, sha256, len(data), written=objects.create(key, data))


def read_object(objects: Objects, key: str, sha256: str) -> bytes:
    """Return a published object. Raises PublicationError if it is not what its hash says."""
    data = objects.read(key)
    if hashlib.sha256(data).hexdigest() != sha256:
        message = f"{key} is damaged: its content does not have the hash in its manifest"
        raise PublicationError(message, hint="restore the object from a backup")
    return data


def manifests(objects: Objects, prefix: str) -> list[Manifest]:
    """Return all manifests, oldest first."""
    return [_read(objects, key) for key in _keys(objects, prefix)]


def latest_manifest(objects: Objects, prefix: str) -> Manifest | None:
    """Return the manifest with the highest number, None where nothing was published."""
    keys = _keys(objects, prefix)
    return _read(objects, keys[-1]) if keys else None


def append_manifest(
    objects: Objects, prefix: str, previous: Manifest | None, content: Mapping[str, Json]
) -> Manifest:
    """Create the manifest that follows `previous`.

    Raises PublicationError when another run has taken that number with other content.
    """
    number = previous.number + 1 if previous else 1
    manifest = Manifest(number, f"{prefix}/{number:08d}.json", dict(content))
    data = json_bytes(manifest.content)
    if not objects.create(manifest.key, data) and objects.read(manifest.key) != data:
        message = f"{manifest.key} was published by another run in the meantime"
        raise PublicationError(message, hint="run the job again: it continues from that state")
    return manifest


def json_bytes(value: Mapping[str, Json] | list[Json]) -> bytes:
    """Return the one JSON text of a value: keys sorted, UTF-8, a newline at the end."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
    # Half a surrogate pair cannot be UTF-8; this writes the escape that JSON has for it.
    return text.encode(errors="backslashreplace") + b"\n"


def _keys(objects: Objects, prefix: str) -> list[str]:
    return sorted(e.key for e in objects.list_objects(prefix) if e.key.endswith(".json"))


def _read(objects: Objects, key: str) -> Manifest:
    number = key.rpartition("/")[2].removesuffix(".json")
    try:
        content = json.loads(objects.read(key))
        return Manifest(int(number), key, dict(content))
    except ValueError as error:
        message = f"{key} is no manifest: {error}"
        raise PublicationError(message, hint="nothing else belongs under this prefix") from None
