"""What the log holds: the newest records in memory, the older ones in the session's file. No Qt."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.batch import Batch, Record, RunName
from app.session.archive import NOBODY, Archive
from app.session.segments import Segment

# What is kept in memory where nothing is recorded, and where the rest can be read back from the file.
MOST_RECORDS = 1_000_000
HOT_RECORDS = 100_000
# Of lines that are long: so many characters of all texts together.
MOST_CHARACTERS = 256 * 2**20
HOT_CHARACTERS = 32 * 2**20
CHUNK = 4_096  # records
_CHUNK_CHARACTERS = 4 * 2**20


def _characters(texts: list[str]) -> int:
    """Return how many characters some texts have together; of many by joining them, which is five times as fast."""
    return len("".join(texts)) if len(texts) > 64 else sum(map(len, texts))


@dataclass(slots=True)
class _Chunk:
    """Some thousand records; sealed ones keep their texts in a tuple, which the garbage collector does not walk."""

    first: int
    instants: "array[int]"
    runs: "array[int]"
    kinds: bytearray
    texts: list[str]
    sealed: tuple[str, ...] | None = None
    characters: int = 0

    def seal(self) -> None:
        """Say that nothing will be added any more."""
        self.sealed = tuple(self.texts)
        self.texts = []

    def __len__(self) -> int:
        return len(self.kinds)

    def records(self, start: int, stop: int) -> Iterable[Record]:
        """Return the records from index ``start`` to before ``stop``."""
        texts = self.texts if self.sealed is None else self.sealed
        part = slice(start, stop)
        return map(Record, self.instants[part], self.runs[part], self.kinds[part], texts[part])


class LogStore:
    """Every record of the sitting by its line number: the order in which they were drained, from 0. The GUI thread only.

    Without an archive the last million records are kept, with one all of them: the newest in memory, the others in the
    file, read as they are asked for. Fewer are kept in memory if they are long.

    Args:
        archive: reads the session's file; None where nothing is recorded.
        most: how many records are kept in memory; up to a chunk more are kept before the oldest chunk goes.
        most_characters: how many characters of text, in the same way.

    Attributes:
        first: the number of the oldest record that is kept and was not cleared away.
        end: the number after the newest.
        committed: how many are in the file.
    """

    def __init__(
        self, archive: Archive | None = None, most: int | None = None, most_characters: int | None = None
    ) -> None:
        self.archive = archive
        self._most = most or (MOST_RECORDS if archive is None else HOT_RECORDS)
        self._most_characters = most_characters or (MOST_CHARACTERS if archive is None else HOT_CHARACTERS)
        self._characters = 0
        self._chunks: list[_Chunk] = []
        self._firsts: list[int] = []
        self._names: dict[int, RunName] = {}
        self.first = 0
        self.end = 0
        self.committed = 0
        self.segments: Sequence[Segment] = ()

    def append(self, batch: Batch) -> None:
        """Add a batch at the end, and let go of what is too old."""
        self._names.update(batch.names)
        chunk = self._open_chunk()
        chunk.instants.extend(batch.instants)
        chunk.runs.extend(batch.runs)
        chunk.kinds.extend(batch.kinds)
        chunk.texts.extend(batch.texts)
        characters = _characters(batch.texts)
        chunk.characters += characters
        self._characters += characters
        self.end += len(batch)
        if len(chunk.texts) >= CHUNK or chunk.characters >= _CHUNK_CHARACTERS:
            chunk.seal()
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
        if self.archive is None and self._firsts:
            self.first = max(self.first, self._firsts[0])

    def _open_chunk(self) -> _Chunk:
        if not self._chunks or self._chunks[-1].sealed is not None:
            self._chunks.append(_Chunk(self.end, array("q"), array("q"), bytearray(), []))
            self._firsts.append(self.end)
        return self._chunks[-1]

    def clear(self) -> None:
        """Show no record that there is now; numbers go on from where they are, and the file keeps everything."""
        if self.archive is None:
            self._chunks.clear()
            self._firsts.clear()
            self._characters = 0
        self.first = self.end

    def name(self, run: int) -> RunName:
        """Return whose run this is."""
        name = self._names.get(run)
        if name is None and self.archive is not None:
            name = self.archive.name(run)
            if name is not NOBODY:  # that may change: the file cannot be read at the moment
                self._names[run] = name
        return name or NOBODY

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
        stop = min(start + count, self.end)
        start = max(start, self.first)
        hot = self._firsts[0] if self._firsts else self.end
        found: list[Record] = []
        if start < min(stop, hot) and self.archive is not None:
            found = self.archive.records(start, min(stop, hot) - start)
            start = hot
        place = max(0, bisect_right(self._firsts, start) - 1)
        while start < stop and self._chunks:
            chunk = self._chunks[place]
            last = min(stop - chunk.first, len(chunk))
            found.extend(chunk.records(start - chunk.first, last))
            start = chunk.first + last
            place += 1
        return found

    def records_of(self, lines: list[int]) -> list[Record]:
        """Return the records of some lines, ascending; a few reads, because neighbours are read together."""
        found: list[Record] = []
        start = 0
        for place in range(1, len(lines) + 1):
            if place == len(lines) or lines[place] != lines[place - 1] + 1:
                found += self.records(lines[start], place - start)
                start = place
        return found

    def line_at(self, instant: int, t_ns: int) -> int:
        """Return the number of the first record that is not before an instant; of the last, if all are.

        Args:
            instant: a ``perf_counter_ns``.
            t_ns: the same as a time in the sitting, for the file.
        """
        hot = self._firsts[0] if self._firsts else self.end
        if self.archive is not None and hot > self.first and self._is_before_memory(instant):
            return min(max(self.archive.line_at(t_ns), self.first), max(self.end - 1, self.first))
        for chunk in self._chunks:
            # Across runs instants step back within a drain, so a chunk's greatest may stand anywhere in it.
            if max(chunk.instants, default=instant) >= instant:
                place = next(place for place, found in enumerate(chunk.instants) if found >= instant)
                return max(chunk.first + place, self.first)
        return max(self.end - 1, self.first)

    def _is_before_memory(self, instant: int) -> bool:
        return not self._chunks or instant <= min(self._chunks[0].instants, default=instant)

    def close(self) -> None:
        """Let go of the file; what was read from it cannot be read any more."""
        if self.archive is not None:
            self.archive.close()
            self.archive = None
