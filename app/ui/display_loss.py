"""The display is lost while the window is open: what the runs wrote is recorded, and the exit status tells."""

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

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
