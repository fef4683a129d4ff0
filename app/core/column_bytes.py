"""Columns of numbers and of texts as bytes, and back: pure functions, any thread."""

import struct
from array import array
from collections.abc import Sequence

BREAKS, _LENGTHS = b"\0", b"\1"  # how texts are told apart


def little_endian(column: "array[int]") -> bytes:
    """Return a column's bytes, least significant first on every machine."""
    if struct.pack("=H", 1) != b"\1\0":
        column = array("q", column)
        column.byteswap()
    return column.tobytes()


def from_little_endian(data: bytes | memoryview) -> "array[int]":
    """Return the column that ``little_endian`` wrote."""
    column = array("q")
    column.frombytes(data)
    if struct.pack("=H", 1) != b"\1\0":
        column.byteswap()
    return column


def _cut(text: str, lengths: "array[int]") -> list[str]:
    """Cut ``text`` into pieces of the given lengths; ValueError if they do not add up to it."""
    # Before anything is cut: lengths that go to and fro would make a copy of the whole of each piece.
    if sum(lengths) != len(text) or (lengths and min(lengths) < 0):
        raise ValueError(f"a batch's texts have {len(text)} characters, its lengths add up to {sum(lengths)}")
    pieces = []
    start = 0
    for length in lengths:
        pieces.append(text[start : start + length])
        start += length
    return pieces


def texts_to_bytes(texts: Sequence[str]) -> bytes:
    """Return texts as bytes: a byte that says how they are told apart, then UTF-8 with lone surrogates passed through.

    0: by line breaks, because there is none within a text, so that all of it can be searched and cut at once. 1: by their
    lengths, counted in characters, which stand before the text as 8 bytes each, little-endian: two lone surrogates that
    meet at a seam stay two.
    """
    joined = "\n".join(texts)
    if joined.count("\n") == len(texts) - 1:
        return BREAKS + joined.encode("utf-8", "surrogatepass")
    lengths = little_endian(array("q", map(len, texts)))
    return b"".join((_LENGTHS, lengths, *(text.encode("utf-8", "surrogatepass") for text in texts)))


def texts_from_bytes(data: bytes, count: int) -> list[str]:
    """Return the ``count`` texts that ``texts_to_bytes`` wrote; ValueError if they do not add up."""
    joined = joined_texts(data)
    if joined is not None:
        texts = joined.split("\n")
        if len(texts) != count:
            raise ValueError(f"a batch of {count} records has {len(texts)} texts")
        return texts
    if data[:1] != _LENGTHS:
        raise ValueError("a batch's texts begin with a byte that is not known")
    start = 1 + 8 * count
    if len(data) < start:
        raise ValueError("a batch's texts are cut short")
    return _cut(str(data[start:], "utf-8", "surrogatepass"), from_little_endian(data[1:start]))


def joined_texts(data: bytes) -> str | None:
    """Return texts that ``texts_to_bytes`` wrote with a line break between two; None if line breaks are within them."""
    return str(memoryview(data)[1:], "utf-8", "surrogatepass") if data[:1] == BREAKS else None
