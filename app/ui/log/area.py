"""The log with everything around it: finding, filtering, going somewhere, copying."""

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.batch import Batch
from app.core.errors import BadInput
from app.session.recorder import Recording
from app.session.search.query import Query
from app.ui.log.finder import Finder
from app.ui.log.found import found_text, next_hit, previous_hit
from app.ui.log.logic import row_as_text
from app.ui.log.panel import LogPanel
from app.ui.log.search_bar import SearchBar
from app.ui.log.shown import HitLines
from app.ui.log.store import LogStore
from app.ui.theme import Theme
from app.ui.worker_marks import WorkerMarks

MOST_COPIED = 100_000  # lines: what a clipboard can be asked to hold; more can be saved
_MARKS_PAUSE = 200  # ms between two times that the marks in the scroll bar are counted


class LogArea(QWidget):
    """The log panel and the search bar below it; the GUI thread only.

    Args:
        store, origin, started_ns, theme, marks: as the panel's.

    Signals:
        said: a sentence for the person.
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
        self._theme = theme
        self.store = store
        self.panel = LogPanel(store, origin, started_ns, theme, marks, self)
        self.search = SearchBar(self)
        self.search.hide()
        self.finder = Finder(self)
        # Stands still as long as no hits come.
        self._marks_timer = QTimer(self)
        self._marks_timer.setSingleShot(True)
        self._marks_timer.setInterval(_MARKS_PAUSE)
        self._marks_timer.timeout.connect(self._show_marks)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.panel, 1)
        layout.addWidget(self.search)
        self.setFocusProxy(self.panel)
        self.search.asked.connect(self._on_asked)
        self.search.narrowed.connect(self._on_narrowed)
        self.search.next_asked.connect(self.find_next)
        self.search.previous_asked.connect(self.find_previous)
        self.search.closed.connect(self.close_search)
        self.finder.changed.connect(self._on_found)
        self.panel.said.connect(self.said)
        self.panel.chosen.connect(self._show_count)

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, batch: Batch) -> None:
        """Show a batch."""
        self.panel.add(batch)

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
        self.search.open(only_hits=only_hits)

    @Slot()
    def close_search(self) -> None:
        """Show all lines again, with the chosen one where it is."""
        self.search.hide()
        self.finder.stop()
        self.panel.bar.set_marks([], QColor())
        self.panel.narrow(None)
        if self.panel.line is not None and not self.panel.following:
            self.panel.bring(self.panel.line)
        self.panel.setFocus()

    @Slot(object)
    def _on_asked(self, query: Query) -> None:
        try:
            self.finder.ask(query)
        except BadInput as error:
            # What was looked for before stays in force: one types a pattern through many wrong ones.
            self.search.say(f"⚠ {error}", wrong=True)
            return
        self._on_found()

    @Slot(bool)
    def _on_narrowed(self, _narrowed: bool) -> None:
        self._narrow()
        self._announce()

    @Slot()
    def _on_found(self) -> None:
        self._narrow()
        self._show_count()
        if not self._marks_timer.isActive():
            self._marks_timer.start()
        if not self.finder.is_searching():
            self._announce()

    def _narrow(self) -> None:
        on = self.finder.is_on() and self.search.only_hits.isChecked()
        if on or self.panel.is_narrowed():
            hits = HitLines(self.finder.hits, self.store.first, self.store.end) if on else None
            self.panel.narrow(hits, complete=not self.finder.is_searching())

    @Slot()
    def _show_count(self) -> None:
        if self.search.isHidden():
            return
        finder = self.finder
        self.search.say(
            found_text(finder.hits, finder.committed(), self.panel.line, finder.problem) if finder.is_on() else ""
        )

    def _announce(self) -> None:
        if self.finder.is_on():
            self.panel.announce(found_text(self.finder.hits, self.finder.committed(), None, self.finder.problem))

    @Slot()
    def _show_marks(self) -> None:
        hits, bar = self.finder.hits, self.panel.bar
        marked = self.finder.is_on() and not self.panel.is_narrowed()
        marks = hits.density(bar.buckets(), max(1, self.store.end)) if marked else []
        bar.set_marks(marks, QColor(self._theme.colour("stopping")))

    @Slot()
    def find_next(self) -> None:
        """Go to the next hit after the chosen line; from the top again after the last."""
        self._go_to_hit(next_hit(self.finder.hits, self.panel.line, self.store.first), "from the top")

    @Slot()
    def find_previous(self) -> None:
        """Go to the hit before the chosen line; from the end again before the first."""
        self._go_to_hit(previous_hit(self.finder.hits, self.panel.line, self.store.end), "from the end")

    def _go_to_hit(self, found: tuple[int, bool] | None, around: str) -> None:
        if not self.finder.is_on():
            self.open_find()
            return
        if found is None:
            self.said.emit("Still searching." if self.finder.is_searching() else "No line has that.")
            return
        line, wrapped = found
        self.panel.following = False
        self.panel.choose(line)
        if wrapped:
            self.said.emit(f"Went on {around}.")

    @Slot()
    def clear(self) -> None:
        """Show no line that there is now; what is looked for goes on among those that come."""
        self.panel.clear()
        self._on_found()

    # -- copy ----------------------------------------------------------------------------------------------------

    @Slot()
    def copy_text(self) -> None:
        """Put the selected lines' texts on the clipboard, exactly as they were written."""
        self._copy(whole_rows=False)

    @Slot()
    def copy_rows(self) -> None:
        """Put the selected lines on the clipboard, with the columns that are shown."""
        self._copy(whole_rows=True)

    def _copy(self, *, whole_rows: bool) -> None:
        panel = self.panel
        shown = panel.shown()
        count = panel.selection.count(shown)
        if not count:
            self.said.emit("No line is selected.")
            return
        if count > MOST_COPIED:
            self.said.emit(
                f"{count:,} lines are too many for the clipboard ({MOST_COPIED:,} at most); save them instead."
            )
            return
        records = [record for line in panel.selection.lines(shown) if (record := self.store.record(line)) is not None]
        if whole_rows:
            hidden = panel.hidden_columns()
            texts = [row_as_text(row, hidden) for row in panel.maker.rows(records, None)]
        else:
            texts = [record.text for record in records]
        # A clipboard cannot hold a lone surrogate: it goes as its escape, as in the row.
        text = "\n".join(texts).encode("utf-8", "backslashreplace").decode()
        QGuiApplication.clipboard().setText(text)
        self.said.emit(f"Copied {count:,} line{'s' if count != 1 else ''}.")

    # -- the end -------------------------------------------------------------------------------------------------

    def put_away(self) -> None:
        """End the search's process and let go of the file."""
        self.finder.stop()
        if self.store.archive is not None:
            self.store.archive.close()

    def apply_theme(self) -> None:
        """Take the theme's colours; call again when it changes."""
        self.panel.apply_theme()
        self._show_marks()
