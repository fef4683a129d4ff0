"""The batches that were read last, bounded by their records and by their characters."""

from bisect import bisect_right, insort
from collections import OrderedDict
from dataclasses import dataclass

from app.core.batch import Batch


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a sitting that follow each other: what their batch holds, or why it cannot be read.

    Attributes:
        first: the number of the first line.
        end: the number after the last line.
        instant: a ``perf_counter_ns`` that stands for all of them where the batch cannot be read.
        content: the batch, whose record 0 is line ``first``; or the end of a sentence.
    """

    first: int
    end: int
    instant: int
    content: Batch | str


class BatchCache:
    """Keeps pieces by their first line number; what was not asked for longest goes first; one thread only.

    Args:
        records: most records.
        characters: most characters. The newest piece is kept however large it is.
    """

    def __init__(self, records: int, characters: int) -> None:
        self._most = (records, characters)
        self._pieces: OrderedDict[int, tuple[Piece, int]] = OrderedDict()  # oldest use first
        self._firsts: list[int] = []  # the same, sorted
        self._records = self._characters = 0

    def __len__(self) -> int:
        return len(self._pieces)

    def put(self, piece: Piece) -> None:
        """Keep a piece."""
        if piece.first in self._pieces:
            self._drop(piece.first)
        characters = sum(map(len, piece.content.texts)) if isinstance(piece.content, Batch) else 0
        self._pieces[piece.first] = piece, characters
        insort(self._firsts, piece.first)
        self._records += _weight(piece)
        self._characters += characters
        while len(self._pieces) > 1 and (self._records > self._most[0] or self._characters > self._most[1]):
            self._drop(next(iter(self._pieces)))

    def holding(self, line: int) -> Piece | None:
        """Return the piece that holds a line number, if it is kept."""
        place = bisect_right(self._firsts, line) - 1
        if place < 0:
            return None
        piece, _ = self._pieces[self._firsts[place]]
        if piece.end <= line:
            return None
        self._pieces.move_to_end(piece.first)
        return piece

    def _drop(self, first: int) -> None:
        piece, characters = self._pieces.pop(first)
        del self._firsts[bisect_right(self._firsts, first) - 1]
        self._records -= _weight(piece)
        self._characters -= characters


def _weight(piece: Piece) -> int:
    return piece.end - piece.first if isinstance(piece.content, Batch) else 1
