"""Help ▸ About: the program's name, version and environment."""

import os
import platform
import sys

import PySide6
from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from app import __version__
from app.core.interpreter import gil_is_enabled
from app.core.latency import duration


def environment_text() -> str:
    """Return the parts of the environment that affect latencies, a line each."""
    return "\n".join(
        (
            f"Python {platform.python_version()}, {'with the GIL' if gil_is_enabled() else 'free-threaded'}",
            f"PySide6 {PySide6.__version__}, Qt {qVersion()}",
            f"{platform.system()} {platform.release()}, {os.cpu_count()} processors",
            f"switch interval {duration(sys.getswitchinterval() * 1e9)}",
        )
    )


def show_about(parent: QWidget) -> None:
    """Show the box; returns at once."""
    box = QMessageBox(parent)
    box.setWindowTitle("About Thread Controller")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"Thread Controller {__version__}")
    box.setInformativeText(
        f"Start threads, ask them to stop, and see exactly when each one noticed.\n\n{environment_text()}"
    )
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
