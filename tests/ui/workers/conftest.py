"""Windows whose workers table is not under the pointer: there, rows that are sorted do not move."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from tests.ui.conftest import Desk


@pytest.fixture
def make_desk(make_desk: Callable[..., Desk]) -> Callable[..., Desk]:
    """Return a maker of windows that the pointer, wherever the test before has left it, is not over."""

    def make(*arguments: object, **settings: object) -> Desk:
        desk = make_desk(*arguments, **settings)
        desk.window.parts.workers.table.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
        return desk

    return make
