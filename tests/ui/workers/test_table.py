"""The workers table: how it is found again, and what it shows."""

import html
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QToolButton, QToolTip

from app.core.catalogue import Catalogue
from app.core.worker import Worker
from app.documents.settings import Layout, load_settings
from app.ui.workers.bars import Scale, bar_pixels, scale_words
from app.ui.workers.rows import TITLES, Column
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


def bars(desk: Desk) -> list[int]:
    """Return how many pixels each row's bar shows, by counting them in what Qt paints."""
    theme, model, counts = desk.window.parts.theme, desk.window.parts.workers.table.model(), []
    for row in range(model.rowCount()):
        picture = model.index(row, Column.LATENCY).data(Qt.ItemDataRole.DecorationRole)
        image = picture.toImage() if picture else None
        line = [image.pixelColor(x, 1).name() for x in range(image.width())] if image else []
        counts.append(line.count(theme.colour("stopping")))
    return counts


def test_the_latencies_are_bars_on_one_scale_that_the_header_chooses_and_the_settings_keep(
    make_desk: MakeDesk,
) -> None:
    desk = make_desk((Worker("Polls", "flag", interval=0.3), Worker("Waits", "event-wait", interval=0.3)))
    panel, actions = desk.window.parts.workers, desk.window.parts.actions
    assert bars(desk) == [0, 0]
    panel.start()
    desk.until(lambda: desk.log_texts().count("running… 1") == 2)
    panel.stop()
    desk.until_quiet()
    latencies = [row.asked.chain.latency for row in panel.rows.rows if row.asked is not None]
    longest = max(latencies)
    assert bars(desk) == [bar_pixels(latency, longest, Scale.LINEAR) for latency in latencies]
    # There was room for it from the beginning.
    assert panel.table.columnWidth(Column.LATENCY) >= panel.table.sizeHintForColumn(Column.LATENCY)
    choice = {action.text(): action for action in actions.columns_menu.actions()}
    choice["Lo&garithmic bars"].trigger()
    assert bars(desk) == [bar_pixels(latency, longest, Scale.LOG) for latency in latencies]
    header = panel.table.model().headerData(Column.LATENCY, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert header == scale_words(longest, Scale.LOG)
    choice["Lines/s"].trigger()
    assert panel.table.isColumnHidden(Column.RATE)
    assert not choice["Name"].isEnabled()
    assert not choice["State"].isEnabled()
    layout = saved(desk)
    assert (layout.latency_scale, layout.worker_hidden) == ("log", ("Lines/s",))
    again = make_desk(layout=layout)
    assert again.window.parts.workers.table.scale is Scale.LOG
    assert again.window.parts.workers.table.isColumnHidden(Column.RATE)
    assert saved(again) == layout


def saved(desk: Desk) -> Layout:
    """Return the layout as the settings keep it, with the window's sizes as they come."""
    desk.window.parts.settings_saver.save()
    settings, problem = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert problem == ""
    return replace(settings.layout, rows=(), columns=(), worker_columns=(), log_columns=())


@pytest.mark.parametrize(
    ("text", "words"),
    [('latency_scale = "round"', "must be one of linear, log"), ("worker_hidden = [1]", "names of columns")],
)
def test_wrong_settings_of_the_table_are_said(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"version = 1\n[layout]\n{text}\n")
    _, problem = load_settings(path, Catalogue())
    assert words in problem


def click_title(desk: Desk, column: Column) -> None:
    header = desk.window.parts.workers.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(column) + header.sectionSize(column) // 2, header.height() // 2)
    desk.qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def shown_names(desk: Desk) -> str:
    return "".join(desk.cell(row, Column.NAME) for row in range(len(desk.rows)))


LETTERS = tuple(
    Worker(name, "event-wait", interval=interval) for name, interval in (("b", 0.01), ("c", 0.03), ("a", 0.02))
)


def test_a_click_on_a_title_sorts_a_second_one_turns_it_round_a_third_restores_the_order(make_desk: MakeDesk) -> None:
    desk = make_desk(LETTERS)
    table = desk.window.parts.workers.table
    table.select([0])
    seen = []
    for _ in range(3):
        click_title(desk, Column.NAME)
        seen.append(shown_names(desk))
        assert table.selected() == [0]
        assert table.current() == 0
    assert seen == ["abc", "cba", "bca"]
    click_title(desk, Column.INTERVAL)
    click_title(desk, Column.INTERVAL)
    assert shown_names(desk) == "cab"
    layout = saved(desk)
    assert (layout.worker_sort, layout.worker_sort_descending) == ("Interval", True)
    again = make_desk(LETTERS, layout=layout)
    assert shown_names(again) == "cab"
    (menu,) = (one for one in again.window.parts.actions.columns_menu.findChildren(QMenu) if one.title() == "&Sort by")
    sorting = {action.text(): action for action in menu.actions()}
    assert sorting["Interval"].isChecked()
    sorting["&Order added"].trigger()
    assert shown_names(again) == "bca"
    assert saved(again).worker_sort == ""


def test_everything_acts_on_the_row_that_is_shown_there(make_desk: MakeDesk) -> None:
    desk = make_desk(LETTERS)
    panel, table = desk.window.parts.workers, desk.window.parts.workers.table
    table.sort_by(Column.NAME)
    place = table.visualRect(table.model().index(0, Column.NAME)).center()
    desk.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert table.selected() == [2]
    desk.window.parts.actions.start.trigger()
    desk.until(lambda: desk.rows == ["Running", "Ready", "Ready"])
    desk.qtbot.keyClick(table, Qt.Key.Key_Space)
    desk.until(lambda: desk.rows == ["Stopped", "Ready", "Ready"])
    desk.until_quiet()
    # Editing: the new name moves its row, and no other; the pointer, which was at the row, is not over the table any more.
    table.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    desk.qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.viewport().findChild(QLineEdit)
    assert editor.text() == "a"
    desk.qtbot.keyClicks(editor, "d")
    desk.qtbot.keyClick(editor, Qt.Key.Key_Return)
    desk.until(lambda: shown_names(desk) == "bcd")
    assert [worker.name for worker in panel.rows.workers()] == ["b", "c", "d"]
    assert desk.rows == ["Ready", "Ready", "Stopped"]
    desk.window.parts.actions.duplicate.trigger()
    assert shown_names(desk) == "bcdd 2"
    table.select([0])
    desk.window.parts.actions.remove.trigger()
    assert shown_names(desk) == "cdd 2"
    desk.window.parts.actions.undo.trigger()
    assert shown_names(desk) == "bcdd 2"
    assert [worker.name for worker in panel.rows.workers()] == ["b", "c", "d", "d 2"]


def test_rows_do_not_move_under_the_pointer_and_do_when_it_has_left(make_desk: MakeDesk) -> None:
    desk = make_desk(LETTERS)
    panel, table = desk.window.parts.workers, desk.window.parts.workers.table
    table.sort_by(Column.LINES, descending=True)
    assert shown_names(desk) == "bca"
    table.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    panel.start_named(["a"])
    desk.until(lambda: "running… 2" in desk.log_texts())
    panel.stop_all()
    desk.until_quiet()
    assert shown_names(desk) == "bca"
    table.viewport().setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    QApplication.sendEvent(table, QEvent(QEvent.Type.Leave))
    assert shown_names(desk) == "abc"


def test_the_order_follows_what_runs_do(make_desk: MakeDesk) -> None:
    desk = make_desk(LETTERS)
    panel, table = desk.window.parts.workers, desk.window.parts.workers.table
    table.sort_by(Column.STATE)
    panel.start_named(["a"])
    desk.until(lambda: shown_names(desk) == "abc")
    panel.stop_all()
    desk.until_quiet()
    assert desk.rows == ["Stopped", "Ready", "Ready"]


def test_the_current_row_keeps_its_place_on_the_screen(make_desk: MakeDesk) -> None:
    desk = make_desk(tuple(Worker(f"w{n:03}", "event-wait", interval=1_000 - n) for n in range(200)))
    table = desk.window.parts.workers.table
    table.make_current(100)
    assert table.selected() == []
    table.bring_into_view(100)
    before = table.visualRect(table.currentIndex()).top()
    table.sort_by(Column.INTERVAL)
    assert table.current() == 100
    assert desk.cell(0, Column.NAME) == "w199"
    assert table.visualRect(table.currentIndex()).top() == before
    # Those on the screen are looked at, wherever they stand in the manual order.
    table.verticalScrollBar().setValue(0)
    assert {199, 198, 197} <= table.watched()
    assert 0 not in table.watched()


def test_columns_take_what_they_need_until_a_person_sets_one(make_desk: MakeDesk) -> None:
    desk = make_desk()
    panel, table = desk.window.parts.workers, desk.window.parts.workers.table

    def is_whole(column: Column) -> bool:
        return table.columnWidth(column) >= table.sizeHintForColumn(column)

    desk.window.resize(1024, 700)
    desk.until(lambda: all(map(is_whole, Column)))
    assert table.horizontalHeader().length() == table.viewport().width()
    panel.editing.edit(0, "name", "A rather long name for a worker")
    assert is_whole(Column.NAME)
    assert table.horizontalHeader().length() == table.viewport().width()
    layout = saved_widths(desk)
    assert layout == ()
    table.setColumnWidth(Column.NAME, 60)
    panel.editing.edit(0, "name", "Another rather long name for a worker")
    assert table.columnWidth(Column.NAME) == 60
    assert saved_widths(desk)[0] == 60
    fit = {action.text(): action for action in desk.window.parts.actions.columns_menu.actions()}["&Fit columns"]
    fit.trigger()
    assert is_whole(Column.NAME)


def saved_widths(desk: Desk) -> tuple[int, ...]:
    return desk.window.current_layout().worker_columns


def test_what_is_cut_off_has_a_tooltip(make_desk: MakeDesk) -> None:
    name = "<b>" + "long " * 100
    desk = make_desk((Worker(name, "event-wait"),))
    table = desk.window.parts.workers.table
    told = []
    for column in (Column.INTERVAL, Column.NAME):
        index = table.model().index(0, column)
        place = table.visualRect(index).center()
        QApplication.sendEvent(table.viewport(), QHelpEvent(QEvent.Type.ToolTip, place, table.mapToGlobal(place)))
        told.append(QToolTip.text())
    QToolTip.hideText()
    desk.until(lambda: not QToolTip.isVisible())
    assert told == ["", f"<p>{html.escape(name)}</p>"]
