"""What the log holds: the newest records in memory, the older ones in the session's file. No Qt."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.core.batch import Batch, LateRecord, Record, RunName
from app.core.events import events_of
from app.core.packed_batch import PackedBatch
from app.session.archive import MOST_SHOWN, UNKNOWN_RUN, Archive, no_room_record
from app.session.segments import Segment
from app.session.time_order import Ordered, Span, TimeOrder, ordered_batch
from app.ui.log.hidden import HiddenEvents

# What is kept in memory where nothing is recorded, and where the rest can be read back from the file.
MOST_RECORDS = 1_000_000
HOT_RECORDS = 100_000
# Of lines that are long: so many characters of all texts together.
MOST_CHARACTERS = 256 * 2**20
HOT_CHARACTERS = 32 * 2**20
CHUNK = 4_096  # records
_CHUNK_CHARACTERS = 4 * 2**20
_KEPT = 256  # records of a batch that is kept as it came: smaller ones would make too many chunks


def prepare(batch: Batch) -> None:
    """Work out what is asked of a batch when it is shown, so that the window's thread need not; any thread."""
    if len(batch):
        events_of(batch)
        ordered_batch(batch)
        batch.line_counts()
        batch.characters()


@dataclass(slots=True)
class _Chunk:
    """Some thousand records in the order of arrival.

    Small batches share one; a large batch is one as it came. Those that are full keep their texts in a tuple, which the
    garbage collector does not walk, or packed as they came.
    """

    first: int
    before: int  # the greatest order key of all records before it
    batch: Batch = field(default_factory=Batch)
    is_full: bool = False
    texts: tuple[str, ...] | None = None  # those of the batch, if it has none itself
    characters: int = 0

    def __len__(self) -> int:
        return len(self.batch.instants)

    def add(self, batch: Batch) -> None:
        """Add some records."""
        self.batch.extend(batch)
        self.characters += batch.characters()
        if len(self) >= CHUNK or self.characters >= _CHUNK_CHARACTERS:
            self.keep(self.batch)

    def keep(self, batch: Batch) -> None:
        """Have these records, and take no other."""
        self.is_full, self.batch, self.characters = True, batch, batch.characters()
        if not isinstance(batch, PackedBatch) or batch.packed is None:
            self.batch, self.texts = replace(batch, texts=[]), tuple(batch.texts)

    def span(self) -> Span:
        """Return where its records are."""
        return Span(self.first, self.first + len(self), self.batch.bounds()[0], self.batch.highest(), self.before)

    def record(self, line: int) -> Record:
        """Return the record with this arrival number."""
        batch, index = self.batch, line - self.first
        text = batch.text(index) if self.texts is None else self.texts[index]
        make = LateRecord if index in batch.late else Record
        return make(batch.instants[index], batch.runs[index], batch.kinds[index], text)


class LogStore:
    """Every record of the session by its line number: its place in the order of time, from 0. The GUI thread only.

    It keeps the records as they arrive; ``TimeOrder`` says which of them stands where.

    Without an archive the last million records are kept, with one all of them: the newest in memory, the others in the
    file, read as they are asked for. Fewer are kept in memory if they are long.

    Args:
        archive: reads the session's file; None where nothing is recorded.
        most: how many records are kept in memory; up to a chunk more are kept before the oldest chunk goes.
        most_characters: how many characters of text, in the same way.

    Attributes:
        end: the number after the newest.
        committed: how many are in the file.
        hidden: which events are left out, unless all are asked for.
    """

    def __init__(
        self, archive: Archive | None = None, most: int | None = None, most_characters: int | None = None
    ) -> None:
        self.archive = archive
        self._most = most or (MOST_RECORDS if archive is None else HOT_RECORDS)
        self._most_characters = most_characters or (MOST_CHARACTERS if archive is None else HOT_CHARACTERS)
        self._characters = 0
        self._has_let_go = False  # of what is nowhere else; it is not known yet which position that was
        self._highest = 0  # the greatest order key of all that was appended
        self._order = TimeOrder(self)
        self.hidden = HiddenEvents(self._order.count_up_to)
        self._chunks: list[_Chunk] = []
        self._firsts: list[int] = []
        self._names: dict[int, RunName] = {}
        self._oldest = 0  # the number of the oldest record that is kept
        self._cleared = 0  # the number before which they were cleared away
        self.end = 0
        self.committed = 0
        self.segments: Sequence[Segment] = ()

    def append(self, batch: Batch) -> None:
        """Add a batch at the end, and let go of what is too old."""
        if not len(batch):
            return
        self._names.update(batch.names)
        self.hidden.append(self.end, batch)
        if len(batch) >= _KEPT:
            self._add_chunk().keep(batch)
        else:
            self._open_chunk().add(batch)
        self._has_let_go |= batch.bounds()[0] < self._chunks[0].before
        self._characters += batch.characters()
        self._highest = max(self._highest, batch.highest())
        self.end += len(batch)
        self._let_go()

    def recorded(self, segments: Sequence[Segment], committed: int) -> None:
        """Say what is in the file by now; that may be more than has been appended: the recorder is told first."""
        if self.archive is None or (committed == self.committed and segments == self.segments):
            return
        self.segments, self.committed = segments, committed
        self.archive.set_segments(segments, committed)
        self._let_go()

    def show_recorded(self, segments: Sequence[Segment], committed: int) -> None:
        """Hold what is in the file and nothing else: a session that is only looked at."""
        self.recorded(segments, committed)
        self.end = committed

    def look_for_hidden(self, batches: Iterable[tuple[Batch, int]]) -> None:
        """Look for what is hidden in batches of a session that is only looked at, each with its first arrival number.

        They come in the order of arrival; what cannot be read is left out.
        """
        for batch, first in batches:
            self.hidden.append(first, batch)

    def _let_go(self) -> None:
        """Let go of the oldest chunks; where there is a file, of none that is not in it: the credit bounds those."""
        while len(self._chunks) > 1:
            is_enough = self.end - self._firsts[1] >= self._most
            if not is_enough and self._characters - self._chunks[0].characters < self._most_characters:
                break
            if self.archive is not None and self._firsts[1] > self.committed:
                break
            self._characters -= self._chunks[0].characters
            del self._chunks[0], self._firsts[0]
            self._has_let_go = True
        if self._has_let_go and self.archive is None:
            # What lies below the cut of the oldest chunk cannot be told from what is gone.
            self._has_let_go = False
            self._oldest = max(self._oldest, self._order.start(self._chunks[0].span()))

    def _open_chunk(self) -> _Chunk:
        return self._add_chunk() if not self._chunks or self._chunks[-1].is_full else self._chunks[-1]

    def _add_chunk(self) -> _Chunk:
        self._chunks.append(_Chunk(self.end, self._highest))
        self._firsts.append(self.end)
        return self._chunks[-1]

    @property
    def first(self) -> int:
        """The number of the oldest record that is kept and was not cleared away."""
        return max(self._oldest, self._cleared)

    def clear(self) -> None:
        """Show no record that there is now; numbers go on from where they are, and all are kept as before."""
        self._cleared = self.end

    def show_cleared(self) -> None:
        """Show what was cleared away again, as far as it is still kept."""
        self._cleared = 0

    @property
    def has_cleared(self) -> bool:
        """Whether there are records that were cleared away and are still kept."""
        return self._cleared > self._oldest

    def name(self, run: int) -> RunName:
        """Return whose run this is."""
        name = self._names.get(run)
        if name is None and self.archive is not None:
            name = self.archive.name(run)
            if name is not UNKNOWN_RUN:  # that may change: the file cannot be read at the moment
                self._names[run] = name
        return name or UNKNOWN_RUN

    def names(self) -> set[RunName]:
        """Return all workers and runs that have written anything, as far as is known here."""
        return set(self._names.values())

    @property
    def runs(self) -> int:
        """How many runs have written anything, as far as is known here."""
        return len(self._names)

    def learn(self, names: Iterable[tuple[int, RunName]]) -> None:
        """Take in the names of a session that was recorded before."""
        self._names.update(names)

    def record(self, number: int) -> Record | None:
        """Return the record with this line number; None if it is not kept."""
        records = self.records(number, 1)
        return records[0] if records else None

    def records(self, start: int, count: int) -> list[Record]:
        """Return up to ``count`` records from number ``start`` on; those that are not kept are left out."""
        numbers = range(max(start, self.first), min(start + count, self.end))
        return self._read(numbers, self._order.lines(numbers.start, len(numbers)) if numbers else [])

    def records_of(self, numbers: Sequence[int]) -> list[Record]:
        """Return the records with some numbers, ascending, in a few reads; those that are not kept are left out."""
        kept = numbers[bisect_left(numbers, self.first) : bisect_left(numbers, self.end)]
        return self._read(kept, self._order.at(kept))

    def _read(self, numbers: Sequence[int], lines: Iterable[int]) -> list[Record]:
        found: list[Record] = []
        room = MOST_SHOWN
        for number, line in zip(numbers, lines, strict=False):
            found.append(self._arrived(line) if room > 0 else no_room_record(found[-1].instant, number))
            room -= len(found[-1].text)
        return found

    # -- the order of arrival, for TimeOrder ---------------------------------------------------------------------

    def _hot(self) -> int:
        """Return the arrival number of the first record in memory."""
        return self._firsts[0] if self._firsts else self.end

    def _arrived(self, line: int) -> Record:
        if line < self._hot() and self.archive is not None:
            return self.archive.arrived(line)
        return self._chunks[bisect_right(self._firsts, line) - 1].record(line)

    def spans(self, line: int, most: int) -> list[Span]:
        """Return up to ``most`` spans, without a gap, from the one that holds an arrival number."""
        hot, found = self._hot(), []
        if line < hot:
            if self.archive is None:
                return []
            spans = self.archive.spans(line, most)
            found = [span._replace(end=min(span.end, hot)) for span in spans if span.first < hot]
            line = hot if not found else found[-1].end
        if line >= hot and self._chunks:
            place = max(0, bisect_right(self._firsts, line) - 1)
            chunks = self._chunks[place : place + most - len(found)]
            found += [chunk.span() for chunk in chunks if chunk.first + len(chunk) > line]
        return found

    def ordered(self, span: Span) -> Ordered:
        """Return the order keys of a span, ascending, and where in the span they are."""
        if span.first < self._hot() and self.archive is not None:
            return self.archive.ordered(span)
        return ordered_batch(self._chunks[bisect_right(self._firsts, span.first) - 1].batch)

    def span_at(self, key: int) -> Span | None:
        """Return the last span whose ``before`` is less than a key; the first one if there is none."""
        place = bisect_left(self._chunks, key, key=lambda chunk: chunk.before) - 1
        if place < 0 and self.archive is not None and self._hot():
            span = self.archive.span_at(key)
            return span and span._replace(end=min(span.end, self._hot()))
        return self._chunks[max(0, place)].span() if self._chunks else None

    def line_at(self, instant: int) -> int:
        """Return the number of the first record that is not before an instant (``perf_counter_ns``), or of the last."""
        return max(self.first, min(self._order.position_at(instant, self.span_at(instant)), self.end - 1))

    def close(self) -> None:
        """Let go of the file; what was read from it cannot be read any more."""
        if self.archive is not None:
            self.archive.close()
            self.archive = None
