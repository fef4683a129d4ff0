"""The page about a run's stop: in words, as a bar, as a table, and where the thread was, with the culprit marked."""

import linecache

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontInfo, QPainter, QPaintEvent, QPalette, QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.catalogue import Catalogue
from app.core.fold import RunSnapshot
from app.core.observed import OBSERVED
from app.core.own_code.description import OWN_CODE
from app.core.stacks import Call
from app.core.states import State
from app.session.thread_words import stop_lines
from app.ui.chain.drawing import COLOUR_OF_SEVERAL, COLOURS, Look, Picture, height_of, svg_of
from app.ui.chain.logic import TABLE_TITLES, TIMES_COUNT, remarks, segments, table_rows
from app.ui.chain.where import own_files, where_text, why_words
from app.ui.chain.words import KILL, KILL_PROGRAM, LET_GO, title_words, verdict
from app.ui.display_text import visible
from app.ui.run_words import band_words
from app.ui.theme import Theme
from app.ui.widgets import TextView, add_all, configure_table, plain_label


class ChainBar(QWidget):
    """Shows a picture of a chain, by one call a paint; made anew only when it, the width or the theme changes.

    The table beside it says the same to a screen reader. The GUI thread only.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._picture = Picture()
        self._renderer = QSvgRenderer(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Stop chain as a bar; the table below says the same")
        theme.changed.connect(self._draw)

    def show_picture(self, picture: Picture) -> None:
        """Show another picture; an empty one hides the bar."""
        if picture == self._picture:
            return
        self._picture = picture
        self.setFixedHeight(max(1, round(height_of(picture, self._line()))))
        self.setVisible(bool(picture.parts))
        self._draw()

    def picture(self) -> Picture:
        """Return what is shown."""
        return self._picture

    def _line(self) -> float:
        return float(self.fontMetrics().height() + 2)

    @Slot()
    def _draw(self) -> None:
        """Make the drawing; the widget's next paint shows it."""
        if not self._picture.parts or self.width() < 1:
            return
        metrics, palette = self.fontMetrics(), self.palette()
        words = {*COLOURS, COLOUR_OF_SEVERAL}
        look = Look(
            colours={word: self._theme.colour(word) for word in words},
            ink=palette.color(QPalette.ColorRole.WindowText).name(),
            ground=palette.color(QPalette.ColorRole.Base).name(),
            family=self.font().family(),
            pixels=QFontInfo(self.font()).pixelSize(),
            line=self._line(),
            width_of=metrics.horizontalAdvance,
        )
        self._renderer.load(QByteArray(svg_of(self._picture, self.width(), look).encode()))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(280, max(1, round(height_of(self._picture, self._line()))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw()  # it comes to widgets after the theme has told of it

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._renderer.render(painter, QRectF(self.rect()))
        painter.end()


class StopPage(QScrollArea):
    """Shows the stop chain of one run; the GUI thread only.

    Args:
        theme: the bar's colours.
        catalogue: its files are searched for the culprit of a slow stop.
        lets_go: whether a stuck run can be let go here: its engine must be able to, and it must live.

    Signals:
        let_go: the run with this id is to be let go; only a stuck one can be.
        kill: the run with this id is to be killed; only one that is alive in a process of its own can be.
    """

    let_go = Signal(int)
    kill = Signal(int)

    def __init__(
        self, theme: Theme, catalogue: Catalogue, parent: QWidget | None = None, *, lets_go: bool = False
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._lets_go = lets_go
        self._looked: tuple[tuple[Call, ...], int | None, str] = (), None, ""
        page = QWidget(self)
        self.title, self.sentence, self.band = (plain_label("", page) for _ in range(3))
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self._run = 0
        self.release = QPushButton("Let go", page)
        self.release.setToolTip(LET_GO)
        self.release.setAccessibleDescription(LET_GO)
        self.release.setAutoDefault(False)
        self.release.clicked.connect(self._on_release)
        self.kill_button = QPushButton("Kill", page)
        self.kill_button.setToolTip(KILL)
        self.kill_button.setAccessibleDescription(KILL)
        self.kill_button.setAutoDefault(False)
        self.kill_button.clicked.connect(self._on_kill)
        self.bar = ChainBar(theme, page)
        self.table = _Table(page)
        self.why = plain_label("", page, wraps=True)
        self.where_title = plain_label("Where it was when it was slow to stop:", page)
        self.where = TextView("Where it was when it was slow to stop", page)
        self.where.setTabStopDistance(self.where.fontMetrics().horizontalAdvance("   "))
        self.where.setMinimumHeight(self.where.fontMetrics().lineSpacing() * 12)
        for label in (self.title, self.sentence, self.band):
            label.setWordWrap(True)
        buttons = add_all(QHBoxLayout(), self.release, self.kill_button)
        buttons.addStretch(1)
        column = add_all(QVBoxLayout(page), self.title, self.sentence, buttons, self.bar, self.band, self.table)
        add_all(column, self.why, self.where_title, (self.where, 1))
        column.addStretch(0)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.show_run(None, 0)

    def show_run(self, snapshot: RunSnapshot | None, now: int) -> None:
        """Show a run as it is at the instant ``now`` (``perf_counter_ns``); None for none. Cheap while nothing changes."""
        _say(self.title, title_words(snapshot) if snapshot is not None else "")
        _say(self.sentence, verdict(snapshot, now))
        self._run = 0 if snapshot is None else snapshot.run
        is_stuck = snapshot is not None and snapshot.state is State.STUCK and snapshot.released is None
        # Of code of the person's own, nothing is known that could be released.
        is_stuck = is_stuck and snapshot is not None and snapshot.strategy not in (OWN_CODE, OBSERVED)
        self.release.setVisible(self._lets_go and is_stuck)
        kill = KILL_PROGRAM if snapshot is not None and snapshot.is_observed else KILL
        if kill != self.kill_button.toolTip():
            self.kill_button.setToolTip(kill)
            self.kill_button.setAccessibleDescription(kill)
        self.kill_button.setVisible(self._lets_go and snapshot is not None and snapshot.can_be_killed)
        _say(self.band, band_words(snapshot))
        self._show_chain(snapshot, now)
        self._show_where(snapshot)

    @Slot()
    def _on_release(self) -> None:
        self.let_go.emit(self._run)

    @Slot()
    def _on_kill(self) -> None:
        self.kill.emit(self._run)

    def say(self, sentence: str) -> None:
        """Show a sentence and nothing else."""
        self.show_run(None, 0)
        _say(self.sentence, sentence)

    def _show_chain(self, snapshot: RunSnapshot | None, now: int) -> None:
        if snapshot is None or not segments(snapshot.chain, now):
            self.bar.show_picture(Picture())
            self.table.hide()
            return
        chain, alive = snapshot.chain, snapshot.state is not State.ENDED
        band = None
        if snapshot.band is not None and chain.requested is not None:
            band = chain.requested + snapshot.band[0], chain.requested + snapshot.band[1]
        self.bar.show_picture(Picture(segments(chain, now if alive else None), band, chain.noticed))
        self.table.show_rows(table_rows(chain), remarks(chain, alive=alive))
        self.table.show()

    def _show_where(self, snapshot: RunSnapshot | None) -> None:
        calls = snapshot.calls if snapshot is not None else ()
        self.where_title.setVisible(bool(calls))
        self.where.setVisible(bool(calls))
        if snapshot is not None and snapshot.is_observed:
            self.why.setVisible(True)
            _say(self.why, "\n".join(stop_lines(snapshot)))
        else:
            self.why.setVisible(bool(calls) and snapshot is not None and snapshot.chain.requested is not None)
        if snapshot is None or (calls, snapshot.chain.noticed, snapshot.strategy) == self._looked:
            return
        self._looked = calls, snapshot.chain.noticed, snapshot.strategy
        if not snapshot.is_observed:
            _say(self.why, why_words(snapshot, self._catalogue))
        text = where_text(calls, own_files(self._catalogue, snapshot.worker), linecache.getlines)
        lines = ("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))
        self.where.setPlainText("\n".join(lines))


class _Table(QTableView):
    """The gaps in figures: a standard view over items that are made once and changed where their text changed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(0, len(TABLE_TITLES), self)
        self._model.setHorizontalHeaderLabels(list(TABLE_TITLES))
        self._shown: list[tuple[str, ...]] = []
        self._said: list[str] = []
        self.setModel(self._model)
        configure_table(self, "Stop chain")
        self.setAccessibleDescription(TIMES_COUNT)
        for column in (1, 2):
            self._model.horizontalHeaderItem(column).setToolTip(TIMES_COUNT)
        self.setShowGrid(False)
        self.horizontalHeader().setHighlightSections(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_rows(self, rows: list[tuple[str, ...]], said: list[str]) -> None:
        """Show these texts; what is said of each row is its tooltip, and what a screen reader adds."""
        if rows == self._shown and said == self._said:
            return
        fresh = self._model.rowCount() != len(rows)
        while self._model.rowCount() < len(rows):
            self._model.appendRow([_item(column) for column in range(len(TABLE_TITLES))])
        for place, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = self._model.item(place, column)
                if item.text() != text:
                    item.setText(text)
            if said != self._said:
                part = self._model.item(place, 0)
                part.setToolTip(said[place])
                part.setData(said[place], Qt.ItemDataRole.AccessibleDescriptionRole)
        self._shown, self._said = rows, said
        self.resizeColumnsToContents()
        if fresh:
            height = self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth()
            height += len(rows) * self.verticalHeader().defaultSectionSize()
            self.setFixedHeight(height + self.horizontalScrollBar().sizeHint().height())


def _item(column: int) -> QStandardItem:
    item = QStandardItem()
    item.setEditable(False)
    if column:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


def _say(label: QLabel, text: str) -> None:
    """Show a text, which may hold a worker's name, unless it is shown already; an empty one hides the label."""
    shown = visible(text)
    if label.text() != shown:
        label.setText(shown)
    label.setVisible(bool(shown))
