"""What goes wrong beside the window's own work: exceptions that were not expected, and the display that is lost."""

import ctypes
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

import platformdirs

from app.terminal import exit_status, write_stderr

if TYPE_CHECKING:
    from app.ui.bridge import Bridge
    from app.ui.services import Services

_RELEASE_TIMEOUT = 1.0  # seconds that released runs have to end, before they are left behind
CONNECTION_LOST = "thread-controller: the connection to the display was lost, so the window is closed.\n"

_handlers: list[Any] = []  # what Xlib calls must not be freed


def on_connection_lost(platform: str, leave: Callable[[], object]) -> None:
    """Call ``leave``, which must not return, when Xlib finds that the X server is gone; the GUI thread only.

    Qt itself notices it by xcb and leaves its loop with 1. It also uses Xlib in places, which may notice first: that prints
    a sentence and calls C's ``exit``, in the middle of what Qt is doing.

    Args:
        platform: the name of Qt's platform; only xcb needs this.
        leave: ends the process.
    """
    if platform != "xcb" or not sys.platform.startswith("linux"):
        return

    def on_error(_display: object) -> int:
        leave()
        return 0

    handler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(on_error)
    with suppress(OSError, AttributeError):  # without the library it is not in use
        ctypes.CDLL("libX11.so.6").XSetIOErrorHandler(handler)
        _handlers.append(handler)


def exit_without_display(bridge: "Bridge | None", services: "Services | None", signal_number: int | None) -> NoReturn:
    """End the session as closing the window does, but without the window: nothing can be shown or asked any more.

    Called by the GUI thread, perhaps from within Qt: what Qt would still do with its windows is left out.
    """
    left = False
    if bridge is not None and services is not None:
        bridge.stop()
        left = not _end_runs(services)
        if services.recorder is not None:
            services.recorder.close()
    write_stderr(CONNECTION_LOST)
    os._exit(exit_status(left=left, signal_number=signal_number, failed=True))


def _end_runs(services: "Services") -> bool:
    """Ask all runs to stop and record what they still write; return whether all have ended."""
    from app.core.pump import Pump

    controller, recorder = services.controller, services.recorder
    pump = Pump(services.stream, controller.consume, None if recorder is None else recorder.consume)
    deadline = services.settings.close_deadline
    controller.close(deadline)
    return pump.wait(controller.is_idle, deadline + _RELEASE_TIMEOUT)


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
