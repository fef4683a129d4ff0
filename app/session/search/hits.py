"""The hits of a search, a bit a line: 50 million lines cost 6 MB, whatever the batches were."""

from array import array
from bisect import bisect_right
from itertools import compress

_LINES = 4_096  # of one block; hits are counted up a block at a time
_BYTES = _LINES // 8
_BITS = bytes.maketrans(b"01", b"\0\1")


class Hits:
    """Which lines are hits, as far as was searched; any one thread, the window's: every answer takes microseconds.

    Attributes:
        searched: the line number up to which was searched; what is before and was never added is no hit.
        total: how many hits there are.
    """

    def __init__(self) -> None:
        self.searched = 0
        self.total = 0
        self._bits = bytearray()  # line i is bit 7 - i % 8 of byte i // 8
        self._before = array("q", [0])  # hits before each block that was begun
        self._decoded: tuple[int, int, range | list[int]] = -1, 0, []  # block, its hits, their lines

    def add(self, first: int, count: int, bitmap: bytes) -> None:
        """Add what was found in some more lines.

        Args:
            first: the first line. What was added from there on is taken back: the order of the newest lines may change.
            count: how many lines.
            bitmap: a bit a line, the most significant first; empty: no hits.
        """
        if not count:
            return
        if first < self.searched:
            self._take_back(first)
        self.searched = first + count
        self._bits.extend(bytes((self.searched + 7) // 8 - len(self._bits)))
        begun, blocks = len(self._before), (self.searched + _LINES - 1) // _LINES
        if not bitmap:
            self._before.extend(array("q", [self.total]) * (blocks - begun))
            return
        self._set(first, count, int.from_bytes(bitmap, "big") >> (-count % 8))
        for block in range(begun, blocks):
            self._before.append(self._before[-1] + self._block(block - 1).bit_count())
        self.total = self._before[-1] + self._block(blocks - 1).bit_count()

    def _take_back(self, first: int) -> None:
        """Forget what was found from a line on."""
        self.total = self.place(first)
        self.searched = first
        del self._bits[(first + 7) // 8 :]
        if first % 8:
            self._bits[-1] &= 0xFF00 >> first % 8 & 0xFF
        del self._before[max(1, (first + _LINES - 1) // _LINES) :]
        self._decoded = -1, 0, []

    def _set(self, first: int, count: int, found: int) -> None:
        end = first + count
        start, stop = first // 8, (end + 7) // 8
        found <<= -end % 8
        found |= self._bits[start] << 8 * (stop - start - 1)
        self._bits[start:stop] = found.to_bytes(stop - start, "big")

    def _block(self, block: int) -> int:
        return int.from_bytes(self._bits[block * _BYTES : (block + 1) * _BYTES].ljust(_BYTES, b"\0"), "big")

    def _lines(self, block: int) -> range | list[int]:
        """Return the lines of a block that are hits; those of the last that was asked for are kept."""
        bits = self._block(block)
        count = bits.bit_count()
        if self._decoded[:2] != (block, count):  # until some are taken back, hits are only added: as many are the same
            lines = range(block * _LINES, (block + 1) * _LINES)
            digits = f"{bits:0{_LINES}b}".encode().translate(_BITS)
            self._decoded = block, count, lines if count == _LINES else list(compress(lines, digits))
        return self._decoded[2]

    def slice(self, start: int, count: int) -> list[int]:
        """Return the lines of ``count`` hits from the hit number ``start`` (from 0); fewer if there are not so many."""
        start, stop = max(0, start), min(start + count, self.total)
        lines: list[int] = []
        while start < stop:
            block = bisect_right(self._before, start) - 1
            inside = start - self._before[block]
            some = self._lines(block)[inside : inside + stop - start]
            lines.extend(some)
            start += len(some)
        return lines

    def place(self, line: int) -> int:
        """Return how many hits are before a line."""
        if line >= self.searched:
            return self.total
        if line <= 0:
            return 0
        block, inside = divmod(line, _LINES)
        return self._before[block] + (self._block(block) >> (_LINES - inside)).bit_count()

    def contains(self, line: int) -> bool:
        """Return whether a line is a hit."""
        return 0 <= line < self.searched and bool(self._bits[line // 8] >> (7 - line % 8) & 1)
