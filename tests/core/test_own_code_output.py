"""Bytes are cut into lines, however they are written."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.batch import Kind
from app.core.own_code import output
from app.core.own_code.output import LineSink, LineSplitter


def lines_of(*pieces: bytes) -> list[str]:
    lines: list[str] = []
    splitter = LineSplitter(lines.append)
    for piece in pieces:
        splitter.feed(piece)
    splitter.feed(b"", final=True)
    return lines


CASES = {
    "nothing": (b"", []),
    "a line": (b"a\n", ["a"]),
    "no end": (b"a", ["a"]),
    "empty lines": (b"\n\na\n\n", ["", "", "a", ""]),
    "Windows": (b"a\r\nb\r\n", ["a", "b"]),
    "progress": (b"\r1 %\r2 %\r3 %\n", ["1 %", "2 %", "3 %"]),
    "progress without an end": (b"1 %\r2 %\r", ["1 %", "2 %"]),
    "junk": (b"\xff\x00\n", ["\\xff\x00"]),
    "cut within a character": ("ä".encode()[:1], ["\\xc3"]),
}


@pytest.mark.parametrize(("data", "lines"), CASES.values(), ids=CASES)
def test_bytes_are_cut_into_lines_at_once_or_one_by_one(data: bytes, lines: list[str]) -> None:
    assert lines_of(data) == lines
    assert lines_of(*(bytes((byte,)) for byte in data)) == lines


@given(st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\r\n", "ä".encode(), b"\xff", b""]), max_size=12), st.data())
def test_where_it_is_cut_makes_no_difference(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    at = data.draw(st.integers(0, len(whole)))
    assert lines_of(whole[:at], whole[at:]) == lines_of(whole)


@given(st.lists(st.integers(0, 12), max_size=6))
def test_a_long_line_is_broken_and_nothing_of_it_is_lost(sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(output, "LONGEST_LINE", 4)
        lines = lines_of(*(b"x" * size + b"\n" for size in sizes))
        apart = lines_of(*(piece for size in sizes for piece in (b"x" * size, b"\n")))
    assert lines == apart
    assert max(map(len, lines), default=0) <= 4
    assert "".join(lines) == "x" * sum(sizes)
    assert len(lines) == sum(max(1, -(-size // 4)) for size in sizes)


class Printing:
    """A cycle whose destructor writes a line."""

    def __init__(self, sink: LineSink) -> None:
        self.sink, self.me = sink, self

    def __del__(self) -> None:
        self.sink.line(Kind.LINE, "gone")


def test_a_destructor_that_writes_in_the_middle_of_a_line_waits_for_its_end() -> None:
    sink, lines = LineSink(), []

    def append(_kind: Kind, text: str) -> None:
        if text == "a":
            Printing(sink)
            gc.collect()
        lines.append(text)

    sink.open(append)
    sink.line(Kind.LINE, "a")
    sink.close()
    sink.line(Kind.LINE, "nobody listens")
    assert lines == ["a", "gone"]
