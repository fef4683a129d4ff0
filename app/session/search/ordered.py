"""Puts what was found in batches, which are searched in the order in which they arrived, into the order of time."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import NamedTuple

from app.core.batch import LATE_NS
from app.session.time_order import Span, TimeOrder, taken

Keys = Callable[[], "array[int] | None"]


class _Searched(NamedTuple):
    """A batch that was searched: where its records are, the set of its hits, and what returns its order keys."""

    span: Span
    hits: int
    keys: Keys


class OrderedHits:
    """Tells of hits by their line numbers; one thread.

    A line's number may still change for a second: what is told again counts.

    Args:
        found: called, in the order of lines, with first line, count and the set of hits: a number whose most significant of
            ``count`` bits is the first line. What begins before the end of what was told takes its place.
    """

    def __init__(self, found: Callable[[int, int, int], None]) -> None:
        self._found = found
        self._recent: list[_Searched] = []  # those into which later ones may still reach back, and those not told yet
        self._order = TimeOrder(self)
        self._told = 0  # how many of the recent ones were told
        self._end = 0  # the line number up to which was told
        self._before = -(2**63)  # the greatest order key that was searched

    def add(self, first: int, count: int, earliest: int, latest: int, hits: int, keys: Keys) -> None:
        """Take in the next batch.

        Args:
            first: its first arrival number, right after the batch before.
            count: how many records it has.
            earliest: no order key of it is less; ns of any clock that all batches share.
            latest: its greatest order key.
            hits: the set of its hits, in the order of arrival.
            keys: returns its order keys, None if they cannot be read; called only if they matter.
        """
        before = self._before if first else earliest
        span = Span(first, first + count, earliest, max(latest, before), before)
        self._before = span.next_cut
        self._told = min(self._told, bisect_right(self._recent, earliest, key=lambda one: one.span.next_cut))
        self._recent.append(_Searched(span, hits, keys))
        # The last one waits: mostly the next one reaches back into it, and into no other.
        self._tell(len(self._recent) - 1)
        final = bisect_left(self._recent, span.before - LATE_NS, key=lambda one: one.span.next_cut)
        final = min(final, self._told, len(self._recent) - 1)
        del self._recent[:final]
        self._told -= final

    def pass_over(self, first: int, count: int, cut: int | None) -> None:
        """Take in lines that are missing; ``cut`` is the greatest order key before what follows them, if it is known."""
        before = max(self._before, 0)
        self.add(first, count, before, before if cut is None else max(before, cut), 0, lambda: None)

    def flush(self) -> None:
        """Tell of all that was taken in."""
        self._tell(len(self._recent))

    def _tell(self, stop: int) -> None:
        start, self._told = self._told, max(self._told, stop)
        if start >= stop:
            return
        if not any(one.hits for one in self._recent[start:]):
            # Wherever the lines stand, none of them is a hit.
            end = self._recent[stop - 1].span.end
            if end > self._end:
                self._found(self._end, end - self._end, 0)
                self._end = end
            return
        first, count, found = 0, 0, 0
        for one in self._recent[start:stop]:
            place, lines = self._order.stretch(one.span)
            if not count:
                first = place
            found = found << len(lines) | self._hits(lines)
            count += len(lines)
        if not count:
            return
        if first > self._end:
            # Lines without hits, of which only about how many there were was told.
            self._found(self._end, first - self._end, 0)
        self._end = first + count
        self._found(first, count, found)

    def _hits(self, lines: "array[int]") -> int:
        """Return the set of the hits among some arrival numbers."""
        if not lines:
            return 0
        low, high = min(lines), max(lines)
        some = [one for one in self._recent if one.span.end > low and one.span.first <= high]
        digits = "".join(f"{one.hits:0{one.span.end - one.span.first}b}" for one in some).encode()
        return int(taken(digits, lines, some[0].span.first), 2)

    # -- what TimeOrder asks for ---------------------------------------------------------------------------------

    def spans(self, line: int, most: int) -> list[Span]:
        """Return up to ``most`` spans, without a gap, from the one that holds an arrival number."""
        place = bisect_right(self._recent, line, key=lambda one: one.span.end)
        if place == len(self._recent) or self._recent[place].span.first > line:
            return []
        return [one.span for one in self._recent[place : place + most]]

    def keys(self, span: Span) -> "array[int]":
        """Return the order keys of a span."""
        keys = self._recent[bisect_left(self._recent, span.first, key=lambda one: one.span.first)].keys()
        return array("q", [span.before]) * (span.end - span.first) if keys is None else keys

    def span_at(self, key: int) -> Span | None:
        """Return the last span whose ``before`` is less than a key; the first one if there is none."""
        raise NotImplementedError
