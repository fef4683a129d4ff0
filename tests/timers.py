"""Which of Qt's timers tick: with nothing running none should."""

from PySide6.QtCore import QObject, QTimer


def running_timers(parent: QObject) -> list[QTimer]:
    """Return the timers below an object that tick."""
    return [timer for timer in parent.findChildren(QTimer) if timer.isActive()]
