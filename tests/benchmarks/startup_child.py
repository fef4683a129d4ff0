"""Opens a window, ours or a bare one, prints the instant at which it was first painted, and closes it.

``python -m tests.benchmarks.startup_child bare`` or ``… ours --session-dir FOLDER``: what follows ``ours`` goes to the
program's own ``main``. Printed is ``time.monotonic_ns()``, a clock that all processes of a machine share.
"""

import sys
import time


def watch() -> None:
    """Have the event loop leave, when it is entered, as soon as the window has been painted.

    Nothing is watched before the loop is entered: a filter on all events would slow down what is measured.
    """
    from PySide6.QtCore import QEvent, QObject, QTimer
    from PySide6.QtWidgets import QApplication

    execute = QApplication.exec

    class FirstPaint(QObject):
        """Sees the window being exposed: Qt paints it while it handles that event, so it is painted in the next turn."""

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
            if event.type() == QEvent.Type.Expose and watched.isExposed():
                watched.removeEventFilter(self)
                QTimer.singleShot(0, painted)
            return False

    def painted() -> None:
        sys.stdout.write(f"{time.monotonic_ns()}\n")
        QApplication.instance().exit(0)

    def watched_loop() -> int:
        window = next(widget for widget in QApplication.topLevelWidgets() if widget.isVisible()).windowHandle()
        first_paint = FirstPaint(window)
        if window.isExposed():
            QTimer.singleShot(0, painted)
        else:
            window.installEventFilter(first_paint)
        return execute()

    QApplication.exec = staticmethod(watched_loop)


def bare() -> int:
    """Open what any PySide6 program opens."""
    from PySide6.QtWidgets import QApplication, QMainWindow

    application = QApplication([])
    window = QMainWindow()
    window.resize(1024, 700)
    window.show()
    return application.exec()


def main() -> int:
    """Open the window that the first argument names."""
    watch()
    if sys.argv[1] == "bare":
        return bare()
    from app.__main__ import main as program

    return program(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
