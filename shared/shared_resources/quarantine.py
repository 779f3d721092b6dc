"""Where bad input goes: kept whole, with its source, its hash and every reason against it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from shared_resources.errors import QuarantineError
from shared_resources.publication import publish_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared_resources.publication import Objects


@dataclass(frozen=True)
class QuarantinedRow:
    """One bad row: `raw` as received, `source` says where it stood, `reasons` are never empty."""

    source: str
    raw: str
    reasons: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Hash of the raw row: the same bad row is recognised wherever it comes up again."""
        return hashlib.sha256(self.raw.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Balance:
    """Where every row of an input went. `check` proves that none was lost on the way."""

    rows_in: int
    rows_out: int
    quarantined: int
    duplicates: int

    def check(self) -> None:
        """Raise ArithmeticError unless rows in == out + quarantined + duplicates."""
        if self.rows_in != self.rows_out + self.quarantined + self.duplicates:
            message = f"rows were lost or invented: {self}"
            raise ArithmeticError(message)

    def as_metadata(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


def write_quarantine(objects: Objects, prefix: str, rows: Sequence[QuarantinedRow]) -> str:
    """Write the rows as one content-addressed JSON-lines object; return its key, empty if none.

    The same bad rows give the same object, so a second run writes nothing.
    """
    if not rows:
        return ""
    lines = (json.dumps({"sha256": row.sha256, **asdict(row)}, ensure_ascii=False) for row in rows)
    # Half a surrogate pair cannot be UTF-8; this writes the escape that JSON has for it.
    data = "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")
    return publish_object(objects, prefix, data, ".jsonl").key


def quarantine_file(objects: Objects, prefix: str, source: str, data: bytes, reason: str) -> str:
    """Keep a file that cannot be parsed, byte for byte, and the reason; return the reason's key."""
    kept = publish_object(objects, f"{prefix}/files", data, ".raw")
    return write_quarantine(objects, prefix, [QuarantinedRow(source, kept.key, (reason,))])


def check_fraction(balance: Balance, limit: float, key: str) -> None:
    """Raise QuarantineError if more than the fraction `limit` of the input is bad."""
    if balance.quarantined > limit * balance.rows_in:
        message = (
            f"{balance.quarantined} of {balance.rows_in} rows are bad, more than the allowed "
            f"fraction of {limit:g}; they are in {key}, nothing was published"
        )
        raise QuarantineError(message, hint="mend the source, or raise max_quarantine_fraction")
