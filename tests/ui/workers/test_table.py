"""The workers table: how it is found again, and what it shows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QToolButton

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
    [('latency_scale = "round"', "none of linear, log"), ("worker_hidden = [1]", "names of columns")],
)
def test_wrong_settings_of_the_table_are_said(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"version = 1\n[layout]\n{text}\n")
    _, problem = load_settings(path, Catalogue())
    assert words in problem
