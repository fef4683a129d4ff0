"""Our own mistakes: the whole traceback on standard error and in a file, and one sentence in the window."""

import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import platformdirs

LARGEST = 1_000_000  # bytes; a file that has grown beyond is begun anew


def faults_path() -> Path:
    """Return where tracebacks are kept; any thread."""
    return Path(platformdirs.user_log_dir("thread-controller", appauthor=False)) / "faults.log"


class Faults:
    """Takes the exceptions that nobody caught, in slots and in threads of ours, while it is installed.

    Args:
        path: where tracebacks are kept.
        say: shows a sentence; called for exceptions in the GUI thread only.
    """

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self._path = path
        self._say = say
        self._previous = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def restore(self) -> None:
        """Put the hooks back that were there before."""
        sys.excepthook, threading.excepthook = self._previous

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._keep("".join(traceback.format_exception(kind, error, trace)))
        if threading.current_thread() is threading.main_thread():
            self._say(f"A mistake of this program's ({kind.__name__}); its traceback is kept in {self._path}.")

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread else "a thread"
        trace = "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
        self._keep(f"in {name}:\n{trace}")

    def _keep(self, text: str) -> None:
        sys.stderr.write(text)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            mode = "a" if self._path.exists() and self._path.stat().st_size < LARGEST else "w"
            with self._path.open(mode, encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}\n")
        except OSError:
            # It stands on standard error already.
            pass
