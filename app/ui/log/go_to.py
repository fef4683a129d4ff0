"""The dialog to go to a line or a time of the log, and what may be typed into it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from app.core.errors import BadInput, quoted
from app.ui.log.columns import SessionClock
from app.ui.log.shown import Shown
from app.ui.log.store import LogStore
from app.ui.widgets import plain_label

NOTHING_SHOWN = "No lines are shown."
_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)\s*s?", re.ASCII)
_DAY_NS = 24 * 3600 * 10**9
_HINTS = {
    "Line number": "for example 12,345",
    "Time in the session": "12.5, 1:02.5 or 1:00:02.5",
    "Wall clock": "14:03 or 14:03:22.5",
}


class GoToDialog(QDialog):
    """Asks for a line number or a time, and goes there; the GUI thread only.

    Args:
        store: the records.
        clock: the clock of the session.
        shown: returns the lines that are shown.
        go_to: called with the line's number.
        parent: the log.
    """

    def __init__(
        self,
        store: LogStore,
        clock: SessionClock,
        shown: Callable[[], Shown],
        go_to: Callable[[int], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Go to")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._store, self._clock, self._shown, self._go_to = store, clock, shown, go_to
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("Go to by")
        self.kind.addItems(list(_HINTS))
        self.place = QLineEdit(self)
        self.place.setAccessibleName("Place")
        self.place.setMinimumWidth(260)
        self.problem = plain_label("", self)
        self.problem.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self)
        buttons.accepted.connect(self.go)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("&By", self.kind)
        form.addRow("&Place", self.place)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
        self.kind.currentTextChanged.connect(self._on_kind)
        self._on_kind(self.kind.currentText())
        self.place.setFocus()

    @Slot(str)
    def _on_kind(self, kind: str) -> None:
        self.place.setPlaceholderText(_HINTS[kind])

    @Slot()
    def go(self) -> None:
        """Go to the place that was typed; the dialog says what is wrong with it."""
        try:
            line = self.line()
        except BadInput as error:
            self.problem.setText(str(error))
            self.place.setFocus()
            self.place.selectAll()
            return
        self._go_to(line)
        self.accept()

    def line(self) -> int:
        """Return the number of the line that is meant, or the next after a time; BadInput if there is none."""
        text, store, clock, shown = self.place.text(), self._store, self._clock, self._shown()
        match self.kind.currentText():
            case "Line number":
                line = parse_line(text, store.end)
                check_shown(line, shown)
                return line
            case "Time in the session":
                t_ns = parse_time(text)
            case _:
                t_ns = parse_wall_clock(text, clock.started_ns)
        if not shown.count():
            raise BadInput(NOTHING_SHOWN, "time")
        return store.line_at(clock.origin + t_ns)


def parse_line(text: str, end: int) -> int:
    """Return the line number in a text; thousands may be parted by commas, blanks or apostrophes.

    Raises:
        BadInput: it is none, or there is no such line.
    """
    digits = re.sub(r"[\s,.'’_]", "", text)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise BadInput(f"{quoted(text)} is not a line number. Enter one from 0 to {max(0, end - 1):,}.", "line")
    line = int(digits)
    if line >= end:
        last = f"the last is {end - 1:,}" if end else "the log is empty"
        raise BadInput(f"There is no line {line:,} yet; {last}.", "line")
    return line


def check_shown(line: int, shown: Shown) -> None:
    """Raise BadInput if a line is not among those that are shown."""
    place = shown.place(line)
    after = shown.lines(place, 1)
    if after == [line]:
        return
    around = [*shown.lines(place - 1, 1)] if place else []
    near = " and ".join(f"{other:,}" for other in (*around, *after))
    if not near:
        raise BadInput(NOTHING_SHOWN, "line")
    raise BadInput(f"Line {line:,} is hidden. The nearest lines shown: {near}.", "line")


def parse_time(text: str) -> int:
    """Return a time in the session, in nanoseconds: ``12.5``, ``1:02.5`` or ``1:00:02.5``.

    Raises:
        BadInput: it is none.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"{quoted(text)} is not a time in the session. Enter seconds, m:ss or h:mm:ss.", "time")
    hours, minutes, seconds = found.groups()
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60
    ns = round((whole + float(seconds.replace(",", "."))) * 1e9)
    if ns >= 2**62:
        raise BadInput(f"{quoted(text)} is later than any session.", "time")
    return ns


def parse_wall_clock(text: str, started_ns: int) -> int:
    """Return the time in the session, in nanoseconds, of a local time of day: ``14:03`` or ``14:03:22.5``.

    A time before the session began is taken for the day after.

    Args:
        text: what was typed.
        started_ns: the beginning of the session in nanoseconds of the Unix epoch.

    Raises:
        BadInput: it is none.
    """
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?", text.strip(), re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59 or float((found[3] or "0").replace(",", ".")) >= 60:
        raise BadInput(f"{quoted(text)} is not a time of day. Enter hh:mm or hh:mm:ss.", "wall clock")
    started = datetime.fromtimestamp(started_ns / 1e9)
    midnight = started.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = float((found[3] or "0").replace(",", "."))
    then = midnight + timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=seconds)
    ns = round((then.timestamp() - started_ns / 1e9) * 1e9)
    # Typed to the second, the time of the beginning is a little before it.
    return max(0, ns) if ns > -60 * 10**9 else ns + _DAY_NS
