"""The code of a request: the line that asked, and the line that noticed or where the thread goes on; both lit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.core.errors import BadInput
from app.core.observed import Place
from app.session.requests import Request
from app.ui.code_view import CodeView
from app.ui.display_text import visible
from app.ui.theme import Theme
from app.ui.widgets import add_all, plain_label

NOT_ASKED = "It was not asked to stop, as far as was seen."
NOT_NOTICED = "It has not noticed, as far as was seen."
LAST_SEEN = "Not noticed; last seen"
AS_NOW = "The code is shown as the files are now."
_LEAST = 4  # lines of code that are seen
_AROUND = 200  # lines of a file before and after the one that is lit
# The theme's words for the grounds of the two lines.
ASKED, NOTICED = "differing", "lit"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some lines of a file.

    Attributes:
        text: the lines, or a sentence about why there are none.
        lit: by place in the text (from 0), the theme's word for the ground of that line.
        shown: the place that is to be seen; None for none.
    """

    text: str
    lit: tuple[tuple[int, str], ...] = ()
    shown: int | None = None


def excerpt_of(place: Place, marks: Sequence[tuple[Place, str]], read: Callable[[Path], str]) -> Excerpt:
    """Return the lines around a place, with those lit that are meant.

    Args:
        place: the file and the line.
        marks: places that are lit, each with the theme's word for its ground; those in other files are left out.
        read: returns the text of a file, or raises BadInput.
    """
    file, line = place
    try:
        lines = read(Path(file)).splitlines()
    except BadInput as error:
        return Excerpt(f"The code cannot be read: {error}")
    if not 1 <= line <= len(lines):
        return Excerpt(f"The file has changed since: it has no line {line:,} any more.")
    first, end = max(0, line - 1 - _AROUND), min(len(lines), line + _AROUND)
    lit = tuple((at - 1 - first, word) for (name, at), word in marks if name == file and first < at <= end)
    return Excerpt("\n".join(lines[first:end]), lit, line - 1 - first)


def line_title(word: str, place: Place | None) -> str:
    """Return what stands above a line's code: "Asked: app.py, line 26"."""
    if place is None:
        return f"{word}: the line is not known"
    name = place[0].replace("\\", "/").rpartition("/")[2]
    return f"{word}: {visible(name, 100)}, line {place[1]:,}"


class RequestPage(QWidget):
    """Shows the requests of one run, one at a time; the GUI thread only.

    Args:
        theme: the colours.
        is_recorded: whether the requests are of a session that is over: its files may be others by now.

    Attributes:
        choice: which request is shown.
        sentence: who asked, and what became of it.
        asked, noticed: the code around the two lines; of a thread that has not noticed, around that where it was last seen.

    Signals:
        chosen: another request was chosen, a ``Request``.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, is_recorded: bool = False) -> None:
        super().__init__(parent)
        self._remark = f" {AS_NOW}" if is_recorded else ""
        self._requests: tuple[Request, ...] = ()
        self._started: Place | None = None
        self._shown: object = None
        self.choice = QComboBox(self)
        self.choice.setAccessibleName("Request")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.activated.connect(self._on_chosen)
        self._choice_label = plain_label("Request", self, buddy=self.choice)
        self.sentence = plain_label("", self, wraps=True)
        self.asked_title, self.noticed_title = plain_label("", self), plain_label("", self)
        self.asked, self.noticed = CodeView("Line that asked", theme), CodeView("Line that noticed", theme)
        for view in (self.asked, self.noticed):
            # As much as there is, and no less than some lines: what is around the page scrolls then.
            view.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
            view.setMinimumHeight(self.fontMetrics().height() * _LEAST)
        choice = add_all(QHBoxLayout(), self._choice_label, (self.choice, 1))
        parts = self.asked_title, (self.asked, 1), self.noticed_title, (self.noticed, 1)
        # Where there is no code, what is left over is below the sentences.
        add_all(QVBoxLayout(self), choice, self.sentence, *parts, margins=0).addStretch()

    def show_run(self, requests: Sequence[Request], started: Place | None = None, key: object = None) -> None:
        """Show a run's requests; cheap while nothing changes.

        Args:
            requests: they.
            started: the line that started the run's thread: shown where there is no request.
            key: of the request that is to be shown; None for the one that is shown, or else the first that was noticed.
        """
        given = tuple(requests)
        if given != self._requests or started != self._started:
            keep = self._current()
            self._requests, self._started = given, started
            self._fill_choice(None if keep is None else keep.key)
        if key is not None:
            self.choose(key)
        self._show()

    def _fill_choice(self, key: object) -> None:
        self.choice.clear()
        for number, request in enumerate(self._requests, 1):
            self.choice.addItem(
                f"{number:,}: {visible(request.stop.asked.what, 60)}, {visible(request.noticed_words, 100)}"
            )
        places = [place for place, each in enumerate(self._requests) if each.key == key]
        places += [place for place, each in enumerate(self._requests) if each.noticed is not None]
        self.choice.setCurrentIndex(places[0] if places else 0)
        for part in (self.choice, self._choice_label):
            part.setVisible(len(self._requests) > 1)

    def choose(self, key: object) -> None:
        """Show the request with this key; nothing happens if there is none."""
        place = next((place for place, each in enumerate(self._requests) if each.key == key), None)
        if place is not None:
            self.choice.setCurrentIndex(place)
            self._show()

    def _current(self) -> Request | None:
        place = self.choice.currentIndex()
        return self._requests[place] if 0 <= place < len(self._requests) else None

    @Slot(int)
    def _on_chosen(self, _place: int) -> None:
        self._show()
        request = self._current()
        if request is not None:
            self.chosen.emit(request)

    def _show(self) -> None:
        """Show the request that is chosen, unless it is shown already."""
        request = self._current()
        if self._shown == (request, self._started):
            return
        self._shown = (request, self._started)
        for part in (self.noticed_title, self.noticed):
            part.setVisible(request is not None)
        if request is None:
            self.sentence.setText(NOT_ASKED)
            self._show_line(self.asked_title, self.asked, "Started", self._started, ())
            self.asked_title.setVisible(self._started is not None)  # a main thread is started by no line
            return
        self.sentence.setText(visible(f"A{request.asked_words[1:]}; {request.noticed_words}.", 600) + self._remark)
        self.asked_title.show()
        second = request.noticed_at if request.noticed is not None else request.seen_at
        ground = NOTICED if request.noticed is not None else ASKED
        marks = [(at, word) for at, word in ((request.at, ASKED), (second, ground)) if at is not None]
        self._show_line(self.asked_title, self.asked, "Asked", request.at, marks)
        if request.noticed is not None:
            self._show_line(self.noticed_title, self.noticed, "Noticed", second, marks)
        elif second is not None:
            self._show_line(self.noticed_title, self.noticed, LAST_SEEN, second, marks)
        else:
            self.noticed_title.setText(NOT_NOTICED)
            self.noticed.hide()

    def _show_line(
        self, title: QLabel, view: CodeView, word: str, place: Place | None, marks: Sequence[tuple[Place, str]]
    ) -> None:
        from app.programs.own_code import read_text  # here: the first window needs no parser

        title.setText(line_title(word, place))
        view.setVisible(place is not None)
        if place is not None:
            found = excerpt_of(place, marks or ((place, NOTICED),), read_text)
            view.read(found.text)
            view.light(found.lit, found.shown)
