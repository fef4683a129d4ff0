"""Two strategies' code side by side, with the checkpoint lit when it notices."""

import ast
import difflib
import textwrap
from dataclasses import dataclass

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from app.core.catalogue import Catalogue
from app.core.latency import duration
from app.core.prediction import Notices
from app.ui.code_view import marked_line
from app.ui.compare.parts import reader, words_label
from app.ui.details.logic import strategy_source
from app.ui.display_text import visible
from app.ui.theme import Theme
from app.ui.widgets import add_all, plain_label, single_shot

BOTH_THE_SAME = "Both loops are the same."
NO_CHECKPOINT = "It has no checkpoint."
_LIT = 1_500  # ms: long enough to be seen, over before the next one


@dataclass(frozen=True, slots=True)
class Side:
    """One of two sources, with empty lines put in so that what is the same stands beside each other.

    Attributes:
        lines: as they are shown.
        differing: the indices of the lines that the other side has not.
        fillers: the indices of the lines that were put in.
    """

    lines: tuple[str, ...]
    differing: frozenset[int]
    fillers: frozenset[int]

    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)

    def shown_at(self, line: int) -> int:
        """Return the index at which a line of the source (from 0) is shown."""
        real = [index for index in range(len(self.lines)) if index not in self.fillers]
        return real[line]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a file; ``first`` is the number of the first of them in it, from 1."""

    text: str
    first: int = 1


def loop_of(source: str) -> Excerpt:
    """Return the body of a strategy's ``loop`` without its docstring, dedented; all of the source if it has none."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return Excerpt(source)
    loop = next((node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == "loop"), None)
    if loop is None:
        return Excerpt(source)
    body = loop.body[1:] if ast.get_docstring(loop) is not None else loop.body
    if not body:
        return Excerpt(source)
    lines = source.splitlines()
    # A comment above the first statement belongs to it.
    above = loop.body[0].end_lineno or loop.lineno if body is not loop.body else body[0].lineno - 1
    first = next(number for number in range(above + 1, len(lines) + 1) if lines[number - 1].strip())
    return Excerpt(textwrap.dedent("\n".join(lines[first - 1 : loop.end_lineno])), first)


class CodeSide(QObject):
    """One of the two: a choice, the code, and what is said about its checkpoint; the GUI thread only.

    Args:
        word: "left" or "right".
        mnemonic: of its choice.
    """

    def __init__(self, catalogue: Catalogue, theme: Theme, word: str, mnemonic: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._catalogue, self._theme = catalogue, theme
        self._side = Side((), frozenset(), frozenset())
        self._checkpoint: int | None = None
        self.is_whole = False  # whether the whole file is shown
        self.choice = QComboBox(parent)
        self.choice.setAccessibleName(f"Strategy on the {word}")
        for strategy in catalogue.strategies:
            self.choice.addItem(strategy.about.title, strategy.about.id)
        self.label = plain_label(mnemonic, parent, buddy=self.choice)
        self.code: QPlainTextEdit = reader(f"Code on the {word}", parent)
        self.said = words_label(parent)
        self._timer = single_shot(self, self.mark, _LIT)

    @property
    def strategy(self) -> str:
        """The id of the strategy that is shown."""
        return str(self.choice.currentData())

    def excerpt(self) -> Excerpt:
        """Return what is shown of the strategy's file."""
        source = strategy_source(self._catalogue, self.strategy)
        return Excerpt(source) if self.is_whole else loop_of(source)

    def show_side(self, side: Side) -> None:
        """Show the lines, and where the checkpoint is."""
        self._side = side
        excerpt = self.excerpt()
        line = checkpoint_line(excerpt.text, self._catalogue.strategy(self.strategy).about.checkpoint)
        self._checkpoint = None if line is None else side.shown_at(line)
        self.code.setPlainText(side.text())
        self.said.setText(
            NO_CHECKPOINT if line is None else f"The checkpoint is line {excerpt.first + line} of its file."
        )
        self._timer.stop()
        self.mark()

    def light(self, run: str, latency: int) -> None:
        """Light the checkpoint for a moment, and bring it into sight.

        Args:
            run: the name of the run that noticed.
            latency: how many ns after the request.
        """
        self.said.setText(f"{visible(run, 100)} noticed {duration(latency)} after the request.")
        if self._checkpoint is None:
            return
        self._timer.start()
        self.mark()
        cursor = QTextCursor(self.code.document().findBlockByNumber(self._checkpoint))
        self.code.setTextCursor(cursor)
        self.code.ensureCursorVisible()

    def is_lit(self) -> bool:
        """Return whether the checkpoint is lit now."""
        return self._timer.isActive()

    def checkpoint(self) -> int | None:
        """Return in which line (from 0) of what is shown the checkpoint is; None if there is none."""
        return self._checkpoint

    @Slot()
    def mark(self) -> None:
        """Mark the lines that differ, those that were put in, and the checkpoint while it is lit."""
        marks = [self._marked(line, "differing") for line in sorted(self._side.differing)]
        marks += [self._marked(line, "filler") for line in sorted(self._side.fillers)]
        if self._timer.isActive() and self._checkpoint is not None:
            marks.append(self._marked(self._checkpoint, "lit"))
        self.code.setExtraSelections(marks)

    def _marked(self, line: int, word: str) -> QTextEdit.ExtraSelection:
        return marked_line(self.code, line, self._theme.colour(word))


class CodeTab(QWidget):
    """Compares the code of two strategies; the GUI thread only.

    Args:
        catalogue: the strategies.
        theme: the colours.
    """

    def __init__(self, catalogue: Catalogue, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sides = tuple(
            CodeSide(catalogue, theme, word, mnemonic, self)
            for word, mnemonic in (("left", "&Left"), ("right", "Righ&t"))
        )
        self.differences = words_label(self)
        self.is_whole = QCheckBox("W&hole files", self)
        self.is_whole.setToolTip("Show all of both files, and not only their loops")
        self.is_whole.toggled.connect(self._on_whole)
        row = QHBoxLayout()
        for side in self.sides:
            column = QVBoxLayout()
            head = add_all(QHBoxLayout(), side.label, (side.choice, 1))
            add_all(column, head, (side.code, 1), side.said)
            row.addLayout(column, 1)
            side.choice.currentIndexChanged.connect(self._compare)
        add_all(QVBoxLayout(self), self.differences, self.is_whole, (row, 1))
        left, right = (side.code.verticalScrollBar() for side in self.sides)
        # What is the same stands beside each other, so that the two are scrolled together.
        left.valueChanged.connect(right.setValue)
        right.valueChanged.connect(left.setValue)
        self.show_pair(catalogue.strategy_ids()[0], _other(catalogue))

    def show_pair(self, left: str, right: str) -> None:
        """Show these two strategies."""
        for side, strategy in zip(self.sides, (left, right), strict=True):
            side.choice.blockSignals(True)
            side.choice.setCurrentIndex(side.choice.findData(strategy))
            side.choice.blockSignals(False)
        self._compare()

    @Slot(bool)
    def _on_whole(self, is_whole: bool) -> None:
        for side in self.sides:
            side.is_whole = is_whole
        self._compare()

    @Slot()
    def _compare(self) -> None:
        shown = side_by_side(*(side.excerpt().text for side in self.sides))
        for side, lines in zip(self.sides, shown, strict=True):
            side.show_side(lines)
        self.differences.setText(differences_text(*shown))

    def light(self, strategy: str, run: str, latency: int) -> None:
        """Light the checkpoint of a strategy, where it is shown; see ``CodeSide.light``."""
        for side in self.sides:
            if side.strategy == strategy:
                side.light(run, latency)

    def apply_theme(self) -> None:
        """Take the theme's colours."""
        for side in self.sides:
            side.mark()


def _other(catalogue: Catalogue) -> str:
    """Return what the first strategy is best compared with at first: waiting instead of polling, if it is there."""
    waiting = (s.about.id for s in catalogue.strategies if s.about.notices is Notices.WAITING)
    return next(waiting, catalogue.strategy_ids()[-1])


def side_by_side(left: str, right: str) -> tuple[Side, Side]:
    """Return two sources with what is the same in the same lines."""
    ours, theirs = left.splitlines(), right.splitlines()
    sides: tuple[list[str], list[str]] = ([], [])
    differing: tuple[set[int], set[int]] = (set(), set())
    fillers: tuple[set[int], set[int]] = (set(), set())
    blocks = difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    for word, *bounds in blocks:
        parts = (ours[bounds[0] : bounds[1]], theirs[bounds[2] : bounds[3]])
        height = max(map(len, parts))
        for lines, marked, filled, part in zip(sides, differing, fillers, parts, strict=True):
            start = len(lines)
            lines.extend(part + [""] * (height - len(part)))
            if word != "equal":
                marked.update(range(start, start + len(part)))
            filled.update(range(start + len(part), start + height))
    return (
        Side(tuple(sides[0]), frozenset(differing[0]), frozenset(fillers[0])),
        Side(tuple(sides[1]), frozenset(differing[1]), frozenset(fillers[1])),
    )


def checkpoint_line(source: str, checkpoint: str) -> int | None:
    """Return the line (from 0) at which the request is noticed; None if it is not found.

    Args:
        source: a strategy's file.
        checkpoint: the line as its ``About`` has it, without indentation.
    """
    return next((number for number, line in enumerate(source.splitlines()) if line.strip() == checkpoint), None)


def differences_text(left: Side, right: Side) -> str:
    """Return in words how much two sources differ."""
    if not left.differing and not right.differing:
        return BOTH_THE_SAME
    ours, theirs = len(left.differing), len(right.differing)
    return f"Highlighted lines differ: {ours:,} on the left, {theirs:,} on the right."
