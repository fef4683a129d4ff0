"""Unexpected exceptions: the whole traceback on standard error and in a file, and one sentence in the window."""

import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import platformdirs

MAX_BYTES = 1_000_000  # a larger file is begun anew
INTERNAL_ERROR = "Internal error"


def traceback_path() -> Path:
    """Return where tracebacks are kept; any thread."""
    return Path(platformdirs.user_log_dir("thread-controller", appauthor=False)) / "faults.log"


class ExceptionHooks:
    """Handles uncaught exceptions, in slots and in the program's own threads, while it is installed.

    Args:
        path: where tracebacks are kept.
        show_message: shows a sentence; called for exceptions in the GUI thread only.
    """

    def __init__(self, path: Path, show_message: Callable[[str], None]) -> None:
        self._path = path
        self._show_message = show_message
        self._previous = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def restore(self) -> None:
        """Restore the hooks that were there before."""
        sys.excepthook, threading.excepthook = self._previous

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._write("".join(traceback.format_exception(kind, error, trace)))
        if threading.current_thread() is threading.main_thread():
            self._show_message(f"{INTERNAL_ERROR} ({kind.__name__}). The traceback was saved to {self._path}.")

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "a thread"
        trace = "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
        self._write(f"in {name}:\n{trace}")

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            mode = "a" if self._path.exists() and self._path.stat().st_size < MAX_BYTES else "w"
            with self._path.open(mode, encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}\n")
        except OSError:
            # It is on standard error already.
            pass
