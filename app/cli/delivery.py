"""Where a command's product goes: standard output, or a file that is there whole or not at all."""

import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path

from app.core.errors import BadInput
from app.session.save import save
from app.terminal import flush_output


def check_free(output: Path | None, *, force: bool) -> None:
    """Raise BadInput if the file is there already and may not be replaced; before anything is made for it."""
    with contextlib.suppress(OSError, ValueError):  # what cannot even be looked at cannot be written: that is said then
        if output is not None and output.is_file() and not force:
            raise BadInput(f"{output}: it exists already; add --force to replace it.")


def deliver(chunks: Iterable[bytes], output: Path | None) -> None:
    """Write chunks to a file, or to standard output if there is none; the main thread.

    Raises:
        BadInput: it cannot be written; of a file nothing is left.
    """
    if output is not None:
        save(chunks, output, None, lambda: False)
        return
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
