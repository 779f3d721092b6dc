"""What daily reports and monthly statements share: versions that say why they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_resources.publication import append_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_resources.publication import Json, Manifest, Objects


def is_unchanged(previous: Manifest | None, content: Mapping[str, Json]) -> bool:
    """Say whether the newest version has this content already."""
    if previous is None:
        return False
    versioned = {**content, **{key: previous.content.get(key) for key in ("version", "reason")}}
    return dict(previous.content) == versioned


def append_version(
    objects: Objects,
    prefix: str,
    previous: Manifest | None,
    content: Mapping[str, Json],
    reason: str,
) -> Manifest:
    """Publish the next version. Raises PublicationError if another run did in the meantime."""
    version = previous.number + 1 if previous else 1
    numbered = {**content, "version": version, "reason": reason}
    return append_manifest(objects, prefix, previous, numbered)


def counted(number: int, noun: str) -> str:
    """Return `1 late event`, `2 late events`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def number_in(content: Mapping[str, Json], name: str) -> int:
    """Return a count of a published content, 0 where it is none."""
    value = content.get(name)
    return value if isinstance(value, int) else 0


def counts_in(content: Mapping[str, Json], name: str) -> dict[str, int]:
    """Return a table of counts of a published content, empty where it is none."""
    value = content.get(name)
    table = value if isinstance(value, dict) else {}
    return {key: count for key, count in table.items() if isinstance(count, int)}


def texts_in(content: Mapping[str, Json], name: str) -> list[str]:
    """Return a list of texts of a published content, empty where it is none."""
    value = content.get(name)
    return [str(entry) for entry in value] if isinstance(value, list) else []
