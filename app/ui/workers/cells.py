"""What the cells of the workers table show: texts, signs, colours and bars, in a model that lives in C++."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QIcon, QStandardItem, QStandardItemModel

from app.ui.theme import Theme, WorkerMarks
from app.ui.workers.bars import WIDTH, BarPictures, Scale, bar_pixels, scale_words
from app.ui.workers.logic import cells, look, tooltip
from app.ui.workers.rows import EDITED, TITLES, Column, Row, WorkerRows

_NUMBERS = (Column.INTERVAL, Column.LINES, Column.RATE, Column.RUN_TIME, Column.LATENCY)
# Their widths follow from their texts.
_SIZED = (Column.NAME, Column.STRATEGY, Column.WORKLOAD, Column.INTERVAL, Column.RUNS_IN)
_STATES = ("ready", "starting", "running", "stopping", "stuck", "ended", "failed")


def bar_of(row: Row, longest: int, scale: Scale) -> tuple[int, str]:
    """Return what the bar of a row shows: the pixels that are filled, and the theme's word for their colour.

    A run that never noticed fills the bar in the colour of those that are stuck.
    """
    asked = row.asked
    if asked is None:
        return 0, ""
    if asked.never:
        return WIDTH, "stuck"
    return bar_pixels(asked.chain.latency, longest, scale), "stopping"


class WorkerCells(QObject):
    """Fills a model with the rows of ``WorkerRows``; the GUI thread only.

    Cells are set only where their text changed, with the model's signals blocked: one update of the view follows. The
    reason is that of the log's ``RowsView``.

    Args:
        rows: the workers.
        theme: colours and icons.
        marks: the workers' marks.
        bar_size: returns the height of a latency's bar, and the real pixels a pixel.

    Attributes:
        model: has a row for each of them, in the same order.
        scale: how the lengths of the latencies' bars follow from them; the rows show another one when they are shown next.
    """

    def __init__(
        self,
        rows: WorkerRows,
        theme: Theme,
        marks: WorkerMarks,
        bar_size: Callable[[], tuple[int, float]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._rows, self._theme, self._marks, self._bar_size = rows, theme, marks, bar_size
        self.scale = Scale.LINEAR
        self._scale_shown = ""
        self._shown: list[tuple[tuple[str, ...], str, str]] = []  # each row's texts, its look and its tooltip
        self._bars: list[tuple[int, str]] = []  # what each row's bar shows: pixels and the word of its colour
        self._pictures = BarPictures(theme)
        self._icons: dict[str, QIcon] = {}
        self.model = QStandardItemModel(0, len(TITLES), self)
        self.model.setHorizontalHeaderLabels(list(TITLES))
        for column in Column:
            alignment = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
            title = self.model.horizontalHeaderItem(column)
            title.setTextAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
            title.setToolTip(TITLES[column])  # with a large font it may be cut off

    def __len__(self) -> int:
        """Return the number of rows in the model."""
        return len(self._shown)

    def apply_theme(self) -> None:
        """Take the theme's icons and colours; call again when it changes."""
        self._icons = {word: self._theme.icon(f"state-{word}", self._theme.colour(word)) for word in _STATES}
        self._pictures.forget()
        for row, bar in enumerate(self._bars):
            if bar[0]:
                self._show_bar(row, *bar)
        for row, (_, word, _) in enumerate(self._shown):
            if word:
                self._show_look(row, word)
                self._show_mark(row, self._rows.rows[row].worker.name)

    def set_count(self, count: int) -> None:
        """Have so many rows in the model; new ones are empty."""
        while self.model.rowCount() < count:
            self.model.appendRow([_new_item(column) for column in Column])
            self._shown.append(((), "", ""))
            self._bars.append((0, ""))
        if self.model.rowCount() > count:
            self.model.removeRows(count, self.model.rowCount() - count)
            del self._shown[count:], self._bars[count:]

    def show_rows(self, indices: Iterable[int], now: int) -> bool:
        """Show these rows as they are at the instant ``now``; return whether a text changed that a width follows from."""
        longest = self._rows.longest
        is_resized = False
        with QSignalBlocker(self.model):
            for index in indices:
                is_resized |= self._show_row(index, now, longest)
            scale = scale_words(longest, self.scale)
            if scale != self._scale_shown:
                self._scale_shown = scale
                self.model.horizontalHeaderItem(Column.LATENCY).setToolTip(scale)
        return is_resized

    def _show_row(self, index: int, now: int, longest: int) -> bool:
        row, catalogue = self._rows.rows[index], self._rows.catalogue
        texts, word, tip = cells(row, catalogue, now), look(row), tooltip(row, catalogue)
        old_texts, old_word, old_tip = self._shown[index]
        is_resized = False
        if texts != old_texts:
            for column, text in enumerate(texts):
                if not old_texts or text != old_texts[column]:
                    self.model.item(index, column).setText(text)
                    is_resized |= column in _SIZED
                    if column == Column.NAME:
                        self._show_mark(index, row.worker.name)
        if word != old_word:
            self._show_look(index, word)
        if tip != old_tip:
            for column in (Column.NAME, Column.STATE):
                self.model.item(index, column).setToolTip(tip)
        self._shown[index] = (texts, word, tip)
        bar = bar_of(row, longest, self.scale)
        if bar != self._bars[index]:
            self._bars[index] = bar
            self._show_bar(index, *bar)
        return is_resized

    def _show_mark(self, row: int, name: str) -> None:
        """Give a worker's name the sign and the colour that it has in the log."""
        icon, ink = self._marks.mark(name)
        item = self.model.item(row, Column.NAME)
        item.setIcon(icon)
        item.setForeground(ink)

    def _show_bar(self, row: int, filled: int, word: str) -> None:
        """Draw a latency as a bar in its cell; none where nothing is filled."""
        picture = self._pictures.bar(filled, word, *self._bar_size()) if filled else None
        self.model.item(row, Column.LATENCY).setData(picture, Qt.ItemDataRole.DecorationRole)

    def _show_look(self, row: int, word: str) -> None:
        """Give a row's state its icon and colour: never colour alone, the word and the shape say the same."""
        state = self.model.item(row, Column.STATE)
        state.setIcon(self._icons[word])
        state.setForeground(QColor(self._theme.colour(word)))


def _new_item(column: Column) -> QStandardItem:
    item = QStandardItem()
    item.setEditable(column in EDITED)
    if column in _NUMBERS:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
