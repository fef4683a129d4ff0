"""A layout in rows: which item comes into which, and how high that makes them."""

import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.ui.flow_layout import FlowLayout, flow_rows, row_widths


@pytest.mark.parametrize(
    ("widths", "room", "rows"),
    [
        ([], 100, []),
        ([50, 44], 100, [[0, 1]]),
        ([50, 45], 100, [[0], [1]]),
        ([30, 30, 30, 30], 102, [[0, 1, 2], [3]]),
        ([300, 10, 20], 100, [[0], [1, 2]]),
    ],
)
def test_what_has_no_room_goes_into_the_next_row(widths: list[int], room: int, rows: list[list[int]]) -> None:
    assert [list(row) for row in flow_rows(widths, room, 6)] == rows


def test_what_is_left_over_goes_to_those_that_can_grow() -> None:
    assert row_widths([10, 20, 30], [True, False, True], 100, 5) == [25, 20, 45]
    assert row_widths([10, 20], [False, False], 100, 5) == [10, 20]
    assert row_widths([10, 20], [True, True], 36, 5) == [11, 20]
    assert row_widths([300], [False], 100, 5) == [100]


def test_its_height_follows_from_its_width_and_a_hidden_item_takes_no_room(qtbot: QtBot) -> None:
    outer, owner = QWidget(), QWidget()
    qtbot.addWidget(outer)
    flow = FlowLayout(owner, margins=(1, 2, 3, 4), spacing=5)
    field, button, last = QLineEdit(), QPushButton("One"), QPushButton("Two")
    for widget in (field, button, last):
        flow.addWidget(widget)
    QHBoxLayout(outer).addWidget(owner)
    outer.layout().setContentsMargins(0, 0, 0, 0)
    outer.resize(600, 300)
    outer.show()
    assert field.y() == button.y() == last.y() == 2
    assert last.geometry().right() == 600 - 3 - 1  # the field has grown
    wide = flow.heightForWidth(600)
    outer.resize(flow.minimumSize().width(), 300)
    QApplication.processEvents()
    assert field.y() < button.y()
    assert flow.minimumSize().height() == flow.heightForWidth(owner.width()) > wide
    last.hide()
    assert flow.heightForWidth(600) == 2 + max(field.sizeHint().height(), button.sizeHint().height()) + 4
    assert flow.takeAt(2) is not None
    assert (flow.count(), flow.takeAt(2)) == (2, None)
