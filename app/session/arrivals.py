"""One session file in the order of arrival, without gaps: something stands in the place of what is missing or damaged."""

from array import array
from collections.abc import Iterator

from app.core.batch import Batch
from app.session.batch_cache import Piece
from app.session.batch_file import BatchFile
from app.session.time_order import Span

MISSING = "the batch is missing"
_LONGEST_GAP = (
    2**20
)  # missing lines in one span: of those a stretch is made, and a file may say that there were any number


def spans_of(file: BatchFile, line: int, stop: int, most: int, cut: int = 0) -> list[Span]:
    """Return up to ``most`` spans of a file, at least one, without a gap, from the one that holds an arrival number of it.

    Lines that are missing are a span of their own, and stand where they arrived.

    Args:
        file: where it is.
        line: the arrival number.
        stop: the arrival number before which the file's part ends.
        most: how many.
        cut: the greatest order key of all that arrived before the file.

    Raises:
        sqlite3.Error: it cannot be read.
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

    Raises:
        sqlite3.Error: it cannot be read at the moment.
    """
    heads = file.heads(line, stop, 2)
    if not heads or heads[0].first > line:
        return Piece(line, heads[0].first if heads else stop, file.origin, MISSING)
    ((head, content),) = file.batches(heads[:1])
    return Piece(head.first, min(head.first + head.records, stop), file.origin + head.earliest, content)


def keys_of(span: Span, piece: Piece) -> "array[int]":
    """Return the order keys of a span, whose lines are in a piece; what cannot be read stands where it arrived."""
    if isinstance(piece.content, Batch) and piece.first <= span.first and span.end <= piece.end:
        return piece.content.order_keys()[span.first - piece.first : span.end - piece.first]
    return array("q", [span.before]) * (span.end - span.first)
