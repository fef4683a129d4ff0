"""Searching some batches of a session file: read in one short transaction, then matched one by one."""

import contextlib
import os
import sqlite3
import zlib
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from app.core.batch import RunName, from_little_endian, order_keys_of
from app.core.errors import BadInput
from app.session.batch_file import BatchFile
from app.session.packing import unpack_columns, unpack_texts
from app.session.schema import Head
from app.session.search.matcher import Matcher
from app.session.search.query import Query
from app.session.segments import Segment

_TIMEOUT = 2.0  # seconds to wait for a process that locks the file
_MOST_BYTES = 2**22  # read at once
UNREADABLE = (BadInput, sqlite3.Error, OSError, ValueError, TypeError)  # what reading a file may raise


class BatchRange(NamedTuple):
    """The batches of a file that hold its lines ``start`` to before ``stop``, ``rows`` batches at most."""

    segment: Segment
    start: int
    stop: int
    rows: int


class PackedBatch(NamedTuple):
    """One batch as it stands in the file; its times count from the ``perf_counter_ns`` ``origin``."""

    head: Head
    columns: bytes
    texts: bytes
    origin: int


class SearchedBatch(NamedTuple):
    """The result for a batch: the set of its hits, or why it cannot be read; and what its order follows from."""

    head: Head
    hits: int | str
    columns: bytes
    origin: int

    def keys(self, start: int, stop: int) -> "array[int] | None":
        """Return the order keys of some of its records; None if they cannot be read."""
        with contextlib.suppress(ValueError):
            if not isinstance(self.hits, str):
                return order_keys_of(unpack_columns(self.head, self.columns))[start:stop]
        return None


def boundary(file: BatchFile, wanted: BatchRange) -> int | None:
    """Return the first line of the batch that follows a range; None if there is none, or if it cannot be read."""
    with contextlib.suppress(sqlite3.Error):
        heads = file.heads(wanted.start, None, wanted.rows + 1)
        if len(heads) > wanted.rows and heads[wanted.rows].first < wanted.stop:
            return heads[wanted.rows].first
    return None


class BatchSearch:
    """Reads batches and matches them with a query; one thread, and after a fork the one of either process.

    Args:
        query: what to look for; it has been checked.
        damaged: called with a sentence if a file is damaged.
    """

    def __init__(self, query: Query, damaged: Callable[[str], None]) -> None:
        self._query = query
        self._matcher = Matcher(query)
        self._damaged = damaged
        self._names: dict[int, RunName] = {}
        # What is left of a damaged file, and the process that rescued it. Rescuing takes long, so it is kept.
        self._rescued: tuple[tuple[int, Path], BatchFile] | None = None

    @contextlib.contextmanager
    def open(self, segment: Segment) -> Iterator[BatchFile]:
        """Open a file for a moment: as long as it is open, its writer cannot end it as one plain file.

        Raises BadInput if it cannot be read, or is another session.
        """
        key = os.getpid(), segment.path
        file = self._rescued[1] if self._rescued and self._rescued[0] == key else None
        if file is None:
            file = BatchFile(segment.path, _TIMEOUT, self._damaged)
        try:
            if segment.id and file.meta["id"] != segment.id:
                raise BadInput(f"{segment.path}: another session is in its place.")
            yield file
        finally:
            if not file.is_rescued:
                file.close()
            elif self._rescued is None or self._rescued[1] is not file:
                self.close()  # of the file before; or what came along with the fork, which only the other process reads
                self._rescued = key, file

    def close(self) -> None:
        """Let go of what was rescued of a damaged file."""
        if self._rescued is not None:
            self._rescued[1].close()
            self._rescued = None

    def read(self, file: BatchFile, wanted: BatchRange) -> list[PackedBatch]:
        """Return batches of an open file, fewer than are wanted if they are large; what cannot be read is left out.

        Raises sqlite3.Error if nothing can be read.
        """
        heads = file.heads(wanted.start, wanted.stop, wanted.rows)
        batches = [PackedBatch(*row, file.origin) for row in file.blobs(heads, most_bytes=_MOST_BYTES)]
        if batches and self._query.by_run:
            self._names = file.runs()
        return batches

    def search(self, batch: PackedBatch) -> SearchedBatch:
        """Return what is found in a batch that was read just now."""
        hits: int | str = "the batch is damaged"
        sums = zlib.crc32(batch.columns), zlib.crc32(batch.texts)
        try:
            # A batch can be read if both its blobs can: whether it can decides where its lines stand.
            if sums == (batch.head.columns_crc, batch.head.texts_crc):
                hits = self._hits(batch)
        except (ValueError, TypeError) as error:
            hits = str(error)
        return SearchedBatch(batch.head, hits, batch.columns, batch.origin)

    def search_range(self, wanted: BatchRange) -> list[SearchedBatch] | None:
        """Read and search some batches; None if something is wrong with the file."""
        try:
            with self.open(wanted.segment) as file:
                batches = self.read(file, wanted)
        except UNREADABLE:
            return None
        return list(map(self.search, batches))

    def _hits(self, batch: PackedBatch) -> int:
        """Return the set of the hits of a batch; ValueError or TypeError if it cannot be read."""
        wanted = None
        if self._query.by_run:
            runs = frozenset(from_little_endian(batch.head.runs))
            wanted = frozenset(filter(self._is_meant, runs))
            if not wanted:
                return 0
            if wanted == runs:
                wanted = None  # all records are of runs that are meant: which run wrote which does not matter
        return self._matcher.hits(
            batch.head.records,
            lambda: unpack_texts(batch.head, batch.texts),
            lambda: unpack_columns(batch.head, batch.columns),
            wanted,
        )

    def _is_meant(self, run: int) -> bool:
        name = self._names.get(run)
        worker, number = self._query.worker, self._query.run
        return name is not None and worker in (None, name.worker) and number in (None, name.number)
