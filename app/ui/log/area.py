"""The log with everything around it: finding, filtering, saving."""

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.batch import Batch
from app.core.errors import BadInput
from app.session.record_words import record_words
from app.session.recorder import Recording
from app.session.search.query import Query
from app.ui.display_text import visible
from app.ui.log.export import Saver
from app.ui.log.finder import NO_MATCHES, Finder, Walk, density, found_text
from app.ui.log.match_spans import SpanFinder
from app.ui.log.panel import LogPanel
from app.ui.log.search_bar import SearchBar
from app.ui.log.shown import Shown, is_shown
from app.ui.log.store import LogStore
from app.ui.theme import Theme, WorkerMarks
from app.ui.widgets import add_all, single_shot

SEARCH_WRAPPED = "Search wrapped"
NO_LINE = "Click a line first."
_MARKS_PAUSE = 200  # ms between two times that the marks in the scroll bar are counted
_LONGEST_SAID = 200  # characters of a hit's text that a screen reader says


@dataclass(frozen=True, slots=True)
class FilterPlace:
    """Where a filter was left: the line in the first row, the chosen one, and whether the tail was followed."""

    top: int
    chosen: int
    following: bool


class LogArea(QWidget):
    """The log panel and the search bar below it; the GUI thread only.

    Args:
        store, origin, started_ns, theme, marks: as the panel's.

    Signals:
        said: a sentence for the person.

    Attributes:
        panel: the rows.
        search: the search bar.
        saver: saves lines.
    """

    said = Signal(str)

    def __init__(
        self,
        store: LogStore,
        origin: int,
        started_ns: int,
        theme: Theme,
        marks: WorkerMarks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.store = store
        self.panel = LogPanel(store, origin, started_ns, theme, marks, self)
        self.saver = Saver(store, self.panel.selection, self.panel.shown, started_ns, self)
        self.search = SearchBar(self)
        self.search.hide()
        self.finder = Finder(store.hidden, self)
        self._spans: SpanFinder | None = None  # where in a line the matches are
        self._walk = Walk()
        self._start = 0  # the line from which what is typed is looked for
        self._typed_line: int | None = None  # to which typing has led
        self._left: FilterPlace | None = None  # where the filter was left for the lines around one
        self._wrong = ""  # what is wrong with the pattern that stands in the bar
        self._unsaid = False  # the result of what was asked for last was not announced yet
        self._wanted = 0  # up to which line must have been searched for it
        # Stands still as long as no hits come.
        self._marks_timer = single_shot(self, self._show_marks, _MARKS_PAUSE)
        add_all(QVBoxLayout(self), (self.panel, 1), self.search, margins=0, spacing=0)
        self.setFocusProxy(self.panel)
        self.search.asked.connect(self._on_asked)
        self.search.narrowed.connect(self._on_narrowed)
        self.search.find_asked.connect(self.open_find)
        self.search.filter_asked.connect(self.open_filter)
        self.search.next_asked.connect(self.find_next)
        self.search.previous_asked.connect(self.find_previous)
        self.search.around_asked.connect(self.show_around)
        self.search.back_asked.connect(self.go_back)
        self.search.closed.connect(self.close_search)
        self.finder.changed.connect(self._on_found)
        self.panel.said.connect(self.said)
        self.panel.chosen.connect(self._on_chosen)
        self.panel.cleared.connect(self._on_found)
        self.panel.events_changed.connect(self._on_found)

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, batch: Batch) -> None:
        """Show a batch."""
        before = self.store.runs
        self.panel.add(batch)
        if self.store.runs != before and not self.search.isHidden():
            self.search.offer(self.store.names())

    @Slot(object)
    def on_recorded(self, batches: list[tuple[Batch, int]]) -> None:
        """Look for what is hidden in batches of a session that is only looked at; see ``LogStore.look_for_hidden``."""
        self.store.look_for_hidden(batches)
        self.panel.refresh()

    def on_recording(self, recording: Recording) -> None:
        """Say what is in the session's file by now."""
        self.store.recorded(recording.segments, recording.committed)
        self.finder.recorded(recording.segments, min(recording.committed, self.store.end))

    # -- find and filter -----------------------------------------------------------------------------------------

    @Slot()
    def open_find(self) -> None:
        """Open the search bar."""
        self._open_search(only_hits=False)

    @Slot()
    def open_filter(self) -> None:
        """Open the search bar to show the hits alone."""
        self._open_search(only_hits=True)

    def _open_search(self, *, only_hits: bool) -> None:
        if self.store.archive is None:
            self.said.emit("Nothing is recorded, so there is no file to search.")
            return
        self.search.offer(self.store.names())
        self._start = self._line_here()
        self.search.open(only_hits=only_hits)
        self.finder.prepare()

    def _line_here(self) -> int:
        """Return the line that is being read: the chosen one if it is on the screen, or else the first that is."""
        lines = self.panel.lines
        return self.panel.line if self.panel.line in lines else lines[0] if lines else self.store.first

    @Slot()
    def close_search(self) -> None:
        """Show all lines again, with the chosen one on the screen if it was."""
        chosen = self.panel.line if self.panel.line in self.panel.lines else None
        self.search.forget()
        self.search.hide()
        self._note_left(None)
        self._walk.forget()
        self._wrong, self._unsaid = "", False
        self.finder.shutdown()
        self._show_marks()
        self.panel.matches.mark(None, None)
        self.panel.narrow(None)
        if chosen is not None and not self.panel.following:
            self.panel.bring(chosen)
        self.panel.setFocus()

    @Slot(object, bool)
    def _on_asked(self, query: Query, is_edited: bool) -> None:
        self._unsaid, self._wanted = True, self.finder.progress().wanted
        self._walk.forget()
        self._typed_line = None
        try:
            self.finder.ask(query)
        except BadInput as error:
            # The query before stays in force: while a pattern is typed, it is wrong many times.
            self._wrong = f"⚠ {error}"
        else:
            if is_edited:
                self._note_left(None)  # the filter that was left is another one now
            self._wrong = ""
            self._spans = SpanFinder(query)
            if is_edited and query.include and not self.search.only_hits.isChecked():
                self._walk.ask_first(self._wanted, self._start)
        self._on_found()

    @Slot(bool)
    def _on_narrowed(self, narrowed: bool) -> None:
        left = self._left
        self._note_left(None)
        self._unsaid, self._wanted = True, self.finder.progress().wanted
        self._on_found()
        if narrowed and left is not None:
            self.panel.go_back(left.top, left.chosen, following=left.following)

    # -- the lines around one -------------------------------------------------------------------------------------

    @Slot()
    def show_around(self) -> None:
        """Show all lines, with the chosen one in the middle; ``go_back`` returns to the filter as it was."""
        panel, line = self.panel, self.panel.line
        if line is None or not is_shown(line, panel.shown()):
            self.said.emit(NO_LINE)
            return
        if panel.is_narrowed():
            left = FilterPlace(panel.position.line, line, panel.following)
            self.search.only_hits.setChecked(False)
            self._note_left(left)
        panel.choose_in_middle(line)
        panel.setFocus()

    @Slot()
    def go_back(self) -> None:
        """Show the matching lines alone again, as they were when ``show_around`` left them."""
        if self._left is not None:
            self.search.only_hits.setChecked(True)
            self.panel.setFocus()

    def _note_left(self, left: FilterPlace | None) -> None:
        self._left = left
        self.search.back_possible.emit(left is not None)

    @Slot()
    def _on_found(self) -> None:
        on = self.finder.is_on() and self.search.only_hits.isChecked()
        if on or self.panel.is_narrowed():
            self.panel.narrow(self.finder.found if on else None)
        is_marked = self.finder.is_on() and self._spans is not None
        self.panel.matches.mark(
            self.finder.hits.contains if is_marked else None, self._spans.spans if self._spans else None
        )
        self._show_count()
        if not self._marks_timer.isActive():
            self._marks_timer.start()
        self._go_on()
        self._announce()

    def _hits(self) -> Shown:
        """Return the hits among the lines that are shown, or would be if they alone were."""
        return self.finder.found.shown(*self._bounds(), all_events=self.panel.all_events)

    def _bounds(self) -> tuple[int, int]:
        """Return the number of the first line that may be shown, and the one after the last."""
        return self.store.first, self.panel.position.end(self.store.end)

    def _found_text(self, line: int | None) -> str:
        """Return how many matches there are, and which of them a line is."""
        hits = self._hits()
        hidden = 0 if self.panel.all_events else self.finder.found.count_hidden(*self._bounds())
        return found_text(hits, line, self.finder.progress(), hidden)

    @Slot(object)
    def _on_chosen(self, line: int) -> None:
        if line != self._typed_line:
            self._start = line
        self._show_count()

    def _show_count(self) -> None:
        if not self.search.isHidden():
            found = self._found_text(self.panel.line) if self.finder.is_on() else ""
            self.search.say(self._wrong or found)

    def _announce(self) -> None:
        """Have a screen reader say once what came of what was asked for, and not at each line that comes later."""
        progress = self.finder.progress()
        if self._unsaid and self._wrong:
            self.panel.announce(self._wrong)
        elif self._unsaid and self.finder.is_on() and (progress.failed or progress.searched >= self._wanted):
            self.panel.announce(self._said_of(self._typed_line))
        else:
            return
        self._unsaid = False

    def _said_of(self, line: int | None) -> str:
        """Return how many matches there are; of a line which of them it is, and what it says."""
        found = self._found_text(line)
        record = None if line is None else self.store.record(line)
        return found if record is None else f"{found}: {visible(record_words(record.kind, record.text), _LONGEST_SAID)}"

    @Slot()
    def _show_marks(self) -> None:
        bar = self.panel.bar
        marked = self.finder.is_on() and not self.panel.is_narrowed()
        marks = density(self._hits(), self.panel.shown(), bar.buckets()) if marked else []
        bar.set_marks(marks, self.panel.row_style.match_colour())

    @Slot()
    def find_next(self) -> None:
        """Go to the next hit after the chosen line; from the top again after the last."""
        self._find(back=False)

    @Slot()
    def find_previous(self) -> None:
        """Go to the hit before the chosen line; from the end again before the first."""
        self._find(back=True)

    def _find(self, *, back: bool) -> None:
        if self.search.isHidden():
            self.open_find()
        self.search.settle()
        if not self.finder.is_on():
            return  # nothing stands in the bar: there the focus is now
        if self.finder.has_failed():
            self.finder.ask(self.finder.query)
        self._walk.ask(self.finder.progress().wanted, back=back)
        self._go_on()
        if self._walk.waits:
            self.said.emit("Still searching…")

    def _go_on(self) -> None:
        """Go to the hit that was asked for, if the search has come that far."""
        if not self._walk.waits or not self.finder.is_on():
            return
        is_typed = self._walk.is_typed
        found = self._walk.answer(self._hits(), self.panel.line, self.finder.hits.searched)
        if found is not None:
            self._typed_line = found.line if is_typed else None
            self.panel.choose(found.line, stay=True)
            if not is_typed:
                self.panel.announce(self._said_of(found.line))
                if found.around:
                    self.said.emit(SEARCH_WRAPPED)
        elif self._walk.waits:
            if self.finder.has_failed():
                self._walk.forget()
        elif not is_typed:
            self.said.emit(NO_MATCHES)

    # -- the end -------------------------------------------------------------------------------------------------

    def shutdown(self) -> None:
        """End a save and the search's process, and let go of the file; nothing is begun again."""
        self.saver.shutdown()
        self.search.forget()
        self._marks_timer.stop()
        self.finder.shutdown()
        self.store.close()

    def apply_theme(self) -> None:
        """Use the theme's colours; call again when it changes."""
        self.panel.apply_theme()
        self._show_marks()
