"""The usage event: what is left of a record once it is known to be one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["business", "transfer"]

# One encoder for all: json.dumps with separators makes a new one for each call. ASCII, so that any
# text can be written.
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One use of something, in the shape segments hold it.

    `id` is the same for the same event in whatever shape, order or delivery it comes. `at` is UTC,
    ISO 8601 with microseconds. `operations` are sorted and never empty: a record may name several.
    `stage` is REQUEST or RESPONSE of a business record, the state of a transfer process, else
    MESSAGE. `process` joins the records of one call or transfer. `user` is a digest of day and
    user: enough to count the users of a day, and not to follow one through the days.
    """

    id: str
    at: str
    kind: Kind
    operations: tuple[str, ...]
    stage: str
    origin: str | None
    destination: str | None
    process: str | None
    user: str | None

    @property
    def day(self) -> str:
        """The UTC day, YYYY-MM-DD."""
        return self.at[:10]

    def as_line(self) -> bytes:
        """Return the one JSON text of the event."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return _encode(fields).encode() + b"\n"


def identity(*fields: object) -> str:
    """Return the SHA-256 of the fields' one JSON text."""
    return hashlib.sha256(_encode(fields).encode()).hexdigest()
