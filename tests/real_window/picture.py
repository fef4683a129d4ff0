"""The window as the README's pictures show it: filled, waited for, saved, and closed again."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.core.catalogue import Catalogue
from app.documents.settings import Settings
from app.ui.main_window import MainWindow
from app.ui.main_window_setup import fill_window
from app.ui.start import build_services, shutdown
from tests.real_window.waiting import PATIENCE


class PicturedWindow(MainWindow):
    """A window whose picture is taken."""

    def see(self, condition: Callable[[], object]) -> None:
        """Let the window live until something is true, by Qt's own loop: what is measured is in the picture."""
        loop, timer = QEventLoop(), QTimer()
        deadline = time.monotonic() + PATIENCE
        timer.timeout.connect(lambda: (condition() or time.monotonic() > deadline) and loop.quit())
        timer.start(20)
        loop.exec()
        assert condition(), "what is to be in the picture has not come"

    def live(self, seconds: float) -> None:
        """Let the window live for a time."""
        done = time.monotonic() + seconds
        self.see(lambda: time.monotonic() > done)


@contextmanager
def pictured_window(catalogue: Catalogue, settings: Settings) -> Iterator[PicturedWindow]:
    """Show a window of the size that the settings say; what runs in it at the end is let go, or killed."""
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        services = build_services(catalogue, settings, Path(folder, "settings.toml"), Path(folder, "sessions"))
        window = PicturedWindow()
        fill_window(window, services)
        window.resize(settings.layout.width, settings.layout.height)
        window.show()
        yield window
        for row in window.parts.workers.rows.rows:
            if row.run is not None:
                services.controller.let_go(row.run)
                services.controller.kill(row.run)
        window.see(services.controller.is_idle)
        services.controller.close(0)
        shutdown(services, window)
        QCoreApplication.processEvents()
    del application


def main(make_picture: Callable[[Path, str], None]) -> None:
    """Make the picture that the command line asks for: its file, and light or dark."""
    make_picture(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "light")
