"""A batch as the two blobs of its row, and back; no more is unpacked than a batch may hold.

The blobs are compressed in zlib's format by the fastest library that is installed. ISA-L takes 115 µs for the 128 KB of a
batch of 8,000 lines where zlib takes 300, and 62 µs to read it back where zlib takes 127 (``isal`` 1.9, AMD EPYC). Where it
has no wheel, zlib writes and reads the same files.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.core.batch import Batch
from app.session.schema import Head

_BREAKS = b"\0\n"  # texts that line breaks tell apart begin with the first, see ``app.core.batch``
_LEVEL = 1
# Of a blob as it was: 16 million characters may be in flight, and a file of 4 MB may inflate to 4 GB.
MOST_BYTES = 2**28
ISAL_FOLDER: Path | None = None  # where the library is to be found; None where it is not installed
_Errors = tuple[type[Exception], ...]
_errors: _Errors = (zlib.error,)

try:
    import isal
    from isal import isal_zlib
except ImportError:
    _compress: Callable[[bytes, int], bytes] = zlib.compress
    _decompressor: Callable[[], Any] = zlib.decompressobj
else:
    ISAL_FOLDER = Path(isal.__file__).resolve().parents[1]
    _errors += (isal_zlib.IsalError,)  # type: ignore[operator]  # its stub calls the class an object of it
    _compress, _decompressor = isal_zlib.compress, isal_zlib.decompressobj


def pack(batch: Batch) -> tuple[int, bytes, int, bytes]:
    """Return a batch as its row holds it: columns and texts, before each its CRC-32; any thread; lets go of the GIL."""
    columns, texts = batch.to_bytes()
    if len(texts) > MOST_BYTES:
        columns, texts = _shortened(batch).to_bytes()
    columns, texts = compress(columns), compress(texts)
    return zlib.crc32(columns), columns, zlib.crc32(texts), texts


def _shortened(batch: Batch) -> Batch:
    """Return a batch with less text than is read again: a line of hundreds of millions of characters."""
    most = MOST_BYTES // (8 * len(batch))  # characters; one takes at most four bytes, and its sentence needs some too
    texts = [
        text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters are not recorded)"
        for text in batch.texts
    ]
    return Batch(batch.instants, batch.runs, batch.kinds, texts, batch.names, batch.late)


def unpack(head: Head, columns: bytes, texts: bytes) -> Batch:
    """Return the batch of two blobs; any thread; ValueError, the end of a sentence, if it is damaged."""
    columns, texts = unpack_columns(head, columns), unpack_texts(head, texts)
    # Of empty texts there may be a thousand times more than there are bytes in the file.
    if texts[:1] == _BREAKS[:1] and texts.count(_BREAKS[1:]) != head.records - 1:
        raise ValueError("the batch does not add up")
    batch = Batch.from_bytes(columns, texts)
    # A file that was made by hand may have the right sums and still lie.
    if len(batch) != head.records or not batch.are_named():
        raise ValueError("the batch does not add up")
    return batch


def unpack_columns(head: Head, columns: bytes) -> bytes:
    """Return the columns of a batch as they were before they were compressed; ValueError if they are damaged."""
    # Some bytes a record, and the name of each run, which is short (``app.core.worker.LONGEST_NAME``).
    most = 2**20 + 64 * head.records + 2**16 * (len(head.runs) // 8)
    return _decompress_checked(columns, head.columns_crc, min(most, MOST_BYTES))


def unpack_texts(head: Head, texts: bytes) -> bytes:
    """Return the texts of a batch as they were before they were compressed; ValueError if they are damaged."""
    return _decompress_checked(texts, head.texts_crc, MOST_BYTES)


def _decompress_checked(blob: bytes, crc: int, most: int) -> bytes:
    if not isinstance(blob, bytes) or zlib.crc32(blob) != crc:
        raise ValueError("the batch is damaged")
    return decompress(blob, most)


def compress(data: bytes) -> bytes:
    """Return ``data`` compressed; any thread, which lets go of the GIL meanwhile."""
    return _compress(data, _LEVEL)


def decompress(data: bytes, most: int = MOST_BYTES) -> bytes:
    """Return what was compressed, of which never more than ``most`` bytes are taken; any thread, which lets go of the GIL.

    Raises ValueError if it is no such data, damaged, or more than that; the message is the end of a sentence about it.
    """
    stream = _decompressor()
    try:
        inflated: bytes = stream.decompress(data, most + 1)
    except _errors as error:
        raise ValueError(f"the batch is damaged: {error}") from error
    if len(inflated) > most:
        raise ValueError(f"the batch is larger than {most // 2**20:,} MB, the most that it can have")
    if not stream.eof:
        raise ValueError("the batch is damaged: it is cut short")
    return inflated
