"""The workers table: how it is found again, and what it shows."""

from collections.abc import Callable

from app.documents.settings import Layout
from app.ui.workers.rows import TITLES
from tests.ui.conftest import Desk

MakeDesk = Callable[..., Desk]


def test_settings_with_another_number_of_columns_are_read_and_their_widths_ignored(make_desk: MakeDesk) -> None:
    before = make_desk().window.parts.workers.table
    desk = make_desk(layout=Layout(worker_columns=(300,) * len(TITLES)))  # there was one column more
    table = desk.window.parts.workers.table
    assert [table.columnWidth(place) for place in range(3)] == [before.columnWidth(place) for place in range(3)]
