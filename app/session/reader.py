"""Reading a session file from one end to the other: by line number, worker, run and time, in short transactions."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.batch import Batch, RunName, from_little_endian
from app.core.errors import BadInput
from app.session.batch_file import BatchFile
from app.session.rows import Head

# Batches looked at in one transaction: an open one keeps the writer's log growing.
_STEP = 64
_TIMEOUT = 2.0  # seconds


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
        damaged: called with a sentence if the file is damaged, and for each stretch of lines that is; it is skipped, never
            silently.

    Raises:
        BadInput: there is no such file, it cannot be read, nothing in it can, or is of another version. The methods raise
            it too.

    Attributes:
        path: the file.
        meta: what the file says of the session.
    """

    def __init__(self, path: Path, damaged: Callable[[str], None]) -> None:
        self.path = path
        self._damaged = damaged
        self._file = BatchFile(path, _TIMEOUT, damaged, whole=True)
        self.meta = self._file.meta

    def __enter__(self) -> "SessionReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def records(self) -> int:
        """Return how many records are committed, those included that cannot be read."""
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
        place = start
        while heads := self._heads(place, stop):
            for head in heads:
                self._say_missing(place, head.first)
                place = head.first + head.records
                if (
                    (from_ns is None or head.latest >= from_ns)
                    and (to_ns is None or head.earliest < to_ns)
                    and (wanted is None or not wanted.isdisjoint(from_little_endian(head.runs)))
                ):
                    batch = self._batch(head)
                    if batch is not None:
                        yield head, batch
        end = self.records()
        self._say_missing(place, end if stop is None else min(stop, end))

    def _heads(self, place: int, stop: int | None) -> list[Head]:
        with self._in_a_sentence():
            return self._file.heads(place, stop, _STEP)

    def _say_missing(self, start: int, stop: int) -> None:
        if start < stop:
            self._damaged(f"{self.path}: lines {start:,} to {stop - 1:,} are missing.")

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
        except (sqlite3.Error, ValueError) as error:
            raise BadInput(f"{self.path}: it cannot be read any further ({error}).") from None
