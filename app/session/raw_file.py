"""A session file's pages as they lie on the disk, its log's included, whatever SQLite makes of them.

Only for files that this process does not write (``processes.written_here``).
"""

import os
import struct
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from app.session.processes import is_written_here
from app.session.schema import PAGE

_CHUNK = 256  # pages read at once
_LOG_HEAD = struct.Struct(">8I")  # magic, version, page size, checkpoints, two salts, two sums
_FRAME_HEAD = struct.Struct(">6I")  # page, pages after a commit (else 0), two salts, two sums
_FRAME = _FRAME_HEAD.size + PAGE
_MAGIC = 0x377F0682  # or with the lowest bit set, where the sums are over numbers of most significant byte first
_INDEX = struct.Struct("=3IBBH6I")  # of the log's index (-shm): SQLite's WalIndexHdr up to the salts
_LOOKS = 5  # at a log that is written meanwhile


def log_of(path: Path) -> Path:
    """Return where a session file's log (WAL) is."""
    return path.with_name(f"{path.name}-wal")


class _Frame(NamedTuple):
    """A page in the log: its number, its place in the log, whether it ends a commit, and whether it is as it was written."""

    page: int
    place: int
    commits: bool
    is_sound: bool


class RawFile:
    """The pages of a session file and of its log; one thread. A context: both files are open meanwhile.

    Attributes:
        size: bytes of both.
        damage: what is wrong with the log: the end of a sentence; empty if nothing is.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.size = path.stat().st_size
        self._log: BinaryIO | None = None
        self._frames: list[_Frame] = []
        self._latest: dict[int, int] = {}  # the place of each page's newest sound frame
        self._doubtful: dict[int, int] = {}  # the place of each page's newest frame that is not
        self.damage = ""
        try:
            self._log = log_of(path).open("rb")
        except OSError:
            return
        self.size += log_of(path).stat().st_size
        self._read_log(self._log)

    def __enter__(self) -> "RawFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if self._log is not None:
            self._log.close()

    def pages(self) -> Iterator[bytes]:
        """Yield each page that there is, in every state that there is of it; the last one may be cut short."""
        for place in range(0, self.size, _CHUNK * PAGE):
            self._file.seek(place)  # others may have been asked for since
            chunk = self._file.read(_CHUNK * PAGE)
            for start in range(0, len(chunk), PAGE):
                yield chunk[start : start + PAGE]
        for frame in self._frames:
            yield self._logged(frame.place)

    def page(self, number: int) -> bytes:
        """Return a page, numbered from 1, as it was last; empty or short if it is not there."""
        if number in self._latest:
            return self._logged(self._latest[number])
        if not 0 < number < 2**32:
            return b""
        self._file.seek((number - 1) * PAGE)
        found = self._file.read(PAGE)
        return self._logged(self._doubtful[number]) if not found and number in self._doubtful else found

    def _logged(self, place: int) -> bytes:
        assert self._log is not None
        self._log.seek(place + _FRAME_HEAD.size)
        return self._log.read(PAGE)

    def _read_log(self, log: BinaryIO) -> None:
        """Find the frames; and what SQLite would pass over in silence: all that follows one frame that is not sound."""
        data = log.read(_LOG_HEAD.size)
        if len(data) < _LOG_HEAD.size:
            return  # it was just being made
        magic, _version, _size, _count, *salts, one, two = _LOG_HEAD.unpack(data)
        swaps = (magic & 1 == 0) != (sys.byteorder == "little")
        head_is_sound = magic | 1 == _MAGIC | 1 and _summed(data[:24], (0, 0), swaps=swaps) == (one, two)
        sums = (one, two)
        has_bad = False
        while len(data := log.read(_FRAME)) == _FRAME:
            page, size, *found, one, two = _FRAME_HEAD.unpack_from(data)
            if not head_is_sound and not self._frames:
                salts, swaps = found, False  # all that follows has the same
            is_ours = found == salts
            is_sound = is_ours and _summed(data[:8] + data[_FRAME_HEAD.size :], sums, swaps=swaps) == (one, two)
            # Of a log that was begun anew the rest is of before: both salts are others. Of one of ours only one may be hit.
            if not is_ours and found[0] != salts[0] and found[1] != salts[1]:
                break
            place = log.tell() - _FRAME
            self._frames.append(_Frame(page, place, size > 0, is_sound))
            has_bad = has_bad or not is_sound
            # What was not committed when the process ended is no loss.
            if has_bad and size:
                self.damage = "a part of its log is damaged"
            sums = (one, two)
        if not head_is_sound and self._frames:
            self.damage = "the head of its log is damaged"
        while self._frames and not self._frames[-1].commits:
            self._frames.pop()
        for frame in self._frames:
            (self._latest if frame.is_sound else self._doubtful)[frame.page] = frame.place


def _summed(data: bytes, sums: tuple[int, int], *, swaps: bool) -> tuple[int, int]:
    """Return SQLite's checksum of some bytes that follow others with these sums."""
    numbers = array("I", data)
    if swaps:
        numbers.byteswap()
    first, second = sums
    for one, two in zip(numbers[::2], numbers[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + two + first) & 0xFFFFFFFF
    return first, second


def is_log_damaged(path: Path) -> bool:
    """Return whether SQLite would not find something in a log; to be asked before SQLite opens the file."""
    if is_written_here(path):
        return False
    for _ in range(_LOOKS):
        was = signature(path)
        try:
            if not log_of(path).stat().st_size:
                return False
            with RawFile(path) as raw:
                damaged = bool(raw.damage) or is_log_short(path)
        except OSError:
            return False
        if not damaged or signature(path) == was:
            return damaged
    return False  # it is being written


def is_log_short(path: Path) -> bool:
    """Return whether a log is shorter than its index says; to be asked before SQLite opens the file and mends the index."""
    try:
        # The index first: a process that writes at this moment writes the log first.
        with path.with_name(f"{path.name}-shm").open("rb") as file:
            index, copy = file.read(48), file.read(48)
        with log_of(path).open("rb") as file:
            head, size = file.read(_LOG_HEAD.size), file.seek(0, os.SEEK_END)
    except OSError:
        return False
    if index != copy or len(index) < 48 or len(head) < _LOG_HEAD.size:
        return False
    _version, _unused, _change, is_set, _order, _size, frames, _pages, _one, _two, *_salts = _INDEX.unpack_from(index)
    return bool(is_set) and index[32:40] == head[16:24] and size < _LOG_HEAD.size + frames * _FRAME


def signature(path: Path) -> tuple[object, ...]:
    """Return what changes when a session file or its log is written."""
    found: list[object] = []
    for part in (path, log_of(path)):
        try:
            stat = part.stat()
            found += [stat.st_ino, stat.st_size, stat.st_mtime_ns]
        except OSError:
            found.append(None)
    return tuple(found)
