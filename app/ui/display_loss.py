"""The display is gone while the window is open: what there is, is recorded, and the exit status says so."""

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from app.exit_codes import combined
from app.terminal import tell

if TYPE_CHECKING:
    from app.ui.bridge import Bridge
    from app.ui.services import Services

_RELEASED_WITHIN = 1.0  # seconds that those who were let go have for their end, before they are left behind
LOST = "thread-controller: the connection to the display was lost, so the window is closed.\n"

_handlers: list[Any] = []  # what Xlib calls must not be freed


def when_connection_breaks(platform: str, leave: Callable[[], object]) -> None:
    """Have ``leave``, which must not return, called when Xlib finds that the X server is gone; the GUI thread only.

    Qt itself finds it out by xcb and leaves its loop with 1. It also uses Xlib here and there, which may be the first to
    find out: that prints a sentence and calls C's ``exit``, in the middle of whatever Qt is doing.

    Args:
        platform: the name of Qt's platform; nothing is to be done for another than xcb.
        leave: ends the process.
    """
    if platform != "xcb" or not sys.platform.startswith("linux"):
        return

    def on_error(_display: object) -> int:
        leave()
        return 0

    handler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(on_error)
    with suppress(OSError, AttributeError):  # without the library nobody uses it
        ctypes.CDLL("libX11.so.6").XSetIOErrorHandler(handler)
        _handlers.append(handler)


def leave_without_display(bridge: "Bridge | None", services: "Services | None", signal_number: int | None) -> NoReturn:
    """End the sitting as closing the window does, but for the window: nothing can be shown or asked any more.

    Called by the GUI thread, perhaps from within Qt: what Qt would still do with its windows is left out.
    """
    left = False
    if bridge is not None and services is not None:
        bridge.stop()
        left = not _end_runs(services)
        if services.recorder is not None:
            services.recorder.close()
    tell(LOST)
    os._exit(combined(left=left, signal_number=signal_number, failed=True))


def _end_runs(services: "Services") -> bool:
    """Ask everybody to stop and record what they still write; return whether all have ended."""
    from app.experiments.lane_reader import LaneReader

    controller, collector, recorder = services.controller, services.collector, services.recorder
    reader = LaneReader(collector, lambda _: None, collector.settle if recorder is None else recorder.consume)
    controller.begin_close()
    if reader.wait(controller.is_idle, services.settings.close_deadline):
        return True
    controller.let_all_go()
    return reader.wait(controller.is_idle, _RELEASED_WITHIN)
