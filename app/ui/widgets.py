"""Small parts that every window uses: labels, layouts, tables, views of a text, actions, dialogs, the first paint."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    QTimer,
    Signal,
    SignalInstance,
    Slot,
)
from PySide6.QtGui import QAction, QFontDatabase, QKeySequence, QPixmap, QShortcut, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSplitter,
    QTableView,
    QToolBar,
    QToolButton,
    QWidget,
)

_SPACE = 6  # pixels above and below a row's text, together
_PAINT_TIMEOUT = 500  # ms: a window that is not shown, on another desktop for example, is not painted


def plain_label(
    text: str, parent: QWidget | None = None, *, wraps: bool = False, buddy: QWidget | None = None
) -> QLabel:
    """Return a label that shows ``text`` as it is: Qt would take a thread's ``<img src=…>`` for a picture to load.

    Its ``buddy``, which a mnemonic leads to, is named by it for a screen reader; on Linux only a label names a choice.
    """
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(wraps)
    if buddy is not None:
        label.setBuddy(buddy)
    return label


def single_shot(parent: QObject, slot: Callable[[], object] | SignalInstance, interval: int = 0) -> QTimer:
    """Return a timer that calls a slot once, so many ms after it was started."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    timer.timeout.connect(slot)
    return timer


Box = TypeVar("Box", bound=QBoxLayout)


def add_all(
    layout: Box,
    *items: QWidget | QLayout | tuple[QWidget | QLayout, int],
    margins: int | tuple[int, int, int, int] | None = None,
    spacing: int | None = None,
) -> Box:
    """Put widgets and layouts into a layout, some with a stretch, and return it; None leaves the style's own distances."""
    if margins is not None:
        layout.setContentsMargins(*(margins if isinstance(margins, tuple) else (margins,) * 4))
    if spacing is not None:
        layout.setSpacing(spacing)
    for item in items:
        part, stretch = item if isinstance(item, tuple) else (item, 0)
        if isinstance(part, QWidget):
            layout.addWidget(part, stretch)
        else:
            layout.addLayout(part, stretch)
    return layout


def blank_pixmap(size: QSize, ratio: float) -> QPixmap:
    """Return a transparent picture of so many pixels as they are counted in a window.

    Args:
        size: of the picture.
        ratio: real pixels a pixel.
    """
    picture = QPixmap(QSize(round(size.width() * ratio), round(size.height() * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def split(orientation: Qt.Orientation, parent: QWidget, *parts: tuple[QWidget, int, int]) -> QSplitter:
    """Return a splitter that never hides a part; of each part the stretch, and about its pixels (all 0: as they come)."""
    splitter = QSplitter(orientation, parent)
    for place, (widget, stretch, _) in enumerate(parts):
        splitter.addWidget(widget)
        splitter.setStretchFactor(place, stretch)
    if any(size for _, _, size in parts):
        splitter.setSizes([size for _, _, size in parts])
    splitter.setChildrenCollapsible(False)
    return splitter


def scrolled(page: QWidget, parent: QWidget) -> QScrollArea:
    """Return a page that is scrolled where it has no room: in a large font, or on a small screen."""
    area = QScrollArea(parent)
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    return area


# QPlainTextEdit lays a text out line by line: one unbroken line of 10 MB took it 6 s.
_LONGEST_READ = 100_000


class TextView(QPlainTextEdit):
    """A read-only view of a plain text that can be selected and copied; the GUI thread only.

    Args:
        name: what a screen reader calls it.
        is_code: whether it has a font of fixed width, and lines that are not wrapped.
    """

    def __init__(self, name: str, parent: QWidget | None = None, *, is_code: bool = True) -> None:
        super().__init__(parent)
        self._shown: str | None = None
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        if is_code:
            self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def read(self, text: str) -> None:
        """Show a text: its line breaks as they are, what else cannot be seen as escapes.

        What is shown already is not set again: that would lose the reader's place and selection.
        """
        shown = text if len(text) <= _LONGEST_READ else f"{text[:_LONGEST_READ]}\n… {len(text):,} characters in all"
        shown = "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in shown)
        if self._shown != shown:
            self._shown = shown
            place = self.verticalScrollBar().value()
            self.setPlainText(shown)
            self.verticalScrollBar().setValue(place)


def configure_table(table: QTableView, name: str) -> None:
    """Configure a table that has its model already: whole rows are selected, cells are read-only, Tab leaves the table.

    Args:
        table: the table.
        name: what a screen reader calls it.
    """
    table.setAccessibleName(name)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + _SPACE)
    table.horizontalHeader().setStretchLastSection(True)
    table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)


def new_action(
    parent: QObject,
    text: str,
    keys: QKeySequence | QKeySequence.StandardKey | str | None,
    tip: str,
    slot: Callable[..., object] | SignalInstance | None = None,
) -> QAction:
    """Return an action whose tip is its tool tip and, in the status bar, its status tip."""
    action = QAction(text, parent)
    action.setToolTip(tip)
    action.setStatusTip(tip)
    if keys is not None:
        action.setShortcut(QKeySequence(keys))
    if slot is not None:
        action.triggered.connect(slot)
    return action


def put_in_tab_order(bar: QToolBar) -> None:
    """Have Tab reach a tool bar's buttons, which take no focus by themselves."""
    for button in (bar.widgetForAction(action) for action in bar.actions()):
        if isinstance(button, QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)


class InfoBar(QWidget):
    """A sentence with a button that acts on it and one that dismisses it; the GUI thread only.

    Signals:
        accepted: the action's button was pressed.
        dismissed: the other one was.
    """

    accepted = Signal()
    dismissed = Signal()

    def __init__(self, sentence: str, button: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.label = plain_label(sentence, self, wraps=True)
        self.accept_button = QPushButton(button, self)
        self.dismiss_button = QPushButton("&Dismiss", self)
        add_all(QHBoxLayout(self), (self.label, 1), self.accept_button, self.dismiss_button, margins=(6, 4, 6, 4))
        self.accept_button.clicked.connect(self._on_accepted)
        self.dismiss_button.clicked.connect(self._on_dismissed)

    @Slot()
    def _on_dismissed(self) -> None:
        self.hide()
        self.dismissed.emit()

    @Slot()
    def _on_accepted(self) -> None:
        self.hide()
        self.accepted.emit()


class _FirstPaint(QObject):
    def __init__(self, widget: QWidget, action: Callable[[], None]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._action: Callable[[], None] | None = action
        widget.installEventFilter(self)
        # A child of this object, so that it ends with it: a window may be deleted before it was ever painted.
        self._timer = single_shot(self, self._act)
        self._timer.start(_PAINT_TIMEOUT)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            # After this event: then it has been painted.
            self._timer.start(0)
        return False

    def _act(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            self._widget.removeEventFilter(self)
            action()


def when_painted(widget: QWidget, action: Callable[[], None]) -> None:
    """Call an action once, when a window has been painted, or after half a second; the GUI thread only."""
    _FirstPaint(widget, action)


MOST_ROWS = 2_000  # a person reads no more; the figures are of all, whatever the table shows


class TextTable(QTableView):
    """Rows of texts under headers; Ctrl+C copies the selected ones, tab between two texts. The GUI thread only.

    Args:
        headers: of the columns.
        name: what a screen reader calls it.

    Signals:
        current_changed: the current row, or -1.
    """

    current_changed = Signal(int)

    def __init__(self, headers: Sequence[str], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._headers = list(headers)
        self._rows: list[tuple[str, ...]] = []
        self._model = QStandardItemModel(0, len(headers), self)
        self._model.setHorizontalHeaderLabels(self._headers)
        self.setModel(self._model)
        configure_table(self, name)
        self.resizeColumnsToContents()
        self.selectionModel().currentRowChanged.connect(self._on_current)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._on_copy)

    def show_rows(self, rows: Iterable[Sequence[str]]) -> None:
        """Show these rows, the first 2,000 of them; the current one stays where it is, if there is still one."""
        wanted = [tuple(row) for row in islice(rows, MOST_ROWS)]
        shown, self._rows = self._rows, wanted
        current = self.currentIndex().row()
        model = self._model
        # While something is measured, rows are added to those that are there.
        if wanted[: len(shown)] != shown:
            model.removeRows(0, model.rowCount())
            shown = []
        for row in wanted[len(shown) :]:
            model.appendRow([QStandardItem(text) for text in row])
        if wanted != shown:
            self.resizeColumnsToContents()
            # That makes the last column as narrow as its texts, too, until it is told to stretch again.
            header = self.horizontalHeader()
            header.setStretchLastSection(False)
            header.setStretchLastSection(True)
        if 0 <= current < model.rowCount():
            self.setCurrentIndex(model.index(current, 0))

    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """Return what a choice does to the selection: the program's own replaces it, whatever keys are held just then."""
        if event is None:
            flags = QItemSelectionModel.SelectionFlag
            return flags.ClearAndSelect | flags.Rows
        return super().selectionCommand(index, event)

    def texts(self) -> list[list[str]]:
        """Return what is shown, row by row."""
        rows, columns = range(self._model.rowCount()), range(self._model.columnCount())
        return [[self._model.item(row, column).text() for column in columns] for row in rows]

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, now: QModelIndex, _before: QModelIndex) -> None:
        self.current_changed.emit(now.row())

    @Slot()
    def _on_copy(self) -> None:
        texts = self.texts()
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        QApplication.clipboard().setText(
            "\n".join("\t".join(row) for row in [self._headers, *(texts[i] for i in chosen)])
        )


# From the words of the dialog to a format and its file name extension.
Formats = Mapping[str, tuple[str, str]]
LINES: Formats = {
    "Text, exactly as written (*.txt)": ("text", "txt"),
    "CSV for spreadsheets (*.csv)": ("csv", "csv"),
    "JSON lines (*.jsonl)": ("jsonl", "jsonl"),
}


def ask_save_file(
    parent: QWidget, title: str, name: str, formats: Formats, chosen: Callable[[Path, str], object]
) -> QFileDialog:
    """Ask for a file's name and format without blocking the window; ``chosen`` is called with both.

    Args:
        parent: the window.
        title: of the dialog.
        name: the suggested name, without an extension.
        formats: which there are, the first one chosen.
        chosen: is not called if the dialog is cancelled.
    """
    dialog = QFileDialog(parent, title, str(Path.home()), ";;".join(formats))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    # The dialog adds the extension, so that it asks whether to replace the file that is really written.
    dialog.setDefaultSuffix(next(iter(formats.values()))[1])

    def on_filter(words: str) -> None:
        dialog.setDefaultSuffix(formats[words][1])

    def on_file(file: str) -> None:
        chosen(Path(file), format_of(file, dialog.selectedNameFilter(), formats))

    dialog.filterSelected.connect(on_filter)
    dialog.fileSelected.connect(on_file)
    dialog.selectFile(name)
    dialog.open()
    return dialog


def format_of(name: str, words: str, formats: Formats) -> str:
    """Return the format that a file's name asks for by its extension; the one with these words if it asks for none."""
    extension = Path(name).suffix.lower().removeprefix(".")
    by_extension = {known: form for form, known in formats.values()}
    return by_extension.get(extension) or formats.get(words, next(iter(formats.values())))[0]
