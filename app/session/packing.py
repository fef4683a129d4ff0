"""A batch as the two blobs of its row, and back; no more is unpacked than a batch may hold."""

import zlib
from typing import NamedTuple

from app.core.batch import Batch
from app.session.deflate import MOST_BYTES, compressed, decompressed
from app.session.rows import Head

_BREAKS = b"\0\n"  # texts that line breaks tell apart begin with the first, see ``app.core.batch``


class Packed(NamedTuple):
    """A batch as its row holds it: the CRC-32 of the columns, the columns, the CRC-32 of the texts, the texts."""

    columns_crc: int
    columns: bytes
    texts_crc: int
    texts: bytes


def packed(batch: Batch) -> Packed:
    """Return a batch as its row holds it; any thread. Compressing lets go of the GIL."""
    columns, texts = batch.to_bytes()
    if len(texts) > MOST_BYTES:
        columns, texts = _shortened(batch).to_bytes()
    columns, texts = compressed(columns), compressed(texts)
    return Packed(zlib.crc32(columns), columns, zlib.crc32(texts), texts)


def _shortened(batch: Batch) -> Batch:
    """Return a batch with less text than is read again: a line of hundreds of millions of characters."""
    most = MOST_BYTES // (8 * len(batch))  # characters; one takes at most four bytes, and its sentence needs some too
    texts = [
        text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters are not recorded)"
        for text in batch.texts
    ]
    return Batch(batch.instants, batch.runs, batch.kinds, texts, batch.names, batch.late)


def unpacked(head: Head, columns: bytes, texts: bytes) -> Batch:
    """Return the batch whose blobs these are; any thread.

    Raises:
        ValueError: it is damaged; the message is the end of a sentence about it.
    """
    columns, texts = unpacked_columns(head, columns), unpacked_texts(head, texts)
    # Of empty texts there may be a thousand times more than there are bytes in the file.
    if texts[:1] == _BREAKS[:1] and texts.count(_BREAKS[1:]) != head.records - 1:
        raise ValueError("the batch does not add up")
    batch = Batch.from_bytes(columns, texts)
    # A file that somebody made by hand may have the right sums and still lie.
    if len(batch) != head.records or not set(batch.runs) <= batch.names.keys():
        raise ValueError("the batch does not add up")
    return batch


def unpacked_columns(head: Head, columns: bytes) -> bytes:
    """Return the columns of a batch as they were before they were compressed; ValueError if they are damaged."""
    # Some bytes a record, and the name of each run, which is short (``app.core.worker.LONGEST_NAME``).
    most = 2**20 + 64 * head.records + 2**16 * (len(head.runs) // 8)
    return _unpacked(columns, head.columns_crc, min(most, MOST_BYTES))


def unpacked_texts(head: Head, texts: bytes) -> bytes:
    """Return the texts of a batch as they were before they were compressed; ValueError if they are damaged."""
    return _unpacked(texts, head.texts_crc, MOST_BYTES)


def _unpacked(blob: bytes, crc: int, most: int) -> bytes:
    if not isinstance(blob, bytes) or zlib.crc32(blob) != crc:
        raise ValueError("the batch is damaged")
    return decompressed(blob, most)
