"""A compare window, opened from a main window by its action."""

from collections.abc import Callable

import pytest

from app.adapters import whole_catalogue
from app.core.catalogue import Catalogue
from app.core.worker import Worker
from app.ui.compare.window import CompareWindow
from tests.ui.conftest import Desk

PAIR = (
    Worker(name="Polls", strategy="event-poll", interval=0.001),
    Worker(name="Waits", strategy="event-wait", interval=0.001),
)
OpenCompare = Callable[..., tuple[Desk, CompareWindow]]


@pytest.fixture
def open_compare(make_desk: Callable[..., Desk]) -> OpenCompare:
    """Return what opens a main window with given workers, and the compare window by its action."""

    def opened(workers: tuple[Worker, ...] = PAIR, catalogue: Catalogue | None = None, **settings: object):
        desk = make_desk(workers, catalogue or whole_catalogue(), **settings)
        assert desk.window.parts.compare.window is None
        desk.window.parts.actions.compare.trigger()
        window = desk.window.parts.compare.window
        assert window is not None
        desk.until(window.isVisible)
        return desk, window

    return opened


def until_done(desk: Desk, window: CompareWindow) -> None:
    """Wait until no experiment goes on."""
    desk.until(lambda: not window.task.is_running(), 60_000)
