"""Reading text out of an untrusted object, with every reason against it kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_LENGTH = 500
# Control characters tear tables and terminals apart; half a surrogate pair cannot be written.
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_ABSENT = ("", "null")


class Fields:
    """Reads an object's fields. `reasons` name the fields and never repeat their values."""

    def __init__(self, content: Mapping[str, object]) -> None:
        """Read from `content`."""
        self.reasons: list[str] = []
        self._content = content

    def optional(self, name: str) -> str | None:
        """Return the text; None where it is absent, empty, or the text `null` of older records."""
        return self._text(name, self._content.get(name))

    def required(self, name: str) -> str:
        """Return the text; where there is none, keep the reason and return an empty one."""
        known = len(self.reasons)
        text = self.optional(name)
        if text is None and len(self.reasons) == known:
            self.reasons.append(f"{name} is missing")
        return text or ""

    def one_of(self, name: str, allowed: frozenset[str]) -> str:
        """Return the text in upper case; keep a reason where it is none of those allowed."""
        text = self.required(name).upper()
        if text and text not in allowed:
            self.reasons.append(f"{name} is none of {', '.join(sorted(allowed))}")
        return text

    def prose(self, name: str) -> str | None:
        """Return a text of any length and with any characters, that is not stored."""
        value = self._content.get(name)
        if value is not None and not isinstance(value, str):
            self.reasons.append(f"{name} is no text")
        return value if isinstance(value, str) and value not in _ABSENT else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts, sorted, each once: a real list, `[a, b]` as text, or one text."""
        found = self._content.get(name)
        if isinstance(found, str) and found.startswith("[") and found.endswith("]"):
            found = found[1:-1].split(",")
        entries = found if isinstance(found, list) else [found]
        known = len(self.reasons)
        read = {text for entry in entries if (text := self._text(name, entry))}
        if not read and len(self.reasons) == known:
            self.reasons.append(f"{name} is missing")
        return tuple(sorted(read))

    def _text(self, name: str, value: object) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            self.reasons.append(f"{name} is no text")
            return None
        text = value.strip()
        if text in _ABSENT:
            return None
        if len(text) > _MAX_LENGTH:
            self.reasons.append(f"{name} is longer than {_MAX_LENGTH} characters")
            return None
        if _NO_TEXT.search(text):
            self.reasons.append(f"{name} has characters that are no text")
            return None
        return text
