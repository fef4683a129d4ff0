"""A layout in rows, like the words of a text: what has no room in one row goes into the next."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLayoutItem, QLineEdit, QSizePolicy, QWidget

from app.ui.widgets import add_all, plain_label


def flow_rows(widths: Sequence[int], room: int, spacing: int) -> list[range]:
    """Return the indices of the items in each row, at least one in each; no Qt.

    Args:
        widths: the pixels that each item needs.
        room: the pixels that a row has.
        spacing: the pixels between two items.
    """
    rows: list[range] = []
    first = used = 0
    for index, width in enumerate(widths):
        if index > first and used + spacing + width > room:
            rows.append(range(first, index))
            first, used = index, width
        else:
            used += width + (spacing if index > first else 0)
    return [*rows, range(first, len(widths))] if widths else []


def row_widths(widths: Sequence[int], can_grow: Sequence[bool], room: int, spacing: int) -> list[int]:
    """Return the pixels that each item of a row gets: what is left over is shared by those that can grow; no Qt."""
    left = room - sum(widths) - spacing * (len(widths) - 1)
    if left < 0:  # one item, wider than the row
        return [min(width, room) for width in widths]
    growing = [index for index, grows in enumerate(can_grow) if grows]
    given = list(widths)
    for place, index in enumerate(growing):
        given[index] += left // len(growing) + (place < left % len(growing))
    return given


class FlowLayout(QLayout):
    """Puts items beside each other, and into another row where there is no room; the GUI thread only.

    Each has at least its minimum width; what is left over in a row goes to those whose size policy lets them expand. Its
    height follows from its width, as of a label that wraps.

    Args:
        parent: whose layout it is.
        margins: left, top, right, bottom, in pixels.
        spacing: pixels between items and between rows.
    """

    def __init__(
        self, parent: QWidget | None = None, margins: tuple[int, int, int, int] = (0, 0, 0, 0), spacing: int = 4
    ) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._height = 0  # of the rows that there are
        self.setContentsMargins(*margins)
        self.setSpacing(spacing)

    # -- what Qt asks of a layout ----------------------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), moving=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Return the width of the widest item, and the height at the width that there is: splitters ask for no other."""
        margins = self.contentsMargins()
        widest = max((item.minimumSize().width() for item in self._shown()), default=0)
        highest = max((item.sizeHint().height() for item in self._shown()), default=0)
        height = self._height or highest + margins.top() + margins.bottom()
        return QSize(widest + margins.left() + margins.right(), height)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        height = self._arrange(rect, moving=True)
        if height != self._height:
            self._height = height
            owner = self.parentWidget()
            if owner is not None:
                owner.updateGeometry()

    # -- rows ------------------------------------------------------------------------------------------------------

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, rect: QRect, *, moving: bool) -> int:
        """Return the height that the rows need in the width of ``rect``, the margins among it; move the items there."""
        inner, spacing = rect.marginsRemoved(self.contentsMargins()), self.spacing()
        items = self._shown()
        widths = [item.minimumSize().width() for item in items]
        can_grow = [bool(item.expandingDirections() & Qt.Orientation.Horizontal) for item in items]
        top = inner.top()
        for row in flow_rows(widths, inner.width(), spacing):
            here = [items[index] for index in row]
            given = row_widths(
                [widths[index] for index in row], [can_grow[index] for index in row], inner.width(), spacing
            )
            height = max(map(_height_of, here, given))
            left = inner.left()
            for item, width in zip(here, given, strict=True):
                if moving:
                    item.setGeometry(QRect(left, top, width, height))
                left += width + spacing
            top += height + spacing
        used = max(top - spacing, inner.top()) if items else inner.top()
        return used - rect.top() + self.contentsMargins().bottom()


def _height_of(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


class FlowField(QLineEdit):
    """A field that shows some characters at least: no room for them is a reason for another row.

    Args:
        characters: that it shows at least, about.
    """

    def __init__(self, characters: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._characters = characters

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint() + QSize(self._characters * self.fontMetrics().averageCharWidth(), 0)


def captioned(label: str, field: QWidget) -> QWidget:
    """Return a field with its label beside it, which stay together; the label names the field."""
    both = QWidget()
    grows = field.sizePolicy().expandingDirections() & Qt.Orientation.Horizontal
    add_all(QHBoxLayout(both), plain_label(label, buddy=field), (field, 1 if grows else 0), margins=0, spacing=4)
    both.setSizePolicy(field.sizePolicy().horizontalPolicy(), QSizePolicy.Policy.Fixed)
    return both
