"""The workers table: how it is found again, and what it shows."""

from collections.abc import Callable

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QToolButton

from app.documents.settings import Layout
from app.ui.workers.rows import TITLES
from tests.ui.conftest import Desk

MakeDesk = Callable[..., Desk]


def test_settings_with_another_number_of_columns_are_read_and_their_widths_ignored(make_desk: MakeDesk) -> None:
    before = make_desk().window.parts.workers.table
    desk = make_desk(layout=Layout(worker_columns=(300,) * len(TITLES)))  # there was one column more
    table = desk.window.parts.workers.table
    assert [table.columnWidth(place) for place in range(3)] == [before.columnWidth(place) for place in range(3)]


def test_start_and_stop_mean_the_selected_rows_and_say_so_and_the_toolbar_does_not_jump(desk: Desk) -> None:
    actions, table = desk.window.parts.actions, desk.window.parts.workers.table

    def places() -> list[QRect]:
        QApplication.sendPostedEvents()
        return [actions.toolbar.widgetForAction(action).geometry() for action in actions.toolbar.actions()]

    before = places()
    assert (actions.start.text(), actions.stop.text()) == ("&Start", "S&top")
    table.select([0, 1])
    assert actions.start.text() == "&Start 2 workers"
    button = actions.toolbar.widgetForAction(actions.start)
    assert isinstance(button, QToolButton)
    assert button.text() == "Start 2 workers"
    assert places() == before
    actions.start.trigger()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    assert (actions.start.text(), actions.stop.text()) == ("&Start", "S&top 2 workers")
    table.select([1])
    assert actions.stop.text() == "S&top 1 worker"
    assert places() == before
    # A row that is only looked at, as the log and the timeline mark it, narrows nothing.
    table.clearSelection()
    table.setCurrentIndex(table.model().index(0, 0))
    table.clearSelection()
    assert actions.stop.text() == "S&top"
