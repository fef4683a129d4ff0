"""Finds lines in the session's file by a process of its own, and goes from hit to hit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.session.search.client import Phase, PrewarmedProcess, Search
from app.session.search.hits import Hits
from app.session.search.query import Query, check
from app.session.segments import Segment
from app.ui.log.hidden import HiddenEvents
from app.ui.log.shown import FoundLines, Shown, is_shown

_POLL = 30  # ms between two looks at what has been found, while a search is in force

NO_MATCHES = "No matches"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is.

    Attributes:
        searched: the line number up to which was searched.
        wanted: the line number up to which there is something to search.
        problem: what cannot be read, or why the search cannot go on; empty if all is well.
        failed: it does not go on.
    """

    searched: int
    wanted: int
    problem: str = ""
    failed: bool = False


class Finder(QObject):
    """The search that is in force, and its hits; the GUI thread only.

    Args:
        hidden: the events that are hidden.

    Signals:
        changed: there are more hits, or the state is another.

    Attributes:
        found: the hits.
        search: what is looked for now; None if nothing is.
        process: a process that waits for the next query.
    """

    changed = Signal()

    def __init__(self, hidden: HiddenEvents, parent: QObject) -> None:
        super().__init__(parent)
        self.query = Query()
        self._hidden = hidden
        self.found = FoundLines(hidden)
        self.problem = ""  # what cannot be read, or why the search cannot go on
        self.search: Search | None = None
        self.process = PrewarmedProcess()
        self._segments: Sequence[Segment] = ()
        self._committed = 0
        # Ticks only while something is being looked for: with nothing to find, or all of it found, nothing does.
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL)
        self._timer.timeout.connect(self._on_poll)

    @property
    def hits(self) -> Hits:
        """All that was found, whether it is hidden or not."""
        return self.found.hits

    def is_on(self) -> bool:
        """Return whether a search is in force."""
        return self.search is not None

    def is_searching(self) -> bool:
        """Return whether there are lines that have not been looked at yet."""
        if self.search is None:
            return False
        phase = self.search.state.phase
        return phase is Phase.SEARCHING or (phase is Phase.CAUGHT_UP and self.hits.searched < self._committed)

    def has_failed(self) -> bool:
        """Return whether the search cannot go on; it can be asked for again."""
        return self.search is not None and self.search.state.phase is Phase.FAILED

    def progress(self) -> Progress:
        """Return how far it is."""
        return Progress(self.hits.searched, self._committed, self.problem, self.has_failed())

    def ask(self, query: Query) -> None:
        """Look for another query from now on; for nothing, if it is empty.

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

    def shutdown(self) -> None:
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
        self.found = FoundLines(self._hidden)
        self.problem = ""

    @Slot()
    def _on_poll(self) -> None:
        if self.search is None:
            return
        before = self.hits.searched, self.hits.total, self.problem
        # First how it stands, then what it has found: the other way round the last hits might come in between.
        state = self.search.state
        for chunk in self.search.consume():
            self.found.add(*chunk)
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


def found_text(lines: Shown, line: int | None, progress: Progress, hidden: int = 0) -> str:
    """Return how many matches there are, which of them is chosen, and how far the search is.

    Args:
        lines: the hits among the lines that are shown.
        line: the chosen line; None for none.
        progress: how far the search is.
        hidden: how many hits there are besides, of events that are hidden.
    """
    if progress.failed:
        return f"⚠ {progress.problem}"
    total = lines.count()
    text = f"{total:,} match{'es' if total != 1 else ''}"
    if line is not None and is_shown(line, lines):
        text = f"{lines.place(line) + 1:,} of {total:,}"
    if progress.searched < progress.wanted:
        text = f"{text}, searching: {100 * progress.searched // max(1, progress.wanted)} %"
    elif not total:
        text = NO_MATCHES
    if hidden:
        text = f"{text} · {hidden:,} in hidden events"
    return f"{text} · ⚠ {progress.problem}" if progress.problem else text


@dataclass(frozen=True, slots=True)
class Found:
    """Where the next hit is; ``around``: it is on the other side of the end."""

    line: int
    around: bool = False


def next_hit(lines: Shown, line: int | None) -> Found | None:
    """Return the next hit after a line, from the top again after the last; None if there is none."""
    place = 0 if line is None else lines.place(line + 1)
    if place < lines.count():
        return Found(lines.lines(place, 1)[0])
    return Found(lines.lines(0, 1)[0], around=True) if lines.count() else None


def previous_hit(lines: Shown, line: int | None) -> Found | None:
    """Return the hit before a line, from the end again before the first; None if there is none."""
    count = lines.count()
    place = count if line is None else lines.place(line)
    if place > 0:
        return Found(lines.lines(place - 1, 1)[0])
    return Found(lines.lines(count - 1, 1)[0], around=True) if count else None


class Walk:
    """Goes from hit to hit, and waits where the search has not come to the place yet.

    Attributes:
        waits: a hit was asked for that may still be found.
        is_back: for the one before, and not for the next.
        is_typed: the text was typed that is looked for, and nothing else was pressed.
    """

    def __init__(self) -> None:
        self.waits = False
        self.is_back = False
        self.is_typed = False
        self._wanted = 0  # how far the search must be for the answer to be no
        self._start: int | None = None  # the line from which a typed text is looked for

    def ask(self, wanted: int, *, back: bool) -> None:
        """Ask for the next hit, or the one before, of those that a search up to line ``wanted`` finds."""
        if self.waits and self.is_typed and not back:
            self.is_typed = False  # pressed before the first hit of what was typed was there: that one is meant
            return
        self.waits, self.is_back, self.is_typed, self._wanted, self._start = True, back, False, wanted, None

    def ask_first(self, wanted: int, start: int) -> None:
        """Ask for the first hit from the line ``start`` on: a text was typed."""
        self.waits, self.is_back, self.is_typed, self._wanted, self._start = True, False, True, wanted, start

    def forget(self) -> None:
        """Ask for nothing any more."""
        self.waits = False

    def answer(self, lines: Shown, line: int | None, searched: int) -> Found | None:
        """Return where to go, or None: nowhere, or, if it still ``waits``, not yet.

        Args:
            lines: the hits among the lines that are shown.
            line: the chosen line; None for none.
            searched: the line number up to which was searched.
        """
        if not self.waits:
            return None
        if self._start is not None:
            line = self._start - 1
        found = previous_hit(lines, line) if self.is_back else next_hit(lines, line)
        if found is None or found.around:
            needed = self._wanted
        elif self.is_back:
            needed = self._wanted if line is None else line
        else:
            needed = 0  # hits come in order: there is none between
        if searched < needed:
            return None
        self.waits = False
        return found


def density(found: Shown, rows: Shown, buckets: int) -> list[int]:
    """Return how many hits there are in each of ``buckets`` equal parts of the rows; the hits are among them."""
    count = rows.count()
    if not count:
        return []
    edges = [rows.lines(count * bucket // buckets, 1)[0] for bucket in range(buckets)]
    return [later - earlier for earlier, later in pairwise([*map(found.place, edges), found.count()])]
