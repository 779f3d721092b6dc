"""The files of a working tree as the rules see them: path, content, and what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass

MAX_BYTES = 1 << 20
"""What is larger is data, and not read."""


@dataclass(frozen=True)
class File:
    """A file; `link` is what it points at where it is a link, as git records it.

    `unread` says why there is no content, and is empty for a file that was read.
    """

    path: str
    content: bytes = b""
    link: str = ""
    unread: str = ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def text(self) -> str:
        """Return the content without a byte order mark; UnicodeDecodeError unless it is UTF-8."""
        return self.content.decode("utf-8-sig")


def line_of(text: str, needle: str) -> int:
    """Return the line (from 1) on which `needle` first stands, 1 where it does not."""
    at = text.find(needle)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1
