"""Stop by Qt's own request: a real QThread that looks at isInterruptionRequested()."""

from collections.abc import Callable

from app.adapters.qt_thread import QtThread, check_qt
from app.core.loop_context import LoopContext
from app.core.prediction import Notices
from app.core.strategies.base import About, Strategy, ThreadLike


class QThreadInterruption(Strategy):
    """A ``QThread`` whose interruption is requested, and polled once an interval, after the work."""

    about = About(
        id="qthread-interruption",
        title="QThread, interruption",
        sentence="Sleeps for the interval, then looks whether an interruption of its QThread is requested.",
        first_line="Looks after the work: asked to stop before its first line, it still writes one.",
        guarantee="Notices at the first checkpoint after the request: one interval and one piece of work later at most.",
        cannot="Cannot cut its sleep short, and Qt forgets a request that comes before start(): it must be made again.",
        documentation="https://doc.qt.io/qt-6/qthread.html#requestInterruption",
        doing=("polling", "the QThread"),
        why="an interruption is looked for once an interval, and requesting it does not end the sleep",
        notices=Notices.POLLING,
    )

    def __init__(self, thread: ThreadLike) -> None:
        super().__init__(thread)
        self.asked = False

    @classmethod
    def check_available(cls) -> None:
        """Raise BadInput if PySide6 is not installed."""
        check_qt()

    @classmethod
    def make_thread(cls, target: Callable[[], None], name: str) -> ThreadLike:
        """Return a QThread that calls ``target``, not started; BadInput if PySide6 is not installed."""
        return QtThread(target, name)

    def request_stop(self) -> None:
        """Request the interruption."""
        # Race: Qt forgets a request that comes before start(), so the thread makes it again when it finds our mark.
        # The mark is set first: a request that is forgotten was made before the start, and the thread looks after it.
        self.asked = True
        self.thread.requestInterruption()

    def loop(self, context: LoopContext) -> None:
        """Line, work, pause, checkpoint."""
        if self.asked:
            self.thread.requestInterruption()
        while True:
            context.line()
            context.work()
            context.sleep()
            if self.thread.isInterruptionRequested():
                break
        context.noticed()
