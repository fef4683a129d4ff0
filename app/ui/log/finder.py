"""Looks for lines in the session's file, by a process of its own, and keeps the hits as they come."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.session.search.client import Phase, PrewarmedProcess, Search
from app.session.search.hits import Hits
from app.session.search.query import Query, check
from app.session.segments import Segment
from app.ui.log.found import Progress

_POLL = 30  # ms between two looks at what has been found, while something is being looked for


class Finder(QObject):
    """The search that is in force, and its hits; the GUI thread only.

    Signals:
        changed: there are more hits, or the state is another.

    Attributes:
        search: what is looked for now; None if nothing is.
        spare: the process for what is looked for next.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.query = Query()
        self.hits = Hits()
        self.problem = ""  # what cannot be read, or why the search cannot go on
        self.search: Search | None = None
        self.process = PrewarmedProcess()
        self._segments: Sequence[Segment] = ()
        self._committed = 0
        # Ticks only while something is being looked for: with nothing to find, or all of it found, nothing does.
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL)
        self._timer.timeout.connect(self._on_poll)

    def is_on(self) -> bool:
        """Return whether a search is in force."""
        return self.search is not None

    def is_searching(self) -> bool:
        """Return whether there are lines that have not been looked at yet."""
        if self.search is None:
            return False
        phase = self.search.state.phase
        return phase is Phase.SEARCHING or (phase is Phase.CAUGHT_UP and self.hits.searched < self._committed)

    def is_ticking(self) -> bool:
        """Return whether it looks for hits at intervals."""
        return self._timer.isActive()

    def has_failed(self) -> bool:
        """Return whether the search cannot go on; it can be asked for again."""
        return self.search is not None and self.search.state.phase is Phase.FAILED

    def progress(self) -> Progress:
        """Return how far it is."""
        return Progress(self.hits.searched, self._committed, self.problem, self.has_failed())

    def ask(self, query: Query) -> None:
        """Look for something else from now on; nothing, if the query is empty.

        Raises:
            BadInput: a pattern is wrong; what was looked for before stays in force.
        """
        check(query)
        if query == self.query and self.search is not None and not self.has_failed():
            return
        self.stop()
        self.query = query
        if not query.is_empty:
            # Polled and not told: the search's thread must touch no QObject.
            self.search = Search(query, self._segments, _nothing, self._committed, self.process.acquire)
            self._timer.start()
        self.changed.emit()

    def recorded(self, segments: Sequence[Segment], committed: int) -> None:
        """Say what is in the file by now."""
        if committed == self._committed and segments == self._segments:
            return
        self._segments, self._committed = segments, committed
        if self.search is not None:
            self.search.more(segments, committed)
            if not self._timer.isActive():
                self._timer.start()

    def prepare(self) -> None:
        """Have a process ready: what to look for is about to be typed."""
        self.process.prepare()

    def put_away(self) -> None:
        """End everything: nothing is going to be looked for."""
        self.stop()
        self.process.shutdown()

    def stop(self) -> None:
        """End the search and forget its hits; the process is gone when this returns."""
        self._timer.stop()
        if self.search is not None:
            self.search.stop()
        self.search = None
        self.query = Query()
        self.hits = Hits()
        self.problem = ""

    @Slot()
    def _on_poll(self) -> None:
        if self.search is None:
            return
        before = self.hits.searched, self.hits.total, self.problem
        # First how it stands, then what it has found: the other way round the last hits might come in between.
        state = self.search.state
        for chunk in self.search.consume():
            self.hits.add(*chunk)
        self.problem = state.sentence or (state.damaged[-1] if state.damaged else "")
        over = state.phase is not Phase.SEARCHING and not self.is_searching()
        if over:
            self._timer.stop()
            # For the next letter; not before, because two processes are at work already.
            self.process.prepare()
        if over or before != (self.hits.searched, self.hits.total, self.problem):
            self.changed.emit()


def _nothing() -> None:
    """Do nothing."""
