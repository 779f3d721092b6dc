"""Lines of objects that are larger than memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from usage_metering_service.logic.lines import Line, read_lines


def test_line_beyond_the_limit_is_not_held() -> None:
    lines = list(read_lines([b"x" * 20, b"y" * 10 + b"\nz"], limit=25))
    assert lines == [Line(1, None, 30), Line(2, b"z", 1)]


@given(st.lists(st.binary(max_size=12), max_size=12), st.integers(1, 9))
def test_lines_do_not_depend_on_how_the_object_is_cut(pieces: list[bytes], step: int) -> None:
    whole = b"\n".join(pieces)
    cut = [whole[start : start + step] for start in range(0, len(whole), step)]
    assert list(read_lines(cut, limit=10)) == list(read_lines([whole], limit=10))


def test_byte_order_mark_carriage_returns_and_blank_lines_are_no_content() -> None:
    lines = list(read_lines([b"\xef\xbb\xbfa\r\n\r\n  \nb"]))
    assert lines == [Line(1, b"a", 5), Line(4, b"b", 1)]
