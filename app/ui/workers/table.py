"""The workers table: a standard view over a model that lives in C++, and the editors of its cells."""

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QMouseEvent, QStandardItem, QStandardItemModel, QValidator
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.core.errors import BadInput
from app.ui.theme import Theme, WorkerMarks
from app.ui.widgets import configure_table
from app.ui.workers.bars import WIDTH, BarPictures, Scale, bar_pixels, scale_words
from app.ui.workers.logic import cells, look, tooltip
from app.ui.workers.rows import EDITED, TITLES, Column, Row, WorkerRows

Index = QModelIndex | QPersistentModelIndex


class FieldValidator(QValidator):
    """Asks a rule whether a text will do, and says the rule's sentence while it will not.

    A wrong text is "intermediate", never "invalid": it can be typed through, and it cannot be committed, so the editor
    stays open with the focus in it.

    Signals:
        judged: the sentence that says what is wrong; empty when the text will do.
    """

    judged = Signal(str)

    def __init__(self, rule: Callable[[str], object], parent: QObject) -> None:
        super().__init__(parent)
        self._rule = rule

    def validate(self, text: str, position: int) -> object:
        try:
            self._rule(text)
        except BadInput as error:
            self.judged.emit(str(error))
            return QValidator.State.Intermediate, text, position
        self.judged.emit("")
        return QValidator.State.Acceptable, text, position


class WorkerDelegate(QStyledItemDelegate):
    """Makes the editors of the workers table; painting stays Qt's own, in C++.

    Signals:
        judged: the sentence about the text in the open editor; empty when it will do.
        edited: row, field and text that were committed.
    """

    judged = Signal(str)
    edited = Signal(int, str, str)

    def __init__(self, rows: WorkerRows, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        row, column = index.row(), Column(index.column())
        editor: QWidget
        if column in (Column.STRATEGY, Column.WORKLOAD):
            editor = QComboBox(parent)
            fill_choice(editor, self._rows, EDITED[column])
            editor.activated.connect(self._on_chosen)
        else:
            editor = QLineEdit(parent)
            validator = FieldValidator(partial(self._rows.check, row, EDITED[column]), editor)
            validator.judged.connect(self.judged)
            editor.setValidator(validator)
        editor.setAccessibleName(TITLES[column])
        editor.setAutoFillBackground(True)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        text = self._rows.text(index.row(), EDITED[Column(index.column())])
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(text)))
            editor.showPopup()
        elif isinstance(editor, QLineEdit):
            editor.setText(text)

    def setModelData(self, editor: QWidget, _model: QAbstractItemModel, index: Index) -> None:
        text = editor.currentData() if isinstance(editor, QComboBox) else editor.text()  # type: ignore[attr-defined]
        self.edited.emit(index.row(), EDITED[Column(index.column())], text)

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        self.judged.emit("")
        super().destroyEditor(editor, index)

    def _on_chosen(self) -> None:
        editor = self.sender()
        if isinstance(editor, QComboBox):
            self.commitData.emit(editor)
            self.closeEditor.emit(editor)


def fill_choice(box: QComboBox, rows: WorkerRows, name: str) -> None:
    """Fill a box with the titles of the strategies or of the workloads, the ids as data."""
    if name == "strategy":
        for strategy in rows.catalogue.strategies:
            box.addItem(strategy.about.title, strategy.about.id)
    else:
        for workload in rows.catalogue.workloads:
            box.addItem(workload.title, workload.id)


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


_NUMBERS = (Column.INTERVAL, Column.LINES, Column.RATE, Column.RUN_TIME, Column.LATENCY)
_WIDTHS = (130, 150, 90, 65, 170, 75, 70, 90)  # the last column takes what is left; the whole fits 1024

# So many rows are kept up to date even where they are scrolled out of sight: a screen reader may ask for them.
_FEW = 50


class WorkersTable(QTableView):
    """Shows the rows of ``WorkerRows``; the GUI thread only.

    Cells are set only where their text changed and only for rows on the screen, with the model's signals blocked and one
    update of the view: the reason is that of the log's ``RowsView``.

    Signals:
        toggled: a row's state was double-clicked, or Space was pressed on a row: start it or stop it.
        remove_pressed: Delete was pressed.
    """

    toggled = Signal(int)
    remove_pressed = Signal()

    def __init__(self, rows: WorkerRows, theme: Theme, marks: WorkerMarks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = marks
        self._rows = rows
        self._theme = theme
        self._model = QStandardItemModel(0, len(TITLES), self)
        self._model.setHorizontalHeaderLabels(list(TITLES))
        self._shown: list[tuple[tuple[str, ...], str, str]] = []
        self._bars: list[tuple[int, str]] = []  # what each row's bar shows: pixels and the word of its colour
        self._pictures = BarPictures(theme)
        self._scale = Scale.LINEAR
        self._scale_shown = ""
        self._icons: dict[str, QIcon] = {}
        self.delegate = WorkerDelegate(rows, self)
        self.setModel(self._model)
        self.setItemDelegate(self.delegate)
        configure_table(self, "Workers")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setShowGrid(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.horizontalHeader().setHighlightSections(False)
        for column in Column:
            alignment = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
            self._model.horizontalHeaderItem(column).setTextAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
        for place, width in enumerate(_WIDTHS):
            self.setColumnWidth(place, width)
        self.apply_theme()
        self.doubleClicked.connect(self._on_double_click)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._now = 0

    def apply_theme(self) -> None:
        """Take the theme's icons and colours; call again when it changes."""
        words = ("ready", "starting", "running", "stopping", "stuck", "ended", "failed")
        self._icons = {word: self._theme.icon(f"state-{word}", self._theme.colour(word)) for word in words}
        self._pictures.forget()
        for row, (filled, bar_word) in enumerate(self._bars):
            if filled:
                self._show_bar(row, filled, bar_word)
        for row, (texts, word, _) in enumerate(self._shown):
            if word:
                self._paint(row, word)
                self._show_mark(row, texts[Column.NAME])

    # -- rows ----------------------------------------------------------------------------------------------------

    def reload(self, now: int) -> None:
        """Show all rows anew: workers were added, removed or replaced."""
        count = len(self._rows.rows)
        while self._model.rowCount() < count:
            self._model.appendRow([self._new_item(column) for column in Column])
            self._shown.append(((), "", ""))
            self._bars.append((0, ""))
        if self._model.rowCount() > count:
            self._model.removeRows(count, self._model.rowCount() - count)
            del self._shown[count:], self._bars[count:]
        self.show_rows(range(count), now)

    def refresh(self, now: int) -> None:
        """Show the rows as they are at the instant ``now``; of many, those that are on the screen."""
        self.show_rows(self._seen(), now)

    def _seen(self) -> range:
        """Return the indices of the rows that are on the screen, or of all if they are few."""
        count = len(self._shown)
        if count <= _FEW:
            return range(count)
        last = self.rowAt(self.viewport().height() - 1)
        return range(max(0, self.rowAt(0)), (last if last >= 0 else count - 1) + 1)

    def watched(self) -> set[int]:
        """Return the indices of the rows that a person may be looking at: those on the screen, and the current one."""
        current = self.current()
        return {*self._seen(), *(() if current is None else (current,))}

    def show_rows(self, indices: Iterable[int], now: int) -> None:
        """Show these rows as they are at the instant ``now`` (``perf_counter_ns``)."""
        self._now = now
        longest = self._rows.longest
        self._model.blockSignals(True)
        for index in indices:
            row = self._rows.rows[index]
            texts, word, tip = cells(row, self._rows.catalogue, now), look(row), tooltip(row)
            old_texts, old_word, old_tip = self._shown[index]
            if texts != old_texts:
                for column, text in enumerate(texts):
                    if not old_texts or text != old_texts[column]:
                        self._model.item(index, column).setText(text)
                        if column == Column.NAME:
                            self._show_mark(index, text)
            if word != old_word:
                self._paint(index, word)
            if tip != old_tip:
                for column in (Column.NAME, Column.STATE):
                    self._model.item(index, column).setToolTip(tip)
            self._shown[index] = (texts, word, tip)
            bar = bar_of(row, longest, self._scale)
            if bar != self._bars[index]:
                self._bars[index] = bar
                self._show_bar(index, *bar)
        scale = scale_words(longest, self._scale)
        if scale != self._scale_shown:
            self._scale_shown = scale
            self._model.horizontalHeaderItem(Column.LATENCY).setToolTip(scale)
        self._model.blockSignals(False)
        self.viewport().update()

    def paint_now(self, indices: Iterable[int]) -> list[int]:
        """Paint at once if one of these rows is on the screen; return those that are. The painting is over on return.

        Not by ``update`` and a timer of 0 ms: that fires before the paint. A window that others cover counts as on the
        screen, since most desktops do not tell.
        """
        handle = self.window().windowHandle()
        # Exposed: neither hidden nor minimised, on another desktop neither where the system tells.
        if not self.isVisible() or self.window().isMinimized() or handle is None or not handle.isExposed():
            return []
        height = self.viewport().height()
        places = [(index, self.rowViewportPosition(index)) for index in indices]
        seen = [index for index, top in places if -self.rowHeight(index) < top < height]
        if seen and height > 0 and self.viewport().width() > 0:
            self.viewport().repaint()
            return seen
        return []

    def _new_item(self, column: Column) -> QStandardItem:
        item = QStandardItem()
        item.setEditable(column in EDITED)
        if column in _NUMBERS:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _show_mark(self, row: int, name: str) -> None:
        """Give a worker's name the sign and the colour that it has in the log."""
        icon, ink = self._marks.mark(name)
        item = self._model.item(row, Column.NAME)
        item.setIcon(icon)
        item.setForeground(ink)

    def show_column(self, column: Column, *, shown: bool) -> None:
        """Show a column, or hide it."""
        self.setColumnHidden(column, not shown)

    @property
    def scale(self) -> Scale:
        """How the lengths of the latencies' bars follow from them."""
        return self._scale

    def set_scale(self, scale: Scale) -> None:
        """Draw the latencies' bars on this scale."""
        self._scale = scale
        self.refresh(self._now)

    def _show_bar(self, row: int, filled: int, word: str) -> None:
        """Draw a latency as a bar in its cell; none where nothing is filled."""
        height = self.fontMetrics().height() * 2 // 3
        picture = self._pictures.bar(filled, word, height, self.devicePixelRatioF()) if filled else None
        self._model.item(row, Column.LATENCY).setData(picture, Qt.ItemDataRole.DecorationRole)

    def _paint(self, row: int, word: str) -> None:
        """Give a row's state its icon and colour: never colour alone, the word and the shape say the same."""
        colour = QColor(self._theme.colour(word))
        state = self._model.item(row, Column.STATE)
        state.setIcon(self._icons[word])
        state.setForeground(colour)

    def close_editor(self) -> None:
        """End editing in place: a right text is taken, a wrong one is given up."""
        editor = self.focusWidget()
        if editor is not None and editor is not self and self.viewport().isAncestorOf(editor):
            self.setFocus()

    # -- selection -----------------------------------------------------------------------------------------------

    def selected(self) -> list[int]:
        """Return the indices of the selected rows, ascending."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def select(self, indices: Iterable[int]) -> None:
        """Select these rows and no others; the last becomes the current one."""
        flags = QItemSelectionModel.SelectionFlag
        selection = self.selectionModel()
        selection.clearSelection()
        for row in indices:
            index = self._model.index(row, Column.NAME)
            selection.setCurrentIndex(index, flags.Select | flags.Rows)

    def make_current(self, index: int) -> None:
        """Make a row the current one; what is selected stays selected, and with it what Start and Stop mean."""
        self.selectionModel().setCurrentIndex(
            self._model.index(index, Column.NAME), QItemSelectionModel.SelectionFlag.NoUpdate
        )

    def current(self) -> int | None:
        """Return the index of the current row; None if there is none."""
        index = self.currentIndex()
        return index.row() if index.isValid() else None

    # -- Qt's own ------------------------------------------------------------------------------------------------

    @Slot(QModelIndex)
    def _on_double_click(self, index: QModelIndex) -> None:
        if index.column() == Column.STATE:
            self.toggled.emit(index.row())

    @Slot()
    def _on_scrolled(self) -> None:
        self.refresh(self._now)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, current = event.key(), self.current()
        if key == Qt.Key.Key_Space and current is not None and not event.modifiers():
            self.toggled.emit(current)
        elif key == Qt.Key.Key_Delete:
            self.remove_pressed.emit()
        elif key == Qt.Key.Key_Escape:
            self.clearSelection()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.clearSelection()
