"""Reading what a search needs of a session file: several batches, not taken apart, in one short transaction."""

import contextlib
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.core.batch import RunName
from app.core.errors import BadInput
from app.session.batch_file import BatchFile
from app.session.rows import Head

_TIMEOUT = 2.0  # seconds to wait for somebody who locks the file


class Part(NamedTuple):
    """One batch as it stands in the file."""

    head: Head
    columns: bytes
    texts: bytes

    def is_sound(self) -> bool:
        """Return whether both blobs are as their checksums say."""
        sums = zlib.crc32(self.columns), zlib.crc32(self.texts)
        return sums == (self.head.columns_crc, self.head.texts_crc)


class PartsFile:
    """A session file that is open for reading; any one thread.

    It is meant to be open for moments only: as long as it is, its writer cannot end it as one plain file.

    Args:
        path: the file.
        identity: the ``id`` that it must have; empty: any.
        damaged: called with a sentence if it is damaged.

    Raises:
        BadInput: it cannot be read, or is another session.
    """

    def __init__(self, path: Path, identity: str, damaged: Callable[[str], None]) -> None:
        self._file = BatchFile(path, _TIMEOUT, damaged)
        if identity and self._file.meta["id"] != identity:
            self.close()
            raise BadInput(f"{path}: another session is in its place.")

    @property
    def is_rescued(self) -> bool:
        """What is read was rescued of a damaged file: it is no longer open, and to be kept, because that takes long."""
        return self._file.is_rescued

    @property
    def origin(self) -> int:
        """The ``perf_counter_ns`` from which the times of the batches count."""
        return self._file.origin

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def names(self) -> dict[int, RunName]:
        """Return the runs, id to worker and number; sqlite3.Error if they cannot be read."""
        return self._file.runs()

    def boundary(self, start: int, rows: int) -> int | None:
        """Return the first line of the batch that comes so many batches after the one that holds the line ``start``.

        None if there is none, or if it cannot be read.
        """
        with contextlib.suppress(sqlite3.Error):
            heads = self._file.heads(start, None, rows + 1)
            return heads[rows].first if len(heads) > rows else None
        return None

    def parts(self, start: int, stop: int, most: tuple[int, int]) -> list[Part]:
        """Return some batches that hold lines of the file from number ``start`` to before ``stop``.

        Args:
            start: the first line; batches that cannot be read are left out.
            stop: the line after the last.
            most: how many batches at most, and after how many bytes it is enough.

        Raises:
            sqlite3.Error: nothing can be read.
        """
        most_rows, most_bytes = most
        heads = self._file.heads(start, stop, most_rows)
        return list(map(Part._make, self._file.blobs(heads, most_bytes=most_bytes)))
