"""Where a command's product goes: standard output, or a file that is there whole or not at all."""

import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path

from app.core.errors import BadInput
from app.session.save import check_target, save
from app.terminal import flush_output


def check_output(output: Path | None, session: Path, *, force: bool) -> None:
    """Raise BadInput if what is made of a session may not be written to a file; before anything is made for it.

    Args:
        output: the file; None for standard output.
        session: is never replaced.
        force: whether another file that is there may be.
    """
    if output is not None:
        check_target(output, [session], replace=force)


def deliver(chunks: Iterable[bytes], output: Path | None, session: Path, *, force: bool) -> None:
    """Write chunks to a file, or to standard output if there is none; the main thread.

    Raises:
        BadInput: it may not be written, as ``check_output`` says, or cannot be; of a file nothing is left.
    """
    if output is not None:
        save(chunks, output, None, lambda: False, [session], replace=force)
    else:
        print_all(chunks)


def print_all(chunks: Iterable[bytes]) -> None:
    """Write chunks to standard output until nobody reads on; the main thread; BadInput if that cannot be written."""
    with contextlib.suppress(BrokenPipeError):
        for chunk in chunks:
            print_out(chunk)


def print_out(data: bytes) -> None:
    """Write to standard output, now; the main thread or, while it waits for that one, another.

    Raises:
        BadInput: it cannot be written.
        BrokenPipeError: whoever read has had enough.
    """
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        flush_output()  # or what is held back would be tried again as the interpreter ends
        raise BadInput(f"standard output cannot be written ({error.strerror or error}).") from None
