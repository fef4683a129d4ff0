"""Undo and Redo of what is done to the workers table and to the steps of a plan, on Qt's undo stack."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.core.errors import BadInput
from app.ui.display_text import visible

_MOST_UNDONE = 200  # changes that are remembered
_LONGEST = 60  # characters of a change's text in a menu


class Undoable(Protocol):
    """Something that was done, and can be undone and done again."""

    @property
    def text(self) -> str:
        """What was done, as a menu says it after Undo."""

    def check(self, *, undone: bool) -> None:
        """Raise BadInput if this cannot be undone, or done again, now."""


T = TypeVar("T", bound=Undoable)


class ChangeCommand(QUndoCommand):
    """One change that can be undone and done again; the GUI thread only.

    It is pushed after it was done, so the stack's first ``redo`` does nothing.

    Args:
        change: what was done.
        apply: undoes it, or does it again; called with the change and whether it is undone.
    """

    def __init__(self, change: Undoable, apply: Callable[[Any, bool], None]) -> None:
        super().__init__(visible(change.text, _LONGEST))
        self.change = change
        self._apply = apply
        self._is_new = True

    def undo(self) -> None:
        """Undo the change."""
        self._apply(self.change, True)

    def redo(self) -> None:
        """Do the change again."""
        if self._is_new:
            self._is_new = False
        else:
            self._apply(self.change, False)


class History(QObject):
    """The changes that can be undone and done again; the GUI thread only.

    Attributes:
        stack: says what would be undone, and whether anything can be.

    Signals:
        refused: the sentence that says why a change cannot be undone, or done again, now.
    """

    refused = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(_MOST_UNDONE)

    def remember(self, change: T, apply: Callable[[T, bool], None]) -> None:
        """Remember a change that was just done.

        Args:
            change: what was done.
            apply: undoes it, or does it again; called with the change and whether it is undone.
        """
        self.stack.push(ChangeCommand(change, apply))

    @Slot()
    def undo(self) -> None:
        """Undo the last change, if it can be undone now."""
        if self._is_possible(self.stack.index() - 1, undone=True):
            self.stack.undo()

    @Slot()
    def redo(self) -> None:
        """Do the change again that was undone last, if it can be done now."""
        if self._is_possible(self.stack.index(), undone=False):
            self.stack.redo()

    def _is_possible(self, index: int, *, undone: bool) -> bool:
        """Return whether a command can be carried out now: asked before, since a stack's step cannot be refused."""
        command = self.stack.command(index) if 0 <= index < self.stack.count() else None
        if not isinstance(command, ChangeCommand):
            return False
        try:
            command.change.check(undone=undone)
        except BadInput as error:
            self.refused.emit(str(error))
            return False
        return True
