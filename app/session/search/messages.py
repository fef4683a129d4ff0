"""What the window's process and the searching one say to each other: JSON lines there, framed bytes back."""

import json
import struct
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from app.session.segments import Segment


class Kind(IntEnum):
    """What a message of the searching process is about."""

    CHUNK = 0  # a part of the lines was searched
    CAUGHT_UP = 1  # all that is there was searched; the payload is the line number up to which
    DAMAGED = 2  # a sentence: some lines cannot be read
    FAILED = 3  # a sentence: the search is over


class Chunk(NamedTuple):
    """What was found in some lines: a bit a line, the most significant first; empty bytes if none is a hit."""

    first: int
    lines: int
    bitmap: bytes

    def joined(self, following: "Chunk") -> "Chunk":
        """Return this chunk and the one of the lines right after it as one."""
        count = self.lines + following.lines
        bitmap = b""
        if self.bitmap or following.bitmap:
            bitmap = _bitmap(_set(self) << following.lines | _set(following), count)
        return Chunk(self.first, count, bitmap)


def _set(chunk: Chunk) -> int:
    return int.from_bytes(chunk.bitmap, "big") >> (-chunk.lines % 8)


def _bitmap(found: int, count: int) -> bytes:
    return (found << -count % 8).to_bytes((count + 7) // 8, "big")


HEAD = struct.Struct("<BI")  # kind, bytes of the payload
NUMBER = struct.Struct("<Q")
_LINES = struct.Struct("<QQ")  # first, count


def framed(kind: Kind, payload: bytes) -> bytes:
    """Return a message as it goes through the pipe."""
    return HEAD.pack(kind, len(payload)) + payload


def chunk_to_bytes(first: int, count: int, found: int) -> bytes:
    """Return the payload about some lines; ``found`` has the first line as its most significant bit of ``count``."""
    return _LINES.pack(first, count) + (_bitmap(found, count) if found else b"")


def chunk_from_bytes(payload: bytes) -> Chunk:
    """Return the chunk that ``chunk_to_bytes`` wrote."""
    first, lines = _LINES.unpack_from(payload)
    return Chunk(first, lines, payload[_LINES.size :])


def request(segments: Sequence[Segment], committed: int | None, query: str = "") -> bytes:
    """Return one line that says what is to be searched.

    Args:
        segments: the files, in order.
        committed: up to which line number records are committed; None: look for yourself.
        query: what to look for, as JSON; once, in the first line.
    """
    rows = [(segment.first, str(segment.path.absolute()), segment.id) for segment in segments]
    return json.dumps({"query": query, "segments": rows, "committed": committed}).encode() + b"\n"


def request_from(line: bytes) -> tuple[str, list[Segment], int | None]:
    """Return query, segments and committed of a line that ``request`` wrote."""
    said = json.loads(line)
    segments = [Segment(first, Path(path), identity) for first, path, identity in said["segments"]]
    return said["query"], segments, said["committed"]
