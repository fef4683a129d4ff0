"""The lines around one that a filter shows, and the way back."""

from PySide6.QtCore import Qt

from app.ui.log.area import NO_LINE
from tests.ui.log.conftest import CTRL, SHIFT, Log, batch, numbers


def show_around(log: Log) -> None:
    """Press the key for it."""
    log.key(Qt.Key.Key_G, CTRL | SHIFT)


def go_back(log: Log) -> None:
    """Press the key for it."""
    log.key(Qt.Key.Key_B, CTRL | SHIFT)


def test_from_a_filter_to_the_lines_around_and_back(log: Log) -> None:
    log.write(batch(numbers(1, 1_000)))
    log.find("7", only=True)
    log.bar.setValue(100)
    rows = log.rows()
    log.click(4)
    line = log.panel.line
    assert not log.actions.back.isEnabled()
    show_around(log)
    assert not log.panel.is_narrowed()
    assert (log.panel.line, log.selected()) == (line, [line])
    # In the middle, among its neighbours; the search stays, and so do its marks.
    place = log.panel.lines.index(line)
    assert abs(place - len(log.panel.lines) // 2) <= 1
    assert log.panel.lines == list(range(log.panel.lines[0], log.panel.lines[0] + len(log.panel.lines)))
    assert place in log.panel.matches.spans()
    assert log.count.endswith(" of 271")
    assert log.view.hasFocus()
    # Wherever one has gone from there, the filter comes back as it was left, also by its switch.
    for back in (lambda: go_back(log), log.area.search.only_hits.click):
        log.panel.choose(3)
        back()
        assert log.panel.is_narrowed()
        assert (log.rows(), log.panel.line, log.selected()) == (rows, line, [line])
        assert not log.actions.back.isEnabled()
        show_around(log)
        assert log.actions.back.isEnabled()
    # Of another search, or of none, there is no way back.
    log.area.search.include.setText("8")
    log.until_found()
    assert not log.actions.back.isEnabled()
    log.area.search.only_hits.click()
    log.panel.choose(17)
    show_around(log)
    log.area.close_search()
    assert not log.actions.back.isEnabled()
    go_back(log)
    assert not log.panel.is_narrowed()


def test_without_a_filter_the_chosen_line_comes_into_the_middle(log: Log) -> None:
    log.write(batch(numbers(1, 1_000)))
    show_around(log)
    assert log.said == [NO_LINE]
    log.panel.choose(500)
    show_around(log)
    assert abs(log.panel.lines.index(500) - len(log.panel.lines) // 2) <= 1
    assert not log.panel.following
    for line in (0, 999):
        log.panel.choose(line)
        show_around(log)
        assert line in log.panel.lines
    assert not log.actions.back.isEnabled()


def test_a_line_that_the_filter_hides_is_not_meant(log: Log) -> None:
    log.write(batch(numbers(1, 1_000)))
    log.panel.choose(500)
    log.find("7", only=True)
    show_around(log)
    assert (log.said, log.panel.is_narrowed()) == ([NO_LINE], True)
