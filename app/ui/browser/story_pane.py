"""Beside the log of a session that was recorded before: its notes, its steps, and its runs with their stop chains."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from app.core.catalogue import Catalogue
from app.session.session_report import RunReport
from app.session.session_summary import SessionSummary
from app.ui.browser.background import Background
from app.ui.browser.errand import Ending
from app.ui.browser.errands import read_pane
from app.ui.browser.logic import RUN_TITLES, run_instant, run_table, snapshot_of
from app.ui.browser.pane import ChoiceTable, Place, SessionPane
from app.ui.chain.view import StopPage
from app.ui.log.logic import visible
from app.ui.theme import Theme

# Counting the lines of each run takes a pass over the whole file, which is not interrupted: whoever closes the window does
# not wait for that. The thread ends by itself; it touches nothing of the window's.
_PATIENCE = 0.5  # seconds


class StoryPane(SessionPane):
    """Reads a session by itself, in a thread: notes and steps first, then the runs. The GUI thread only.

    Args:
        path: the session's file.
        theme: the colours of the stop chains.
    """

    def __init__(self, path: Path, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: Sequence[RunReport] = ()
        self._page = QSplitter(Qt.Orientation.Vertical, self)
        self.runs = ChoiceTable(RUN_TITLES, "Runs of the session", self)
        # Where a thread was is told by its source lines, which may be others by now: the record has the stack as it was.
        self.stop = StopPage(theme, Catalogue(), self)
        self._page.addWidget(self.runs)
        self._page.addWidget(self.stop)
        self._page.setSizes([1_000, 1_000])  # half of what there is for each
        self._page.setChildrenCollapsible(False)
        self.addTab(self._page, "R&uns")
        self.runs.chosen.connect(self.chosen)
        self.runs.current_changed.connect(self._show_stop)
        self.reading = Background(self)
        self.reading.news.connect(self._on_cards)
        self.reading.ended.connect(self._on_read)
        self.stop.say("Reading the runs…")
        self.reading.start("Reading", read_pane(path))

    @Slot(object)
    def _on_cards(self, cards: list[SessionSummary]) -> None:
        for card in cards:
            self.show_card(card)

    @Slot(object)
    def _on_read(self, ending: Ending) -> None:
        self._runs = ending.result or ()
        self.runs.show_choices(run_table(self._runs), [Place(run_instant(run)) for run in self._runs])
        self.say_count(self._page, "R&uns", len(self._runs))
        self.stop.say(
            visible(ending.problem) or ("Choose a run to see its stop." if self._runs else "Nothing was run.")
        )

    @Slot(int)
    def _show_stop(self, row: int) -> None:
        if not 0 <= row < len(self._runs):
            return
        snapshot = snapshot_of(self._runs[row])
        if snapshot is None:
            self.stop.say(f"{self._runs[row].title}: there is no record of its end.")
        else:
            self.stop.show_run(snapshot, 0)

    def put_away(self) -> None:
        """Read no further."""
        self.reading.put_away(_PATIENCE)
