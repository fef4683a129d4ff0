"""A batch as the two blobs of its row, and back."""

import zlib

from app.core.batch import Batch
from app.session.deflate import compressed, decompressed

# The CRC-32 of the columns, the columns, the CRC-32 of the texts, the texts: as they stand in the row.
Packed = tuple[int, bytes, int, bytes]


def packed(batch: Batch) -> Packed:
    """Return a batch as its row holds it; any thread. Compressing lets go of the GIL."""
    columns, texts = map(compressed, batch.to_bytes())
    return zlib.crc32(columns), columns, zlib.crc32(texts), texts


def unpacked(row: Packed, count: int) -> Batch:
    """Return the batch of a row that is to have ``count`` records; any thread.

    Raises:
        ValueError: it is damaged; the message is the end of a sentence about it.
    """
    columns_crc, columns, texts_crc, texts = row
    try:
        if zlib.crc32(columns) != columns_crc or zlib.crc32(texts) != texts_crc:
            raise ValueError("the batch is damaged")
        batch = Batch.from_bytes(decompressed(columns), decompressed(texts))
        # A file that somebody made by hand may have the right sums and still lie.
        if len(batch) != count or not set(batch.runs) <= batch.names.keys():
            raise ValueError("the batch does not add up")
    except TypeError as error:
        raise ValueError(f"the batch is damaged: {error}") from error
    return batch
