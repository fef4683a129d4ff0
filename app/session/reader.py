"""Reading a session file from one end to the other: by line number, worker, run and time, in short transactions."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.batch import Batch, RunName, from_little_endian
from app.core.errors import BadInput
from app.session.batch_file import BatchFile, Head

# Batches looked at in one transaction: an open one keeps the writer's log growing.
_STEP = 64
_TIMEOUT = 2.0  # seconds
_FURTHEST = 2**40  # lines skipped at once, in search of one that can be read


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a session: its line number, the time in the sitting (ns), whose it is, its kind and its text."""

    number: int
    t_ns: int
    name: RunName
    kind: int
    text: str


class SessionReader:
    """Reads a session file, also while it is being written; one thread only, the one that makes it.

    Args:
        path: the file.
        damaged: called with a sentence for each stretch of lines that is damaged; it is skipped, never silently.

    Raises:
        BadInput: there is no such file, it cannot be read, is damaged as a whole, or is of a newer version. The methods
            raise it too.
    """

    def __init__(self, path: Path, damaged: Callable[[str], None]) -> None:
        self.path = path
        self._damaged = damaged
        self._file = BatchFile(path, _TIMEOUT)
        self._connection = self._file.connection  # the search reads rows as they stand
        self.meta = self._file.meta

    def __enter__(self) -> "SessionReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def records(self) -> int:
        """Return how many records are committed."""
        with self._in_a_sentence():
            return self._file.end()

    def runs(self) -> dict[int, RunName]:
        """Return the runs, id to worker and number."""
        with self._in_a_sentence():
            return self._file.runs()

    def duration(self) -> int:
        """Return the time in the sitting of the latest record, in ns."""
        with self._in_a_sentence():
            return self._file.latest()

    def lines(
        self,
        start: int = 0,
        stop: int | None = None,
        *,
        worker: str | None = None,
        run: int | None = None,
        from_ns: int | None = None,
        to_ns: int | None = None,
    ) -> Iterator[Line]:
        """Yield records in the order of their line numbers; those that every given choice allows.

        Args:
            start: the least line number.
            stop: the line number before which it ends.
            worker: whose they are.
            run: which of the worker's runs they are of, from 1.
            from_ns: the least time in the sitting (ns).
            to_ns: the time before which they are. Times may step back across runs, so the lines of a time need not follow
                each other; batches that have none of them are not unpacked.
        """
        low, high = (-(2**63) if from_ns is None else from_ns), (2**63 if to_ns is None else to_ns)
        names = self.runs()
        wanted = {key for key, name in names.items() if worker in (None, name.worker) and run in (None, name.number)}
        everybody = worker is None and run is None
        origin = self._file.origin
        for head, batch in self._batches(start, stop, from_ns, to_ns, None if everybody else wanted):
            for number, (instant, of, kind, text) in enumerate(batch, head.first):
                if (
                    number >= start
                    and (stop is None or number < stop)
                    and (everybody or of in wanted)
                    and low <= instant - origin < high
                ):
                    yield Line(number, instant - origin, batch.names[of], kind, text)

    def batches(self, runs: set[int] | None = None) -> Iterator[tuple[int, Batch]]:
        """Yield every batch that can be read, with the line number of its first record.

        Args:
            runs: only those batches in which one of these ids occurs; the others are not unpacked. None: all.
        """
        for head, batch in self._batches(0, None, None, None, runs):
            yield head.first, batch

    def _batches(
        self, start: int, stop: int | None, from_ns: int | None, to_ns: int | None, wanted: set[int] | None
    ) -> Iterator[tuple[Head, Batch]]:
        """Yield the batches that hold lines of the range and of the time, and runs of those that are wanted (None: any)."""
        place, everything = start, from_ns is None and to_ns is None
        while True:
            heads = self._heads(place, stop, from_ns, to_ns)
            for head in heads:
                if everything and head.first > place:
                    self._damaged(f"{self.path}: lines {place:,} to {head.first - 1:,} are missing.")
                place = head.first + head.records
                if wanted is None or not wanted.isdisjoint(from_little_endian(head.runs)):
                    batch = self._batch(head)
                    if batch is not None:
                        yield head, batch
            if not heads:
                return

    def _heads(self, place: int, stop: int | None, from_ns: int | None, to_ns: int | None) -> list[Head]:
        """Return some batches from a line number on; those on a damaged page are skipped, and that is said."""
        start, step = place, 1
        while True:
            try:
                heads = self._file.heads(start, stop, _STEP, from_ns, to_ns)
                break
            except sqlite3.DatabaseError as error:
                # How much is on the page is written on the page: further on, in growing steps, until one can be read.
                start, step = start + step, 2 * step
                if isinstance(error, sqlite3.OperationalError) or step > _FURTHEST:
                    raise self._unreadable(error) from None
        if start > place:
            end = heads[0].first - 1 if heads else "the end"
            self._damaged(f"{self.path}: lines {place:,} to {end:,} are left out: their page is damaged.")
        return heads

    def _batch(self, head: Head) -> Batch | None:
        with self._in_a_sentence():
            _, batch = next(self._file.batches([head]))
        if isinstance(batch, Batch):
            return batch
        self._damaged(f"{self.path}: lines {head.first:,} to {head.first + head.records - 1:,} are left out: {batch}.")
        return None

    @contextmanager
    def _in_a_sentence(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> BadInput:
        return BadInput(f"{self.path}: it cannot be read any further ({error}).")
