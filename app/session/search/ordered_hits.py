"""Puts what was found in batches, which are searched in the order in which they arrived, into the order of time.

``app.session.time_order`` says what that order is, and what a cut and a stretch are.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.core.batch import LATE_NS
from app.session.time_order import Span

if TYPE_CHECKING:
    import numpy.typing as npt

Keys = Callable[[], "array[int] | None"]
_FEW = 64  # hits up to which each is placed by itself, which takes less than sorting its batch


@dataclass(slots=True)
class _Searched:
    """A batch that was searched: where its records are, the set of its hits, and what returns its order keys."""

    span: Span
    hits: int
    read_keys: Keys
    _keys: Any = field(default=None)

    def keys(self) -> "npt.NDArray[Any] | None":
        """Return the order keys; None if they cannot be read."""
        import numpy as np

        if self._keys is None:
            keys = self.read_keys()
            self._keys = () if keys is None else np.frombuffer(keys, np.int64)
        return None if isinstance(self._keys, tuple) else self._keys

    def flags(self) -> "npt.NDArray[Any]":
        """Return a 1 for each record that is a hit, else a 0."""
        import numpy as np

        count = self.span.end - self.span.first
        size = (count + 7) // 8
        return np.unpackbits(np.frombuffer(self.hits.to_bytes(size, "big"), np.uint8))[8 * size - count :]


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
            keys: returns its order keys, None if they cannot be read; called only if they matter. What cannot be read has no
                hits.
        """
        span = Span(first, first + count, earliest, max(latest, self._before), self._before)
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
        before = self._before
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
        place, count, found = self._start(start), 0, 0
        if place > self._end:
            # Lines without hits, of which only about how many there were was told.
            self._found(self._end, place - self._end, 0)
        end = place
        for number in range(start, stop):
            missing, bits, hits = self._stretch(number)
            if missing:
                end = self._say(place, count, found, end)
                end = self._say(end, missing, 0, end)
                place, count, found = end, 0, 0
            count, found = count + bits, found << bits | hits
        self._end = self._say(place, count, found, end)

    def _say(self, first: int, count: int, found: int, end: int) -> int:
        if count:
            self._found(first, count, found)
        return max(end, first + count)

    def _reaching_back(self, number: int) -> "Iterator[tuple[_Searched, npt.NDArray[Any]]]":
        """Yield the later batches that may have keys below the cut after one, and their keys."""
        cut = self._recent[number].span.next_cut
        for one in self._recent[number + 1 :]:
            if one.span.earliest < cut and (keys := one.keys()) is not None:
                yield one, keys

    def _start(self, number: int) -> int:
        """Return the line number of the first record that is not below a batch's cut."""
        one = self._recent[number]
        all_keys = [keys for _, keys in self._reaching_back(number)]
        if (own := one.keys()) is not None:
            all_keys.append(own)
        return one.span.first + sum(int((keys < one.span.before).sum()) for keys in all_keys)

    def _stretch(self, number: int) -> tuple[int, int, int]:
        """Return what lies between a batch's cut and the next: missing lines, further lines, and the set of their hits."""
        import numpy as np

        one = self._recent[number]
        low, high = one.span.before, one.span.next_cut
        own, missing = one.keys(), 0
        parts = []
        if own is None:
            missing = one.span.end - one.span.first  # they stand where they arrived: before all else
        else:
            parts.append((one, own, own >= low))
        for other, keys in self._reaching_back(number):
            parts.append((other, keys, (keys >= low) & (keys < high)))
        if not any(one.hits for one, _, _ in parts):
            return missing, sum(int(chosen.sum()) for _, _, chosen in parts), 0
        keys = np.concatenate([keys[chosen] for _, keys, chosen in parts])
        flags = np.concatenate([one.flags()[chosen] for one, _, chosen in parts])
        places = np.flatnonzero(flags)
        if len(places) > _FEW:
            flags = flags[keys.argsort(kind="stable")]
            return missing, len(keys), int.from_bytes(np.packbits(flags).tobytes(), "big") >> -len(keys) % 8
        hits = 0
        for place in places.tolist():
            key = keys[place]
            before = int((keys < key).sum()) + int((keys[:place] == key).sum())
            hits |= 1 << len(keys) - 1 - before
        return missing, len(keys), hits
