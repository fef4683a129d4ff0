"""The text column of the log stays in sight: the others are narrower where there is no room."""

from app.ui.log.column_widths import given_widths
from tests.ui.conftest import Desk


def test_columns_have_what_they_want_or_less_in_proportion() -> None:
    assert given_widths([100, 50, 0], 150) == [100, 50, 0]
    assert given_widths([100, 60, 40], 150) == [75, 45, 30]
    assert given_widths([100, 20], -5) == [24, 20]


def test_the_text_is_seen_at_any_width_and_the_others_get_their_widths_back(desk: Desk) -> None:
    view, widths = desk.window.parts.log.view, desk.window.parts.log.view.column_widths
    text = view.horizontalHeader().count() - 1
    desk.window.resize(1300, 700)
    desk.until(lambda: view.viewport().width() > 1200)
    wanted = widths.widths()
    worker = wanted.index(max(wanted))
    assert view.columnWidth(worker) == wanted[worker]
    desk.window.parts.log.zoom.set_points(40)
    grown = widths.widths()
    assert grown[worker] > 2 * wanted[worker]
    least = 11 * view.fontMetrics().averageCharWidth()
    for width in (1300, 900, 700):
        desk.window.resize(width, 700)
        desk.until(lambda: view.viewport().width() < width)  # noqa: B023 - called before the next one
        assert view.viewport().width() - view.columnViewportPosition(text) >= least
    assert view.columnWidth(worker) < grown[worker]
    desk.window.parts.log.zoom.set_points(0)
    assert sum(abs(now - then) for now, then in zip(widths.widths(), wanted, strict=True)) <= len(wanted)
    # What a person sets is wanted; what has no room is not forgotten.
    view.setColumnWidth(worker, 300)
    assert widths.widths()[worker] == 300
