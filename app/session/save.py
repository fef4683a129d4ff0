"""Saving to a file that is there whole or not at all."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from app.core.errors import BadInput


def save(
    chunks: Iterable[bytes], path: Path, progress: Callable[[int], None] | None, cancelled: Callable[[], bool]
) -> bool:
    """Write chunks to a temporary file beside ``path`` that takes its place once it is whole; any thread.

    Args:
        chunks: what is to be written; a generator is closed here, in this thread, whatever happens.
        path: the file. One that is there is replaced; what is no plain file (a pipe, a device) is written to as it is.
        progress: called with the bytes that are written so far.
        cancelled: asked before each chunk and before the file takes its place.

    Returns:
        Whether it was saved; if it was cancelled, nothing is left of it.

    Raises:
        BadInput: it cannot be written; nothing is left of it.
    """
    with contextlib.ExitStack() as ending:
        close = getattr(chunks, "close", None)
        if close is not None:
            # A generator that holds a session's file must let go of it in the thread that opened it.
            ending.callback(close)
        try:
            with _whole_file(_resolved(path)) as file:
                _write(chunks, file, progress, cancelled)
        except _CancelledError:
            return False
        except OSError as error:
            raise BadInput(f"{path}: it cannot be written ({error.strerror or error}).") from None
    return True


def _resolved(path: Path) -> Path:
    """Return the path that links lead to: what is replaced is what they point at, not they; OSError if that cannot be."""
    try:
        real = Path(os.path.realpath(path))
    except ValueError as error:  # a NUL in the name
        raise OSError(None, str(error)) from None
    if real.is_symlink():
        raise OSError(None, "its links go round in a circle")
    return real


class _CancelledError(Exception):
    """Nobody wants the file any more."""


def _write(
    chunks: Iterable[bytes], file: BinaryIO, progress: Callable[[int], None] | None, cancelled: Callable[[], bool]
) -> None:
    written = 0
    for chunk in chunks:
        if cancelled():
            raise _CancelledError
        written += file.write(chunk)
        if progress is not None:
            progress(written)
    if cancelled():
        raise _CancelledError
    file.flush()


@contextlib.contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a temporary file that takes the path's place once it is whole; nothing is left of it otherwise."""
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    mode = path.stat().st_mode if path.exists() else None
    if mode is not None and not stat.S_ISREG(mode):
        # A rename would put a plain file in a device's place.
        with path.open("wb") as file:
            yield file
        return
    # Not named after the path: together they might be longer than a name may be.
    descriptor, name = tempfile.mkstemp(prefix=".saving-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            Path(name).chmod(stat.S_IMODE(mode))
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the new name survive a crash of the machine too, where folders can be opened."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
