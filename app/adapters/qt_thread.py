"""A QThread as a run needs one: started, joined and destroyed by one thread, and in no reference cycle after that."""

import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from app.core.errors import BadInput

if TYPE_CHECKING:
    from PySide6.QtCore import QThread


class QtThread:
    """A ``ThreadLike`` around a QThread; it works without a QApplication.

    A QThread that is destroyed while it runs aborts the process, and a QObject in a reference cycle that the garbage
    collector frees in some other thread crashes it. The run holds us and we hold its method, which is such a cycle. So the
    QThread comes into being in ``start`` and is let go in ``join``: both are called by the engine's thread manager, and what
    was never started has none.

    Args:
        target: what the thread does.
        name: its name.

    Raises:
        BadInput: PySide6 is not installed.
    """

    def __init__(self, target: Callable[[], None], name: str) -> None:
        self._make = _qthread_class()
        self._target = target
        self._name = name
        self._ident: int | None = None
        self._native_id: int | None = None
        # A thread that calls the QThread holds this, for moments only: so no other has the last reference to it when
        # join lets it go, and it is destroyed by the thread that made it.
        self._lock = threading.Lock()
        self._qthread: QThread | None = None

    @property
    def ident(self) -> int | None:
        """The ``threading.get_ident`` of the thread; None before it runs."""
        return self._ident

    @property
    def native_id(self) -> int | None:
        """The operating system's number of the thread; None before it runs."""
        return self._native_id

    def start(self) -> None:
        """Start it; RuntimeError if the system refuses. The engine's thread manager only."""
        qthread = self._make(self._run)
        qthread.setObjectName(self._name)
        with self._lock:
            self._qthread = qthread
        # Not under the lock: a request must not wait for us.
        qthread.start()
        # Qt only prints that the system refused. A thread that has ended by now is finished.
        if not (qthread.isRunning() or qthread.isFinished()):
            with self._lock:
                self._qthread = None
            raise RuntimeError("can't start a new QThread")

    def join(self) -> None:
        """Block until it has ended, and let it go; the thread that started it only."""
        if self._qthread is not None:
            self._qthread.wait()
            with self._lock:
                self._qthread = None

    # Qt's names, and Qt's meaning: the strategy that calls these is read as a lesson.

    def requestInterruption(self) -> None:  # noqa: N802
        """Request the interruption; any thread. Nothing happens before ``start`` and after the end."""
        with self._lock:
            if self._qthread is not None:
                self._qthread.requestInterruption()

    def isInterruptionRequested(self) -> bool:  # noqa: N802
        """Return whether the interruption was requested; this very thread only."""
        qthread = self._qthread
        return qthread is not None and qthread.isInterruptionRequested()

    def _run(self) -> None:
        self._ident, self._native_id = threading.get_ident(), threading.get_native_id()
        self._target()


def check_qt() -> None:
    """Raise BadInput if PySide6 is not installed."""
    _qthread_class()


@cache
def _qthread_class() -> "Callable[[Callable[[], None]], QThread]":
    """Return the QThread that calls a function: a class, made once."""
    try:
        from PySide6.QtCore import QThread
    except ImportError:
        raise BadInput(
            "strategy: qthread-interruption needs Qt for Python, which is missing here; "
            "install it with 'pip install PySide6-Essentials', or choose another strategy.",
            "strategy",
        ) from None

    class CallingThread(QThread):
        def __init__(self, target: Callable[[], None]) -> None:
            super().__init__()
            self._target = target

        def run(self) -> None:
            self._target()

    return CallingThread
