"""What publishing made, and what others are told about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_resources.publication import Json

_CHANGES = ("inserted", "updated", "deleted")
_TOLD = ("snapshot", "sha256", "rows", "quantity", "changes")


@dataclass(frozen=True)
class Publication:
    """The newest manifest after publishing; `is_new` says whether this run made it."""

    number: int
    key: str
    content: Mapping[str, Json]
    is_new: bool

    @property
    def changes(self) -> dict[str, int]:
        """How many rows changed since the manifest before, by kind."""
        counts = self.content["changes"]
        if not isinstance(counts, dict):
            raise TypeError(f"{self.key}: changes is no object")
        return {name: int(str(counts[name])) for name in _CHANGES}


@dataclass(frozen=True)
class Notice:
    """One message; the same key is never sent twice."""

    key: str
    subject: str
    body: Mapping[str, Json]


def notice_of(publication: Publication) -> Notice:
    """Return the message about a manifest, the same however often it is asked for."""
    counts = (f"{count} {name}" for name, count in publication.changes.items())
    body = {name: publication.content[name] for name in _TOLD}
    return Notice(f"inventory/{publication.number:08d}", f"Inventory: {', '.join(counts)}", body)
