"""Details and session beside the log: tabs of one place, which leave the log its text, and are kept and reset."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QSize

from app.documents.settings import Layout, load_settings
from app.ui.panes import column_widths
from tests.ui.conftest import Desk

MakeDesk = Callable[..., Desk]


def text_width(desk: Desk) -> int:
    """Return how many pixels of the log's text column are in view."""
    view = desk.window.parts.log.view
    header = view.horizontalHeader()
    return view.viewport().width() - header.sectionViewportPosition(header.count() - 1)


def open_both(desk: Desk) -> None:
    """Open both pages, as a person does."""
    desk.window.parts.actions.details.trigger()
    desk.window.parts.session.panel_action.trigger()


@pytest.mark.parametrize("columns", [(), (300, 724)])
def test_at_a_small_size_the_log_keeps_its_text_with_both_open(make_desk: MakeDesk, columns: tuple[int, ...]) -> None:
    desk = make_desk(layout=Layout(width=1024, height=700, columns=columns))
    desk.window.resize(1024, 700)  # the test's own screen may be smaller
    open_both(desk)
    assert desk.window.size() == QSize(1024, 700)
    side = desk.window.panes.side
    assert side.isVisible()
    assert [side.tabText(place) for place in range(side.count()) if side.isTabVisible(place)] == ["Details", "Session"]
    assert text_width(desk) >= 150
    assert desk.window.panes.columns.widget(0).width() >= side.width()


def test_what_is_pressed_comes_to_the_front_and_goes_once_it_is_there(desk: Desk) -> None:
    side, session = desk.window.panes.side, desk.window.parts.session
    open_both(desk)
    assert side.currentWidget() is session.panel
    desk.until(session.panel.notes.line.hasFocus)
    desk.window.parts.actions.details.trigger()
    assert side.currentWidget() is desk.window.parts.details
    assert desk.window.parts.actions.details.isChecked()
    desk.window.parts.actions.details.trigger()
    assert not side.is_open(desk.window.parts.details)
    assert side.currentWidget() is session.panel
    side.tabCloseRequested.emit(side.indexOf(session.panel))
    assert side.isHidden()
    assert not session.panel_action.isChecked()


def test_details_that_come_to_the_front_are_up_to_date(desk: Desk) -> None:
    open_both(desk)
    desk.window.parts.workers.editing.edit(0, "name", "Other")
    desk.window.parts.details.show_page("Worker")
    desk.window.parts.actions.details.trigger()
    assert desk.window.parts.details.form.field("name").text() == "Other"


def test_which_are_open_is_kept(make_desk: MakeDesk) -> None:
    desk = make_desk()
    open_both(desk)
    desk.window.parts.settings_saver.save()
    settings, problem = load_settings(desk.services.settings_path, desk.services.catalogue)
    assert (problem, settings.layout.details, settings.layout.session) == ("", True, True)
    again = make_desk(layout=settings.layout)
    assert again.window.parts.session.panel.isVisible()
    assert again.window.panes.side.is_open(again.window.parts.details)


def test_reset_puts_sizes_columns_and_panels_back_and_leaves_the_rest(make_desk: MakeDesk) -> None:
    desk = make_desk(
        layout=Layout(width=900, height=640, theme="dark", log_points=14, log_hidden=(), rows=(300, 50, 90))
    )
    first = make_desk().window.current_layout()
    window = desk.window
    try:
        open_both(desk)
        window.parts.actions.timeline.setChecked(False)
        window.parts.workers.table.setColumnWidth(0, 333)
        window.parts.actions.reset_layout.trigger()
        now = window.current_layout()
        assert window.panes.side.isHidden()
        assert (now.details, now.session, now.timeline) == (False, False, True)
        assert (now.width, now.height, now.log_hidden) == (first.width, first.height, first.log_hidden)
        assert now.worker_columns == first.worker_columns
        assert (now.theme, now.log_points) == ("dark", 14)
    finally:
        window.parts.theme.choose("system")


@pytest.mark.parametrize(
    ("columns", "width", "widths"),
    [((), 1180, (800, 380)), ((400, 600), 1180, (590, 590)), ((700, 300), 1024, (724, 300)), ((1,), 700, (350, 350))],
)
def test_the_log_has_at_least_half(columns: tuple[int, ...], width: int, widths: tuple[int, int]) -> None:
    assert column_widths(Layout(columns=columns), width) == widths
