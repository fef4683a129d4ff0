"""A process in which every window and dialog is made at the scale that QT_SCALE_FACTOR says; prints what is cut off."""

import json
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from app.adapters import whole_catalogue
from app.documents.settings import Settings
from app.ui.main_window import MainWindow
from app.ui.main_window_setup import fill_window
from app.ui.start import build_services, paint_in_one_thread, shutdown
from tests.ui.layout_check import LARGE, Tour, font_of, make_sessions, troubles


def main(folder: Path) -> None:
    """Tour the windows with the system's font and with a large one; one line of JSON says what was seen."""
    paint_in_one_thread()
    application = QApplication(sys.argv)
    application.setQuitOnLastWindowClosed(False)
    looked: list[str] = []
    found: list[str] = []
    sessions = make_sessions(folder / "sessions")

    def look(name: str, window: QWidget) -> None:
        looked.append(name)
        found.extend(f"{points} pt, {name}: {trouble}" for trouble in troubles(window))

    for points in (0, LARGE):
        with font_of(points):
            services = build_services(whole_catalogue(), Settings(), folder / "settings.toml", folder / "sessions")
            window = MainWindow()
            fill_window(window, services)
            window.show()
            tour = Tour(window, look)
            tour.main_window(points)
            tour.dialogs()
            tour.other_windows(sessions)
            tour.plan()
            shutdown(services, window)
    screen = application.primaryScreen()
    print(
        json.dumps(
            {"ratio": screen.devicePixelRatio(), "screen": screen.size().toTuple(), "looked": looked, "found": found}
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
