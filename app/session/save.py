"""Saving to a file that is there whole or not at all."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from app.core.errors import BadInput
from app.session.schema import ENDING


def check_target(path: Path, sources: Iterable[Path] = (), *, replace: bool = True) -> None:
    """Raise BadInput unless a file may be made at a path, or replaced if one is there; any thread.

    A session is never replaced by what is made of it (its files are ``sources``), nor is any other; links are not followed.
    ``replace``: the person agreed that a file that is there is replaced.
    """
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        status = None
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    if status is not None and stat.S_ISLNK(status.st_mode):
        raise BadInput(f"{path}: it is a link; name the file it points to, or remove it.")
    if any(_is_part_of(path, source) for source in sources):
        raise BadInput(f"{path}: it is the session itself; choose another file.")
    if path.name.removesuffix("-wal").removesuffix("-shm").removesuffix("-journal").lower().endswith(ENDING):
        raise BadInput(f"{path}: a name that ends in {ENDING} is a session's; choose another one.")
    if status is None:
        return
    if not (stat.S_ISREG(status.st_mode) or _is_stream(status.st_mode)):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise BadInput(f"{path}: it cannot be written (it is {what}).")
    if not replace and stat.S_ISREG(status.st_mode):
        raise BadInput(f"{path}: it already exists; add --force to replace it.")


def _is_part_of(path: Path, source: Path) -> bool:
    """Return whether a path is a session's file or one that SQLite keeps, or would keep, beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        part = f"{source}{ending}"
        with contextlib.suppress(OSError):
            if os.path.realpath(path) == os.path.realpath(part) or path.samefile(part):
                return True
    return False


def _is_stream(mode: int) -> bool:
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def _unwritable(path: Path, error: Exception) -> BadInput:
    return BadInput(f"{path}: it cannot be written ({getattr(error, 'strerror', None) or error}).")


def save(
    chunks: Iterable[bytes],
    path: Path,
    cancelled: Callable[[], bool],
    sources: Collection[Path] = (),
    *,
    replace: bool = True,
) -> bool:
    """Write chunks to a temporary file beside ``path`` that takes its place once it is whole; return whether it was saved.

    Nothing is left of what was cancelled or failed. Any thread.

    Args:
        chunks: what is to be written; a generator is closed here, in this thread, whatever happens.
        path: the file. One that is there is replaced; a pipe or a device like /dev/null is written to as it is.
        cancelled: asked before each chunk and before the file takes its place.
        sources: as for ``check_target``.
        replace: likewise.

    Raises:
        BadInput: it may not or cannot be written.
    """
    with contextlib.ExitStack() as ending:
        close = getattr(chunks, "close", None)
        if close is not None:
            # A generator that holds a session's file must close it in the thread that opened it.
            ending.callback(close)

        def check() -> None:
            check_target(path, sources, replace=replace)

        try:
            check()
            with _stream(path) or _whole_file(path, check) as file:
                _write(chunks, file, cancelled)
        except _CancelledError:
            return False
        except OSError as error:
            raise _unwritable(path, error) from None
    return True


class _CancelledError(Exception):
    """The file was cancelled."""


def _write(chunks: Iterable[bytes], file: BinaryIO, cancelled: Callable[[], bool]) -> None:
    for chunk in chunks:
        if cancelled():
            raise _CancelledError
        file.write(chunk)
    if cancelled():
        raise _CancelledError
    file.flush()


def _stream(path: Path) -> BinaryIO | None:
    """Return a pipe or a device, to be written to as it is: a rename would put a plain file in its place."""
    with contextlib.suppress(FileNotFoundError):
        if _is_stream(path.lstat().st_mode):
            # Without waiting for a reader of the pipe, which may never come.
            try:
                descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
            except OSError as error:
                if error.errno == errno.ENXIO:
                    raise OSError(None, "nothing reads from this pipe") from None
                raise
            if hasattr(os, "O_NONBLOCK"):
                os.set_blocking(descriptor, True)
            return os.fdopen(descriptor, "wb")
    return None


@contextlib.contextmanager
def _whole_file(path: Path, check: Callable[[], None]) -> Iterator[BinaryIO]:
    """Give a temporary file that takes the path's place once it is whole; nothing is left of it otherwise."""
    # Not named after the path: together they might be longer than a name may be.
    temporary = path.with_name(f".saving-{secrets.token_hex(8)}")
    # The umask says which users may read it, or the file that is replaced does.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        check()  # again: much may have happened meanwhile
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(path.lstat().st_mode))
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
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
