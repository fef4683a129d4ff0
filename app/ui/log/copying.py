"""Putting lines of the log on the clipboard."""

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from app.core.batch import Record
from app.ui.log.logic import row_as_text
from app.ui.log.panel import LogPanel
from app.ui.log.store import LogStore

# What a clipboard can be asked to hold; more can be saved.
MOST_COPIED = 100_000  # lines
MOST_CHARACTERS = 64 * 2**20
_AT_ONCE = 4_096  # lines


def copy_selected(panel: LogPanel, *, whole_rows: bool) -> str:
    """Put the selected lines that are shown on the clipboard; the GUI thread only.

    Args:
        panel: whose.
        whole_rows: with the columns that are shown, as they are shown; else the texts alone, as they were written.

    Returns:
        A sentence about what was done, or why nothing was.
    """
    shown = panel.shown()
    count = panel.selection.count(shown)
    if not count:
        return "No line is selected."
    if count > MOST_COPIED:
        return f"{count:,} lines are too many for the clipboard ({MOST_COPIED:,} at most); save them instead."
    records = _within(_records(panel.store, panel.selection.shown_ranges(shown)), MOST_CHARACTERS)
    if records is None:
        return "The lines are too long for the clipboard; save them instead."
    if whole_rows:
        hidden = panel.hidden_columns()
        texts = [row_as_text(row, hidden) for row in panel.maker.rows(records, None)]
    else:
        texts = [record.text for record in records]
    _put("\n".join(texts))
    return f"Copied {len(records):,} line{'s' if len(records) != 1 else ''}."


def _records(store: LogStore, ranges: Iterable[tuple[int, int]]) -> Iterator[Record]:
    for start, stop in ranges:
        for place in range(start, stop, _AT_ONCE):
            yield from store.records(place, min(stop - place, _AT_ONCE))


def _within(records: Iterable[Record], most: int) -> list[Record] | None:
    """Return the records, or None if their texts have more than ``most`` characters."""
    kept: list[Record] = []
    characters = 0
    for record in records:
        characters += len(record.text)
        if characters > most:
            return None
        kept.append(record)
    return kept


def _put(text: str) -> None:
    # A clipboard cannot hold a lone surrogate: it goes as its escape, as in the row.
    data = text.encode("utf-8", "backslashreplace")
    if text[:1] in ("\ufeff", "\ufffe"):
        # As text, Qt for Python would take it for a mark of the byte order: eat it, or turn every letter round.
        mime = QMimeData()
        mime.setData("text/plain", data)
        QGuiApplication.clipboard().setMimeData(mime)
    else:
        QGuiApplication.clipboard().setText(data.decode())
