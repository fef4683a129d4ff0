"""Where a command's product goes: standard output, or a file that is there whole or not at all."""

import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path

from app.core.errors import BadInput
from app.session.save import save


def check_free(output: Path | None, *, force: bool) -> None:
    """Raise BadInput if the file is there already and may not be replaced; before anything is made for it."""
    with contextlib.suppress(OSError, ValueError):  # what cannot even be looked at cannot be written: that is said then
        if output is not None and output.is_file() and not force:
            raise BadInput(f"{output}: it exists already; add --force to replace it.")


def deliver(chunks: Iterable[bytes], output: Path | None) -> None:
    """Write chunks to a file, or to standard output if there is none; the main thread.

    Raises:
        BadInput: it cannot be written; nothing is left of it.
    """
    if output is not None:
        save(chunks, output, None, lambda: False)
        return
    with contextlib.suppress(BrokenPipeError):
        for chunk in chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
