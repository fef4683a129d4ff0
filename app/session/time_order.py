"""The order of time: which line stands where, made from batches in the order of their arrival. No Qt.

Records lie on the disk, and in memory, in the order in which they arrived: drain by drain, lane by lane. What is shown and
exported is in the order of time. A line's number is its position there; its *arrival number* is its place in the order of
arrival.

Every record has an order key: its instant, or, if it arrived more than a second late, the greatest key that had arrived
before it (``Batch.mark_late``). So it stands where it arrived, and a position is final a second later. Records of one key
stand in the order of arrival.

Batches arrive almost in order, so nothing is sorted as a whole. ``before`` of a span is the greatest key of all spans
before it. It never decreases, and cuts the sequence: all that arrived before the span lies below its cut, and what is
between its cut and the next one is a *stretch*, about as long as the span itself. A stretch is made from its span and the
few later ones that reach back into it, at most a second of them.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import NamedTuple, Protocol

from app.core.batch import LATE_NS, Batch

_AT_ONCE = 64  # spans that are asked for at once
_NEARBY = 4_096  # positions that are passed over rather than looked for anew
_KEPT = 16  # spans and stretches that are kept
_LEAST = -(2**63)  # nothing is below the cut of the first span of all
_FEW = 4_096  # records that Python sorts quickly enough: numpy gives the interpreter up, and busy threads take it


class Span(NamedTuple):
    """Some records that arrived one after the other.

    Attributes:
        first: the arrival number of the first one.
        end: the arrival number after the last one.
        earliest: no key of it is less (ns).
        latest: its greatest key (ns).
        before: the greatest key of all that arrived before it (ns): the ``next_cut`` of the span before it.
        runs: the ids of the runs that occur, 8 bytes each, little-endian; empty if that is not known.
    """

    first: int
    end: int
    earliest: int
    latest: int
    before: int
    runs: bytes = b""

    @property
    def next_cut(self) -> int:
        """The ``before`` of the span after it."""
        return max(self.before, self.latest)


class Ordered(NamedTuple):
    """Order keys of some records, ascending, and the place of each among the records, from 0; equal keys stay in order."""

    keys: "array[int]"
    places: "array[int]"


class Arrivals(Protocol):
    """What is there in the order of arrival."""

    def spans(self, line: int, most: int) -> Sequence[Span]:
        """Return up to ``most`` spans, without a gap, from the one that holds an arrival number; none if there is none."""
        ...

    def ordered(self, span: Span) -> Ordered:
        """Return the order keys of a span, ascending, and where in the span they are."""
        ...


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Keys, ascending, and the arrival numbers that belong to them, each less ``shift``; ``start``: position of the first.

    Of ten thousand lines some thirty are shown, so the shift is not added to each of them.
    """

    start: int
    keys: "array[int]"
    lines: "array[int]"
    shift: int = 0

    @property
    def end(self) -> int:
        """The position after the last."""
        return self.start + len(self.lines)

    def numbers(self, start: int, end: int) -> "array[int]":
        """Return the arrival numbers at the positions from ``start`` to before ``end``, as far as they are here."""
        lines = self.lines[max(0, start - self.start) : max(0, end - self.start)]
        return shifted(lines, self.shift)


class TimeOrder:
    """Says which arrival number stands at which position; one thread only.

    Args:
        arrivals: what is there; it may grow.
    """

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._spans: OrderedDict[Span, Ordered] = OrderedDict()

    def lines(self, position: int, count: int) -> list[int]:
        """Return the arrival numbers of up to ``count`` records from a position on; fewer where nothing more is there."""
        found: list[int] = []
        for stretch in self._stretches(position):
            found.extend(stretch.numbers(position + len(found), position + count))
            if len(found) >= count:
                break
        return found

    def at(self, positions: Sequence[int]) -> list[int]:
        """Return the arrival numbers of the records at some positions, ascending; fewer where nothing more is there.

        Each stretch that holds any of them is made once, and the places of spans are asked for once for those nearby.
        """
        found: list[int] = []
        while len(found) < len(positions):
            before = len(found)
            for stretch in self._stretches(positions[before]):
                start, lines, shift = stretch.start, stretch.lines, stretch.shift
                stop = bisect_left(positions, stretch.end, len(found))
                found += [lines[position - start] + shift for position in positions[len(found) : stop]]
                if stop == len(positions) or (stop > before and positions[stop] - stretch.end > _NEARBY):
                    break
            if len(found) == before:
                break
        return found

    def stretches(
        self, position: int = 0, is_wanted: "Callable[[Span], bool] | None" = None
    ) -> "Iterator[tuple[int, array[int]]]":
        """Yield the stretches from the one that holds a position on: the position of the first line, and arrival numbers.

        Args:
            position: where to begin.
            is_wanted: whether a span has anything that matters; stretches of spans that have not are left out, and the
                keys of such spans are not asked for without need. None: all matter.
        """
        return ((stretch.start, stretch.numbers(0, stretch.end)) for stretch in self._stretches(position, is_wanted))

    def _stretches(self, position: int, is_wanted: "Callable[[Span], bool] | None" = None) -> Iterator[_Stretch]:
        cursor = _SpanCursor(self._arrivals, position)
        has_begun = False
        while (span := cursor.current()) is not None:
            others = cursor.reaching_back()
            if not has_begun or is_wanted is None or any(map(is_wanted, (span, *others))):
                stretch = self._stretch(span, others)
                if not has_begun and stretch.start > position and cursor.go_back():
                    continue
                yield stretch
            has_begun = True
            cursor.advance()

    def position_at(self, key: int, span: Span | None) -> int:
        """Return the position of the first record whose order key is at least ``key``; the one after the last if none is.

        ``span`` is the last one whose ``before`` is less than the key, or the first; None if there are no records.
        """
        if span is None:
            return 0
        stretch = self._stretch_from(span)
        return stretch.start + bisect_left(stretch.keys, key)

    def count_up_to(self, key: int, end: int) -> int:
        """Return how many of the records before the arrival number ``end`` have an order key of at most ``key``.

        A span begins at ``end``, or nothing has arrived there yet. What is no longer kept counts as if it had such a key.
        """
        count = 0
        while end > 0 and (spans := self._arrivals.spans(end - 1, 1)):
            span = spans[0]._replace(end=end)
            if span.earliest <= key or span.before <= key:
                count += bisect_right(self._ordered(span).keys, key)
            end = span.first
            if span.before <= key:
                break
        return end + count

    def start(self, span: Span) -> int:
        """Return the position of the first record that is not below a span's cut."""
        return self._stretch_from(span).start

    def _stretch_from(self, span: Span) -> _Stretch:
        return self._stretch(span, _SpanCursor(self._arrivals, span.first).reaching_back())

    def _stretch(self, span: Span, others: Sequence[Span]) -> _Stretch:
        """Return what lies between a span's cut and the next one; ``others`` are the later ones that reach back there."""
        low, high = span.before if span.first else _LEAST, span.next_cut
        own = self._ordered(span)
        below = bisect_left(own.keys, low)
        start, keys, lines = span.first + below, own.keys[below:], own.places[below:]
        if not others:
            return _Stretch(start, keys, lines, span.first)
        lines = shifted(lines, span.first)
        for other in others:
            # A key that is the cut itself, of a later span, lies above it: what arrived first stands first.
            found = self._ordered(other)
            below, above = bisect_left(found.keys, low), bisect_left(found.keys, high)
            start += below
            keys.extend(found.keys[below:above])
            lines.extend(shifted(found.places[below:above], other.first))
        keys, places = ordered(keys)
        return _Stretch(start, keys, array("q", map(lines.__getitem__, places)))

    def _ordered(self, span: Span) -> Ordered:
        kept = self._spans.get(span)
        if kept is None:
            kept = self._spans[span] = self._arrivals.ordered(span)
            if len(self._spans) > _KEPT:
                self._spans.popitem(last=False)
        else:
            self._spans.move_to_end(span)
        return kept


class _SpanCursor:
    """The spans from the one that holds an arrival number on, asked for as far as they matter."""

    def __init__(self, arrivals: Arrivals, line: int) -> None:
        self._arrivals = arrivals
        self._spans: list[Span] = []
        # The least ``earliest`` of each span and all after it: mostly it says at once that none reaches back.
        self._least: list[int] = []
        self._ask(line)

    def _ask(self, line: int) -> None:
        """Ask for more spans, from the one that holds an arrival number."""
        more = self._arrivals.spans(line, _AT_ONCE)
        self._is_all = not more
        place = len(self._spans)
        self._spans.extend(more)
        self._least.extend(list(accumulate((span.earliest for span in reversed(more)), min))[::-1])
        # Of those before them few have a greater one, and where one has not, none before it has.
        while more and place > 0 and self._least[place - 1] > self._least[place]:
            place -= 1
            self._least[place] = self._least[place + 1]

    def _extend(self) -> None:
        self._ask(self._spans[-1].end)

    def current(self) -> Span | None:
        """Return the span that it has come to; None after the last one."""
        return self._spans[0] if self._spans else None

    def advance(self) -> None:
        """Go to the next span."""
        if len(self._spans) == 1 and not self._is_all:
            self._extend()
        del self._spans[0], self._least[0]

    def go_back(self) -> bool:
        """Go to the span before; False if there is none."""
        first = self._spans[0].first
        earlier = self._arrivals.spans(first - 1, 1) if first > 0 else ()
        self._spans[:0] = earlier
        self._least[:0] = [min(span.earliest, self._least[0]) for span in earlier]
        return bool(earlier)

    def reaching_back(self) -> list[Span]:
        """Return the later spans that may have keys below the next cut."""
        cut = self._spans[0].next_cut
        # No key is less than its span's ``before`` by more than what is late.
        while not self._is_all and self._spans[-1].before - LATE_NS < cut:
            self._extend()
        if len(self._spans) == 1 or self._least[1] >= cut:
            return []
        near = takewhile(lambda span: span.before - LATE_NS < cut, self._spans[1:])
        return [span for span in near if span.earliest < cut]


def shifted(numbers: "array[int]", by: int) -> "array[int]":
    """Return some numbers, each greater by ``by``."""
    return array("q", map(by.__add__, numbers)) if by else numbers


def ordered(keys: "array[int]") -> Ordered:
    """Return keys in ascending order, and where they were; any thread."""
    if len(keys) <= _FEW:
        places = sorted(range(len(keys)), key=keys.__getitem__)
        return Ordered(array("q", map(keys.__getitem__, places)), array("q", places))
    import numpy as np

    numbers = np.frombuffer(keys, np.int64)
    by_key = numbers.argsort(kind="stable")
    return Ordered(array("q", numbers[by_key].tobytes()), array("q", by_key.astype(np.int64, copy=False).tobytes()))


def ordered_batch(batch: Batch) -> Ordered:
    """Return the order keys of a batch in ascending order, and where they are in it; worked out once; any thread."""
    if batch.ordered is None:
        batch.ordered = ordered(batch.order_keys())
    found: Ordered = batch.ordered
    return found


def in_time_order(batch: Batch) -> Batch:
    """Return the records of a batch in the order of time; the batch stays as it is, and is returned if it is in order."""
    if len(batch.names) == 1 and not batch.late:
        return batch
    order = ordered_batch(batch).places
    return Batch(
        array("q", map(batch.instants.__getitem__, order)),
        array("q", map(batch.runs.__getitem__, order)),
        bytearray(map(batch.kinds.__getitem__, order)),
        list(map(batch.texts.__getitem__, order)),
        batch.names,
        {place: batch.late[index] for place, index in enumerate(order) if index in batch.late} if batch.late else {},
    )
