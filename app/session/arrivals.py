"""One session file in the order of arrival, without gaps: a piece stands in the place of what is missing or damaged."""

from array import array
from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.batch import Batch
from app.session.batch_file import BatchFile
from app.session.schema import Head
from app.session.time_order import Span

MISSING = "the batch is missing"
# Missing lines in one span: a stretch is made of a span, and a file may say that any number of lines is missing.
_LONGEST_GAP = 2**20


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a session that follow each other: what their batch holds, or why it cannot be read.

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


def spans_of(file: BatchFile, line: int, stop: int, most: int, cut: int = 0) -> list[Span]:
    """Return up to ``most`` spans of a file, at least one, without a gap, from the one that holds arrival number ``line``.

    Lines that are missing are a span of their own, and stand where they arrived. The file's part ends before ``stop``;
    ``cut`` is the greatest order key of all that arrived before the file. sqlite3.Error if it cannot be read.
    """
    # Where something is missing, the first one that is asked for may end before the line.
    heads, origin = file.heads(line, stop, most + 1), file.origin
    place, before = 0, cut
    if heads and heads[0].first <= line:
        place = heads[0].first
        before = max(cut, heads[0].before + origin) if place else cut
    elif (earlier := file.head_before(line)) is not None:
        place = earlier.first + earlier.records
        before = max(cut, earlier.before + origin, earlier.latest + origin)
    spans: list[Span] = []
    for head in heads:
        if head.first < place:
            continue  # in a file that was made by hand, batches may lie over each other
        if place < head.first:
            after = max(before, head.before + origin)
            spans += _gap(place, head.first, line, most, before, after)
            before = after
        place = min(head.first + head.records, stop)
        latest = max(before, head.latest + origin)
        spans.append(Span(head.first, place, head.earliest + origin, latest, before, head.runs))
        before = latest
    if not heads and place < stop:
        spans += _gap(place, stop, line, most, before, before)
    return spans[:most]


def _gap(start: int, stop: int, line: int, most: int, before: int, after: int) -> Iterator[Span]:
    """Yield up to ``most`` spans of missing lines, from the one that holds an arrival number, or from the first."""
    place = start + max(0, line - start) // _LONGEST_GAP * _LONGEST_GAP
    for first in range(place, min(stop, place + most * _LONGEST_GAP), _LONGEST_GAP):
        end = min(first + _LONGEST_GAP, stop)
        yield Span(first, end, before, after if end == stop else before, before)


def piece_of(file: BatchFile, line: int, stop: int) -> Piece:
    """Return what holds an arrival number of a file: its whole batch, or the lines from there on that cannot be read.

    Raises sqlite3.Error if the file cannot be read at the moment.
    """
    heads = file.heads(line, stop, 2)
    if not heads or heads[0].first > line:
        return Piece(line, heads[0].first if heads else stop, file.origin, MISSING)
    return piece_at(file, heads[0], stop)


def piece_at(file: BatchFile, head: Head, stop: int) -> Piece:
    """Return a batch of a file as a piece that ends before ``stop``; sqlite3.Error if it cannot be read at the moment."""
    ((_, content),) = file.batches([head])
    return Piece(head.first, min(head.first + head.records, stop), file.origin + head.earliest, content)


def keys_of(span: Span, piece: Piece) -> "array[int]":
    """Return the order keys of a span, whose lines are in a piece; what cannot be read stands where it arrived."""
    if isinstance(piece.content, Batch) and piece.first <= span.first and span.end <= piece.end:
        return piece.content.order_keys()[span.first - piece.first : span.end - piece.first]
    return array("q", [span.before]) * (span.end - span.first)


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
