"""Finding and filtering through the bar, by keys, with the real process that searches."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QToolButton

from app.core.batch import Batch, Kind, RunName
from app.core.worker import Worker
from app.session.search.client import Phase
from app.session.search.query import Query
from tests.session.search.reference import matches
from tests.timers import running_timers
from tests.ui.conftest import Desk
from tests.ui.log.conftest import CTRL, SHIFT, Log, batch, numbers


@pytest.fixture
def log(make_log: Callable[..., Log]) -> Log:
    """A log with a thousand lines of one worker, a few of another's, and what was said about them."""
    log = make_log()
    log.write(
        batch(numbers(1, 1_000)),
        batch(["started"], kind=Kind.STATE),
        batch(["Apple", "apple pie", "APPLE TREE", "pear"], run=2),
        batch(["apple: it failed"], run=3, kind=Kind.ERROR, worker="W2"),
    )
    return log


def child_of(log: Log):
    """Return the process that searches."""
    search = log.area.finder.search
    return None if search is None else search.child


def test_what_is_typed_is_counted_and_marked(log: Log) -> None:
    log.type("apple")
    log.until(lambda: log.count == "1 of 4")
    log.until(lambda: any(log.bar.marks()))
    marks = log.bar.marks()
    assert sum(marks) == 4
    assert sum(marks[-2:]) == 4  # at the lower end
    # All lines are shown still.
    assert log.panel.shown().count() == 1_006


def test_a_process_is_ready_as_long_as_the_bar_is_open(log: Log) -> None:
    spare = log.area.finder.process
    assert spare.child is None
    log.key(Qt.Key.Key_F, CTRL)
    ready = spare.child
    assert ready is not None
    log.find("apple")
    assert child_of(log) is ready
    log.until(lambda: spare.child is not None)  # for the next letter
    following = spare.child
    log.key(Qt.Key.Key_Escape)
    assert spare.child is None
    assert following.poll() is not None


def test_typing_goes_to_the_first_hit_from_the_current_place_on(log: Log, announced: list[str]) -> None:
    log.panel.choose(500)
    log.find("running… 7")  # 7, 70 to 79, 700 to 799
    assert (log.panel.line, log.count) == (699, "12 of 111")
    assert announced == ["12 of 111: running… 700"]
    # What is typed further is looked for from where it began, and not from the first hit.
    QTest.keyClicks(log.area.search.include, "7")
    log.until_found()
    assert (log.panel.line, log.count) == (769, "2 of 11")
    log.area.search.include.setText("running… 44")
    log.until_found()
    assert log.panel.line == 43  # from the top again
    assert log.said == []
    log.area.search.include.setText("nothing has this")
    log.until_found()
    assert (log.panel.line, log.count, log.said) == (43, "No matches", [])
    # The line that is chosen by hand is where the next text is looked for.
    log.panel.choose(600)
    log.area.search.include.setText("running… 66")
    log.until_found()
    assert log.panel.line == 659


def test_opening_the_bar_or_filtering_moves_nothing(log: Log) -> None:
    log.find("apple", only=True)
    assert (log.panel.line, log.panel.following) == (None, True)
    log.key(Qt.Key.Key_Escape)
    log.key(Qt.Key.Key_F, CTRL)
    log.until_found()
    assert (log.count, log.panel.line, log.panel.following) == ("4 matches", None, True)


def test_three_dots_find_an_ellipsis(log: Log) -> None:
    log.find("running... 1000")
    assert (log.panel.line, log.count) == (999, "1 of 1")


def test_f3_walks_and_goes_round(log: Log) -> None:
    log.find("apple")
    assert (log.panel.line, log.count) == (1_001, "1 of 4")
    for count, line in (("2 of 4", 1_002), ("3 of 4", 1_003), ("4 of 4", 1_005)):
        log.key(Qt.Key.Key_F3)
        assert (log.panel.line, log.count) == (line, count)
    assert log.said == []
    log.key(Qt.Key.Key_F3)
    assert (log.panel.line, log.said) == (1_001, ["Search wrapped"])
    log.key(Qt.Key.Key_F3, SHIFT)
    assert (log.panel.line, log.said[1:]) == (1_005, ["Search wrapped"])
    assert not log.panel.following
    log.write(batch(["x"]))
    assert log.panel.line in log.panel.lines


def test_return_goes_to_the_first_hit_at_once_and_then_on(log: Log) -> None:
    log.type("apple")
    log.key(Qt.Key.Key_Return)  # before anything has been found, and before the search was begun
    log.until(lambda: log.panel.line == 1_001)
    log.key(Qt.Key.Key_Return)
    assert log.panel.line == 1_002


def test_f3_without_a_search_opens_it_and_with_one_that_was_closed_goes_on(log: Log) -> None:
    log.key(Qt.Key.Key_F3)
    assert log.area.search.include.hasFocus()
    assert log.said == []
    QTest.keyClicks(log.area.search.include, "pear")
    log.key(Qt.Key.Key_Escape)
    assert log.area.search.isHidden()
    assert log.view.hasFocus()
    log.key(Qt.Key.Key_F3)
    log.until(lambda: log.panel.line == 1_004)
    assert log.count == "1 of 1"


def test_nothing_is_searched_for_after_escape(log: Log) -> None:
    log.type("apple")
    log.key(Qt.Key.Key_Escape)
    assert not log.area.search.is_waiting()
    assert not log.area.finder.is_on()
    log.find("apple", only=True)
    child = child_of(log)
    log.key(Qt.Key.Key_Escape)
    assert child.poll() is not None
    assert not any(log.bar.marks())
    assert log.panel.shown().count() == 1_006


def test_opened_again_it_looks_for_what_stands_in_it(log: Log) -> None:
    log.find("apple", only=True)
    log.key(Qt.Key.Key_Escape)
    log.key(Qt.Key.Key_F, CTRL)
    log.until_found()
    assert log.count == "4 matches"
    # Find shows all lines, Filter the hits alone.
    assert log.panel.shown().count() == 1_006
    log.key(Qt.Key.Key_F, CTRL | SHIFT)
    assert log.rows() == ["Apple", "apple pie", "APPLE TREE", "✖ apple: it failed"]


def test_a_filter_of_every_kind(log: Log) -> None:
    search = log.area.search
    log.find("apple", only=True)
    QTest.mouseClick(search.case, Qt.MouseButton.LeftButton)
    log.until_found()
    assert log.rows() == ["apple pie", "✖ apple: it failed"]
    QTest.keyClicks(search.exclude, "it f")
    log.until_found()
    assert log.rows() == ["apple pie"]
    search.exclude.clear()
    search.case.setChecked(False)
    search.regex.setChecked(True)
    search.include.setText("^a.*e$|^p")
    log.until_found()
    assert log.rows() == ["Apple", "apple pie", "APPLE TREE", "pear"]
    search.include.clear()
    search.worker.setCurrentText("W2")
    log.until_found()
    assert len(log.rows()) == 5
    search.run.setCurrentText("#3")
    log.until_found()
    assert log.rows() == ["✖ apple: it failed"]
    search.worker.setCurrentText("any")
    search.run.setCurrentText("any")
    for kind, rows in (("states", ["▪ started"]), ("errors", ["✖ apple: it failed"])):
        search.kind.setCurrentText(kind)
        log.until_found()
        assert log.rows() == rows
    search.kind.setCurrentText("lines")
    log.until_found()
    assert log.count == "1,004 matches"
    search.kind.setCurrentText("any")
    log.until_found()
    assert log.count == ""
    assert log.panel.shown().count() == 1_006


def test_who_comes_while_the_bar_is_open_can_be_chosen(log: Log) -> None:
    log.find("")
    search = log.area.search
    search.worker.setCurrentText("W1")
    log.write(batch(["x"], run=9, worker="New"))
    assert [search.worker.itemText(place) for place in range(search.worker.count())] == ["any", "New", "W1", "W2"]
    assert search.worker.currentText() == "W1"
    search.worker.setCurrentText("New")
    search.only_hits.setChecked(True)
    log.until_found()
    assert log.rows() == ["x"]


def test_a_wrong_pattern_says_what_is_wrong_and_the_last_good_one_stays_in_force(
    log: Log, announced: list[str]
) -> None:
    log.area.search.regex.setChecked(True)
    log.find("apple", only=True)
    QTest.keyClicks(log.area.search.include, "(")
    log.until(lambda: log.count.startswith("⚠ Invalid pattern at character 6"))
    assert announced[-1] == log.count
    assert len(log.rows()) == 4
    # It goes on being said, though hits of the last good one come in.
    log.write(batch(["an apple more"]))
    log.until_found()
    assert len(log.rows()) == 5
    assert log.count.startswith("⚠ Invalid pattern")
    assert announced == ["4 matches", log.count]
    QTest.keyClicks(log.area.search.include, "s|d)")
    log.until_found()
    assert log.count == "No matches"
    log.key(Qt.Key.Key_Backspace)
    log.area.search.ask_now()
    log.key(Qt.Key.Key_Escape)
    log.key(Qt.Key.Key_F, CTRL)
    assert log.count.startswith("⚠ Invalid pattern")  # nothing is in force now, and that is why


def test_a_pattern_without_an_end_can_be_replaced_at_once(log: Log) -> None:
    log.write(batch(["a" * 5_000 + "b"]))
    log.area.search.regex.setChecked(True)
    log.type("(a+)+$")
    log.area.search.settle()
    child = child_of(log)
    log.until(lambda: log.area.finder.hits.searched >= 1_000)
    assert child.poll() is None
    assert log.area.finder.is_searching()
    # The window goes on meanwhile.
    log.key(Qt.Key.Key_F3)
    assert log.said == ["Still searching…"]
    log.write(batch(["x"]))
    assert log.rows()[-1] == "x"
    log.area.search.include.setText("pear")
    log.until_found()
    assert child.poll() is not None
    # What was asked for was the hit of another pattern: typing this one has led to its first hit, and nothing further.
    assert (log.panel.line, log.count) == (1_004, "1 of 1")


def test_a_search_that_was_killed_says_so_and_can_be_asked_for_again(log: Log) -> None:
    log.find("pear", only=True)
    child_of(log).kill()
    log.write(batch(["another pear"]))
    log.until(lambda: "ended from outside" in log.count)
    assert log.area.finder.search.state.phase is Phase.FAILED
    log.until(lambda: not running_timers(log.area.finder))
    log.key(Qt.Key.Key_Return)
    log.until(lambda: log.count.endswith("of 2"))
    assert log.rows() == ["pear", "another pear"]


def test_nothing_ticks_once_everything_was_searched(log: Log) -> None:
    log.find("apple")
    log.until(lambda: not running_timers(log.area.finder))
    log.find("nothing has this")
    log.until(lambda: not running_timers(log.area.finder))
    assert log.count == "No matches"
    log.key(Qt.Key.Key_F3)
    assert log.said == ["No matches"]


def test_a_search_before_anything_was_recorded(make_log: Callable[..., Log]) -> None:
    log = make_log()
    log.find("apple", only=True)
    assert log.count == "No matches"
    log.write(batch(["an apple"]))
    log.until(lambda: log.rows() == ["an apple"])
    assert log.count == "1 match"


def test_where_nothing_is_recorded_that_is_said(make_log: Callable[..., Log]) -> None:
    log = make_log(recorded=False)
    log.add(batch(["x"]))
    for keys in ((Qt.Key.Key_F, CTRL), (Qt.Key.Key_F, CTRL | SHIFT), (Qt.Key.Key_F3,)):
        log.key(*keys)
        assert log.said.pop() == "Nothing is recorded, so there is no file to search."
    assert log.area.search.isHidden()


def test_damage_is_said_beside_the_hits(log: Log) -> None:
    log.damage(1_001)
    log.find("apple", only=True)
    log.until(lambda: not running_timers(log.area.finder))
    assert log.count.startswith("1 match · ⚠ ")
    assert "lines 1,001 to 1,004" in log.count
    assert log.rows() == ["✖ apple: it failed"]


def test_cleared_lines_are_no_hits(log: Log) -> None:
    log.find("apple", only=True)
    log.panel.clear()
    assert log.rows() == []
    assert log.count == "No matches"
    log.write(batch(["apple again", "x", "an apple"]))
    log.until(lambda: log.count == "2 matches")
    assert log.rows() == ["apple again", "an apple"]
    log.area.search.only_hits.setChecked(False)
    for line in (1_006, 1_008, 1_006):
        log.key(Qt.Key.Key_F3)
        assert log.panel.line == line
    log.key(Qt.Key.Key_F3, SHIFT)
    assert log.panel.line == 1_008
    log.until(lambda: sum(log.bar.marks()) == 2)


def test_hits_beyond_a_pause_are_not_gone_to(log: Log) -> None:
    log.find("pear")
    log.actions.pause.trigger()
    log.write(batch(["another pear"]))
    log.until_found()
    assert log.count == "1 of 1"
    for _ in range(2):
        log.key(Qt.Key.Key_F3)
        assert log.panel.line == 1_004


def test_a_screen_reader_hears_the_result_once_and_each_hit_that_is_gone_to(log: Log, announced: list[str]) -> None:
    log.find("apple", only=True)
    assert announced == ["4 matches"]
    for _ in range(3):
        log.write(batch(["apple more"]))
        log.until_found()
    assert announced == ["4 matches"]
    log.key(Qt.Key.Key_F3)
    assert announced[1:] == ["1 of 7: Apple"]
    log.area.search.only_hits.setChecked(False)
    assert announced[2:] == ["7 matches"]


def test_keys_in_the_field_are_the_field_s(log: Log) -> None:
    log.click(0)
    log.find("apple")
    field = log.area.search.include
    for key in (Qt.Key.Key_A, Qt.Key.Key_C):
        log.key(key, CTRL)
    assert QApplication.clipboard().text() == "apple"
    assert len(log.selected()) == 1
    log.key(Qt.Key.Key_Home)
    assert field.cursorPosition() == 0
    log.key(Qt.Key.Key_Return)
    assert field.hasFocus()


def test_everything_is_reached_by_tab_and_fits_into_a_small_window(log: Log) -> None:
    log.find("apple")
    search = log.area.search
    log.window.resize(1024, 500)
    log.until(lambda: log.window.width() == 1024)
    visited = set()
    for _ in range(30):
        visited.add(log.window.focusWidget())
        log.key(Qt.Key.Key_Tab)
    widgets = [search.include, search.exclude, search.worker, search.run, search.kind, search.only_hits, search.case,
               search.regex, search.previous, search.next, search.close_button, log.view]  # fmt: skip
    assert [widget.accessibleName() for widget in widgets if widget not in visited] == []
    for widget in [*widgets[:-1], *search.findChildren(QLabel)]:
        right = widget.mapTo(search, widget.rect().topRight()).x()
        assert 0 <= right < search.width()
        assert widget is search.count or widget.width() >= widget.minimumSizeHint().width()
    # Also beside the details, and however long a sentence is.
    before = search.minimumSizeHint().width()
    search.say("⚠ " + "a long path/" * 60)
    assert search.minimumSizeHint().width() == before <= 640
    names = {widget.accessibleName() or widget.text() for widget in search.findChildren(QToolButton)}
    named = {"Match case", "Regular expression", "Previous match", "Next match", "Close the search"}
    assert names == named | {"Clear Find", "Clear Exclude"}


def test_no_two_things_have_the_same_letter(desk: Desk) -> None:
    """Alt and a letter would do nothing but go from one to the other."""
    desk.window.parts.area.open_find()
    letters: list[str] = []
    for widget in desk.window.parts.area.search.findChildren(QLabel):
        letters += re.findall(r"&(\w)", widget.text().lower())
    letters += re.findall(r"&(\w)", desk.window.parts.area.search.only_hits.text().lower())
    for action in desk.window.menuBar().actions():
        letters += re.findall(r"&(\w)", action.text().lower())
    assert len(letters) == len(set(letters))


def test_live_while_a_worker_goes_on_writing(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk((Worker("Fast", "event-poll", interval=0, text="line {i} of {name}"),))
    window: QMainWindow = desk.window
    desk.window.parts.workers.start()
    desk.until(lambda: desk.window.parts.log.store.end > 20_000)
    desk.window.parts.area.open_filter()
    QTest.keyClicks(desk.window.parts.area.search.include, "77 of")
    log = desk.window.parts.log
    desk.until(lambda: log.is_narrowed() and log.shown().count() > 300)
    before = log.shown().count()
    desk.until(lambda: log.shown().count() > 2 * before)
    log.bar.setValue(5)
    log.bar.setValue(6)
    model = log.view.model()

    def rows() -> list[str]:
        return [model.data(model.index(row, model.columnCount() - 1)) for row in range(model.rowCount())]

    read = rows()
    assert all(" of Fast" in text and text.split()[1].endswith("77") for text in read)
    before = log.shown().count()
    desk.until(lambda: log.shown().count() > before + 100)
    # Counted are the lines that were written since, as soon as the search, which lags behind, has found them.
    desk.until(lambda: "new line" in log.new_lines.text())
    assert rows() == read
    child = desk.window.parts.area.finder.search.child
    desk.window.parts.workers.stop_all()
    desk.until_quiet()
    # Of all the lines that were written exactly the hits are shown, in order and without a gap.
    total = log.store.end
    desk.until(lambda: log.shown().count() >= total // 100 - 1)
    desk.until(lambda: not desk.window.parts.area.finder.is_searching())
    records = log.store.records(0, total)
    found = [records[line].text for line in log.shown().lines(0, log.shown().count())]
    assert found == [f"line {i} of Fast" for i in range(77, total + 1, 100)][: len(found)]
    assert window.isVisible()
    desk.window.shutdown()
    assert child.poll() is not None


TEXTS = st.lists(st.text(st.sampled_from("aAbB \n\0\ud800ſK"), max_size=6), min_size=1, max_size=40)
QUERIES = st.builds(
    Query,
    include=st.sampled_from(["", "a", "ab", "b.a", "^a", "[^a]$", "\\s", "k", "S"]),
    exclude=st.sampled_from(["", "b", "a{2}"]),
    regex=st.booleans(),
    case=st.booleans(),
    worker=st.sampled_from([None, "W1", "W2"]),
    run=st.sampled_from([None, 1, 2]),
    kinds=st.sampled_from([None, frozenset({0}), frozenset({1, 2})]),
)


def test_the_filter_finds_what_a_plain_loop_finds(make_log: Callable[..., Log]) -> None:
    log = make_log()
    written: list[tuple[str, int, int]] = []

    @settings(max_examples=12)
    @given(TEXTS, st.integers(1, 2), st.sampled_from([0, 1, 3, 77]), QUERIES)
    def check(texts: list[str], run: int, kind: int, query: Query) -> None:
        made: Batch = batch(texts, run=run, kind=kind)
        written.extend((text, kind, run) for text in texts)
        log.write(made)
        log.area.finder.ask(query)
        log.until(lambda: not log.area.finder.is_searching())
        hits = log.area.finder.hits
        expected = [
            line
            for line, (text, kind, run) in enumerate(written)
            if not query.is_empty and matches(query, text, kind, RunName(f"W{run}", run))
        ]
        assert hits.slice(0, hits.total) == expected

    check()
