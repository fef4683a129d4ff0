"""Looks for a text in the notes of all sessions, a slice at a time."""

from collections.abc import Iterator, Sequence
from time import perf_counter_ns

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.session.journal_reader import Note
from app.session.session_summary import SessionSummary, find_notes

MOST_FOUND = 1_000  # a person reads no more, and types more instead
_PAUSE = 150  # ms after a key: nobody wants what is found for each letter of a word
_SLICE = 8_000_000  # ns of the window's time at once: half a frame

Hit = tuple[SessionSummary, Note]


class NoteSearch(QObject):
    """One search at a time; the GUI thread only. Its timer ticks only while it searches.

    Signals:
        found: all hits, once everything has been looked through, or enough was found.
    """

    found = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._hits: list[Hit] = []
        self._rest: Iterator[Hit | None] = iter(())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)

    def ask(self, text: str, cards: Sequence[SessionSummary]) -> None:
        """Look for a text; what was looked for before is forgotten."""
        self.text, self._hits = text, []
        self._rest = _paced(cards, text)
        self._timer.start(_PAUSE)

    def forget(self) -> None:
        """Look for nothing any more."""
        self.text, self._hits, self._rest = "", [], iter(())
        self._timer.stop()

    @Slot()
    def _go_on(self) -> None:
        end = perf_counter_ns() + _SLICE
        for hit in self._rest:
            if hit is not None:
                self._hits.append(hit)
            if len(self._hits) >= MOST_FOUND:
                break
            if perf_counter_ns() >= end:
                self._timer.start(0)
                return
        self.found.emit(self._hits)


def _paced(cards: Sequence[SessionSummary], text: str) -> Iterator[Hit | None]:
    """Yield the hits, and None after each session, so that whoever asks can stop there for a while."""
    for card in cards:
        yield from find_notes((card,), text)
        yield None
