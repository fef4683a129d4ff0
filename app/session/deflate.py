"""Compressing and decompressing what stands in a session file: zlib's format, by the quickest library there is.

ISA-L takes 115 µs for the 128 KB of a batch of 8,000 lines where zlib takes 300, and 62 µs to read it back where zlib takes
127 (``isal`` 1.9, AMD EPYC). Where it has no wheel, zlib writes and reads the same files.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LEVEL = 1
MOST_BYTES = (
    2**28
)  # of a blob as it was: 16 million characters may be in flight, and a file of 4 MB may inflate to 4 GB
FOLDER: Path | None = None  # where the library is to be found; None where it is not installed
_Errors = tuple[type[Exception], ...]
_errors: _Errors = (zlib.error,)

try:
    import isal
    from isal import isal_zlib
except ImportError:
    _compress: Callable[[bytes, int], bytes] = zlib.compress
    _decompressor: Callable[[], Any] = zlib.decompressobj
else:
    FOLDER = Path(isal.__file__).resolve().parents[1]
    _errors += (isal_zlib.IsalError,)  # type: ignore[operator]  # its stub calls the class an object of it
    _compress, _decompressor = isal_zlib.compress, isal_zlib.decompressobj


def compressed(data: bytes) -> bytes:
    """Return ``data`` compressed; any thread, which lets go of the GIL meanwhile."""
    return _compress(data, _LEVEL)


def decompressed(data: bytes, most: int = MOST_BYTES) -> bytes:
    """Return what was compressed; any thread, which lets go of the GIL meanwhile.

    Args:
        data: the compressed bytes.
        most: how many bytes they may become, and not more than that is ever taken.

    Raises:
        ValueError: it is no such data, damaged, or more than that; the message is the end of a sentence about it.
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
