"""What keys do in the timeline: everything that the mouse does."""

from collections.abc import Callable
from enum import Enum, auto

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.ui.timeline.stage import Stage

_FAR = 10  # columns that the cursor moves with Shift
_PAGE = 0.75  # of the span
_NO, _SHIFT, _CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
Key = Qt.Key
Modifier = Qt.KeyboardModifier


def _page(stage: Stage, share: float) -> None:
    stage.navigation.pan(round(stage.width * share), stage.width, stage.known())


def _zoom(stage: Stage, steps: int) -> None:
    stage.navigation.zoom(steps, None, stage.known())


# With a key and its modifiers, what becomes of the stage.
_KEYS: dict[tuple[Key, Modifier], Callable[[Stage], object]] = {
    (Key.Key_Left, _NO): lambda s: s.navigation.move(-1, s.width),
    (Key.Key_Right, _NO): lambda s: s.navigation.move(1, s.width),
    (Key.Key_Left, _SHIFT): lambda s: s.navigation.move(-_FAR, s.width),
    (Key.Key_Right, _SHIFT): lambda s: s.navigation.move(_FAR, s.width),
    (Key.Key_Left, _CTRL): lambda s: s.step_event(back=True),
    (Key.Key_Right, _CTRL): lambda s: s.step_event(back=False),
    (Key.Key_Up, _NO): lambda s: s.step_lane(-1),
    (Key.Key_Down, _NO): lambda s: s.step_lane(1),
    (Key.Key_PageUp, _NO): lambda s: _page(s, -_PAGE),
    (Key.Key_PageDown, _NO): lambda s: _page(s, _PAGE),
    (Key.Key_Home, _NO): lambda s: s.navigation.to_start(s.known()),
    (Key.Key_End, _NO): lambda s: s.navigation.follow(s.known()[1]),
    (Key.Key_F, _NO): lambda s: s.fit(),
    (Key.Key_Plus, _NO): lambda s: _zoom(s, 2),
    (Key.Key_Plus, _SHIFT): lambda s: _zoom(s, 2),
    (Key.Key_Equal, _NO): lambda s: _zoom(s, 2),
    (Key.Key_Minus, _NO): lambda s: _zoom(s, -2),
    (Key.Key_M, _NO): lambda s: s.navigation.toggle_measure(),
    (Key.Key_P, _NO): lambda s: toggle_current(s, "pinned"),
    (Key.Key_H, _NO): lambda s: toggle_current(s, "hidden"),
    (Key.Key_Escape, _NO): lambda s: s.navigation.forget(),
}


def toggle_current(stage: Stage, which: str) -> None:
    """Pin or hide the lane that the cursor is in, or let it be again."""
    lane = stage.current()
    if lane is not None:
        if which == "hidden":
            stage.step_lane(1)
        stage.toggle(which, lane.run)


class Means(Enum):
    """What a key means: nothing here, another look at the stage, or the line at the cursor."""

    NOTHING = auto()
    LOOK = auto()
    LINE = auto()


def press(stage: Stage, event: QKeyEvent) -> Means:
    """Do what a key means for the stage, and return what it means."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = Key(event.key())
    if key in (Key.Key_Return, Key.Key_Enter, Key.Key_Space) and modifiers == _NO:
        return Means.LINE
    action = _KEYS.get((key, modifiers))
    if action is None:
        return Means.NOTHING
    action(stage)
    return Means.LOOK
