"""Two strategies' code, and the checkpoint that is lit."""

from dataclasses import replace

from PySide6.QtGui import QColor

from app.core.strategies.event_poll import EventPoll
from app.ui.compare.code_tab import BOTH_THE_SAME, NO_CHECKPOINT, CodeSide
from tests.core.mechanisms import catalogue_with
from tests.experiments.made import race, run
from tests.ui.compare.conftest import PAIR, OpenCompare


def marked(side: CodeSide, colour: str) -> list[str]:
    """The lines that have a background of this colour."""
    marks = [mark for mark in side.code.extraSelections() if mark.format.background().color() == QColor(colour)]
    return [mark.cursor.block().text() for mark in marks]


def test_two_codes_stand_side_by_side_with_what_differs_marked(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    left, right = window.code.sides
    assert (left.strategy, right.strategy) == ("event-poll", "event-wait")
    differing = desk.window.parts.theme.colour("differing")
    assert marked(left, differing) == ["    context.sleep()", "    if self.event.is_set():"]
    assert marked(right, differing) == ["    if context.wait(self.event):"]
    assert left.code.blockCount() == right.code.blockCount()
    said = left.said.text()
    window.code.is_whole.setChecked(True)
    assert "class EventPoll(Strategy):" in left.code.toPlainText()
    assert left.said.text() == said  # the line of the file, whatever is shown of it
    window.code.is_whole.setChecked(False)
    right.choice.setCurrentIndex(right.choice.findData("flag"))
    assert "getattr(thread" in right.code.toPlainText()
    assert "class Flag(Strategy):" not in right.code.toPlainText()
    left.choice.setCurrentIndex(left.choice.findData("flag"))
    assert window.code.differences.text() == BOTH_THE_SAME
    assert left.code.isReadOnly()


def test_the_checkpoint_is_lit_for_a_moment_when_a_run_of_the_window_notices(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    window.tabs.setCurrentWidget(window.code)
    left, right = window.code.sides
    lit = desk.window.parts.theme.colour("lit")
    desk.window.parts.workers.table.select([1])
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Ready", "Running"])
    assert marked(right, lit) == []
    desk.window.parts.workers.stop()
    desk.until(right.is_lit)
    assert marked(right, lit) == ["context.noticed()"]
    assert right.said.text().startswith("Waits #1 noticed ")
    assert not left.is_lit()
    desk.until(lambda: not right.is_lit())
    assert marked(right, lit) == []


def test_a_race_lights_it_too(open_compare: OpenCompare) -> None:
    _desk, window = open_compare()
    result = race((PAIR[0], [20_000_000]))
    window.race.show_result(type(result)(**{
        **{name: getattr(result, name) for name in result.__dataclass_fields__},
        "runs": (run(20_000_000, 1, "Polls", strategy="event-poll"),),
    }))  # fmt: skip
    left, right = window.code.sides
    assert left.is_lit()
    assert left.said.text() == "Polls, round 1 noticed 20.0 ms after the request."
    assert not right.is_lit()


class Unmarked(EventPoll):
    """A strategy whose ``about`` names a checkpoint that its file does not have."""

    about = replace(EventPoll.about, id="unmarked", title="Unmarked", checkpoint="beat.noticed(unheard)")


def test_what_has_no_checkpoint_says_so(open_compare: OpenCompare) -> None:
    _desk, window = open_compare(catalogue=catalogue_with(Unmarked))
    window.code.show_pair("event-poll", "unmarked")
    left, right = window.code.sides
    assert left.checkpoint() is not None
    assert right.checkpoint() is None
    assert right.said.text() == NO_CHECKPOINT
    right.light("x", 5)
    assert right.said.text() == "x noticed 0.01 µs after the request."
    assert not right.is_lit()


def test_another_theme_marks_anew(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    for name in ("light", "dark"):
        desk.window.parts.theme.choose(name)
        assert marked(window.code.sides[0], desk.window.parts.theme.colour("differing"))
    desk.window.parts.theme.choose("system")
