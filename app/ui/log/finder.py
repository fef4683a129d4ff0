"""Looks for lines in the session's file, by a process of its own, and keeps the hits as they come."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.session.search.client import Phase, Search
from app.session.search.hits import Hits
from app.session.search.query import Query, check
from app.session.segments import Segment

_POLL = 30  # ms between two looks at what has been found, while something is being looked for


class Finder(QObject):
    """The search that is in force, and its hits; the GUI thread only.

    Signals:
        changed: there are more hits, or the state is another.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.query = Query()
        self.hits = Hits()
        self.problem = ""  # what went wrong in the search itself
        self._search: Search | None = None
        self._segments: Sequence[Segment] = ()
        self._committed = 0
        # Ticks only while something is being looked for: with nothing to find, or all of it found, nothing does.
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL)
        self._timer.timeout.connect(self._on_poll)

    def is_on(self) -> bool:
        """Return whether a search is in force."""
        return self._search is not None

    def is_searching(self) -> bool:
        """Return whether there are lines that have not been looked at yet."""
        if self._search is None:
            return False
        phase = self._search.state.phase
        return phase is Phase.SEARCHING or (phase is Phase.CAUGHT_UP and self.hits.searched < self._committed)

    def committed(self) -> int:
        """Return how many lines there are to look at."""
        return self._committed

    def ask(self, query: Query) -> None:
        """Look for something else from now on; nothing, if the query is empty.

        Raises:
            BadInput: a pattern is wrong; what was looked for before stays in force.
        """
        check(query)
        if query == self.query and self._search is not None:
            return
        self.stop()
        self.query = query
        if not query.is_empty:
            # Polled and not told: the search's thread must touch no QObject.
            self._search = Search(query, self._segments, _nothing, self._committed)
            self._timer.start()
        self.changed.emit()

    def recorded(self, segments: Sequence[Segment], committed: int) -> None:
        """Say what is in the file by now."""
        if committed == self._committed and segments == self._segments:
            return
        self._segments, self._committed = segments, committed
        if self._search is not None:
            self._search.more(segments, committed)
            if not self._timer.isActive():
                self._timer.start()

    def stop(self) -> None:
        """End the search and forget its hits; the process is gone when this returns."""
        self._timer.stop()
        if self._search is not None:
            self._search.stop()
        self._search = None
        self.query = Query()
        self.hits = Hits()
        self.problem = ""

    @Slot()
    def _on_poll(self) -> None:
        if self._search is None:
            return
        before = self.hits.searched, self.hits.total, self.problem
        for chunk in self._search.take():
            self.hits.add(*chunk)
        state = self._search.state
        self.problem = state.sentence or (state.damaged[-1] if state.damaged else "")
        if not self.is_searching():
            self._timer.stop()
        if before != (self.hits.searched, self.hits.total, self.problem):
            self.changed.emit()


def _nothing() -> None:
    """Do nothing."""
