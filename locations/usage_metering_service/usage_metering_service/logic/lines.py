"""Lines of an object that may be larger than memory, and so may each of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_LINE_BYTES = 1 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; `data` is None where its `size` in bytes is beyond the limit."""

    number: int
    data: bytes | None
    size: int


def read_lines(chunks: Iterable[bytes], limit: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Yield the lines that are not blank, numbered from 1 as an editor shows them.

    Never holds more than one chunk and `limit` bytes. How the chunks are cut makes no difference.
    """
    held, size, number = b"", 0, 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            number += 1
            yield from _line(
                number, held + piece if size <= limit else b"", size + len(piece), limit
            )
            held, size = b"", 0
        size += len(rest)
        held = held + rest if size <= limit else b""
    yield from _line(number + 1, held, size, limit)


def _line(number: int, data: bytes, size: int, limit: int) -> Iterator[Line]:
    if size > limit:
        yield Line(number, None, size)
        return
    if number == 1:
        data = data.removeprefix(_BYTE_ORDER_MARK)
    if data := data.strip(b" \t\r"):
        yield Line(number, data, size)
