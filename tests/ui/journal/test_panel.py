"""The session panel: head, notes and steps, by keyboard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.core.batch import Kind
from app.session.journal import Check, Journal, NoteKind, Verdict, check_words, read_entry
from app.session.journal_reader import Judgement
from app.session.journal_reader import Step as JudgedStep
from app.ui.journal.logic import ABOUT_PLANS, clock_words, marked, plan_end
from app.ui.journal.panel import SessionPanel
from app.ui.theme import Theme
from tests.timers import running_timers
from tests.ui.test_window import contrast


@dataclass(frozen=True)
class Step:
    title: str
    do: str = ""
    expect: str = ""
    actions: tuple[object, ...] = ()


class House:
    """A panel over a journal that only remembers, and a clock that the test sets."""

    def __init__(self, qtbot: QtBot) -> None:
        self.entries: list[dict[str, Any]] = []
        self.time = 1_000_000_000
        self.link: dict[str, Any] | None = None
        self.said: list[str] = []
        self.theme = Theme()
        self.panel = SessionPanel(Journal(self.write, 0), lambda: self.time, 0, "14:03", lambda: self.link, self.theme)
        qtbot.addWidget(self.panel)
        self.panel.said.connect(self.said.append)
        with qtbot.waitExposed(self.panel):
            self.panel.show()

    def write(self, kind: Kind, text: str, *, at: int | None = None) -> int:
        entry = read_entry(kind, text)
        assert entry is not None
        self.entries.append(entry)
        return self.time

    def show_plan(self, title: str, steps: list[Step], judged: Sequence[JudgedStep] = ()) -> None:
        self.panel.steps.show_plan(title, steps, judged)
        self.panel.show_steps()

    def type(self, text: str) -> None:
        line = self.panel.notes.line
        line.setFocus()
        QTest.keyClicks(line, text)

    def enter(self) -> None:
        QTest.keyClick(self.panel.notes.line, Qt.Key.Key_Return)

    def rows(self) -> list[str]:
        items = self.panel.notes.list
        return [items.item(row).text() for row in range(items.count())]


@pytest.fixture
def house(qtbot: QtBot) -> House:
    return House(qtbot)


def test_a_note_is_stamped_when_typing_began_and_linked_to_what_was_selected_then(house: House) -> None:
    house.link = {"run": 3, "worker": "Event", "number": 2}
    house.type("it")
    house.time, house.link = 9_000_000_000, {"line": 5}
    house.type(" hangs")
    house.enter()
    (entry,) = house.entries
    assert (entry["note"], entry["typed_ns"], entry["kind"]) == ("it hangs", 1_000_000_000, "note")
    assert entry["link"] == {"run": 3, "worker": "Event", "number": 2}
    assert "Event #2" in house.rows()[0]
    assert house.panel.notes.line.text() == ""


def test_a_note_begun_anew_is_stamped_anew(house: House) -> None:
    house.type("x")
    QTest.keyClick(house.panel.notes.line, Qt.Key.Key_Backspace)
    house.time = 5
    house.type("y")
    house.enter()
    assert house.entries[0]["typed_ns"] == 5


def test_its_kind_is_chosen_and_its_link_can_be_left_out(house: House) -> None:
    house.link = {"line": 7}
    house.panel.notes.kind.setCurrentIndex(list(NoteKind).index(NoteKind.BUG))
    house.type("b")
    assert house.panel.notes.about.text() == "About line 7"
    house.panel.notes.about.setChecked(False)
    house.enter()
    assert (house.entries[0]["kind"], house.entries[0]["link"]) == ("bug", None)


def test_an_empty_note_is_a_sentence_and_nothing_is_kept(house: House) -> None:
    house.type("  ")
    house.enter()
    assert house.entries == []
    assert house.said == ["The note is empty; write something before you press Enter."]
    assert house.panel.notes.line.text() == "  "


def test_a_note_is_put_right_by_another_and_stays_as_it_was(house: House) -> None:
    house.type("wrong")
    house.enter()
    house.panel.notes.list.setCurrentRow(0)
    house.panel.notes.correct.trigger()
    house.type("right")
    house.enter()
    assert [(entry["note"], entry["corrects"]) for entry in house.entries] == [("wrong", None), ("right", 1)]
    assert house.rows()[0].endswith("(corrected by note 2)")
    assert "(corrects note 1)" in house.rows()[1]


def test_escape_gives_up_what_was_typed(house: House) -> None:
    house.type("never mind")
    QTest.keyClick(house.panel.notes.line, Qt.Key.Key_Escape)
    house.enter()
    assert house.entries == []


@pytest.mark.parametrize("text", ["<b>bold</b><img src='file:///etc/passwd'>", "a\0b", "\u202egnp.exe", "\ud800"])
def test_hostile_notes_are_kept_exactly_and_shown_plainly(house: House, text: str) -> None:
    house.panel.notes.line.setText(text)
    expected = house.panel.notes.line.text()  # Qt itself drops lone surrogates and NUL from a line edit
    house.enter()
    if not expected.strip():
        assert house.entries == []
        return
    assert house.entries[0]["note"] == expected
    assert house.rows()[0].isprintable()


def test_the_head_is_kept_when_it_was_changed_and_only_then(house: House) -> None:
    head = house.panel.head
    head.charter.setText("Does Stop reach all workers?")
    head.keep()
    head.keep()
    head.box.setValue(10)
    head.keep()
    assert [(entry["charter"], entry["timebox_s"]) for entry in house.entries] == [
        ("Does Stop reach all workers?", None),
        ("Does Stop reach all workers?", 600),
    ]


def test_the_timer_ticks_only_while_there_is_a_box_that_is_seen(house: House) -> None:
    head = house.panel.head
    assert not running_timers(head)
    head.box.setValue(1)
    assert running_timers(head)
    assert head.clock.text() == clock_words("14:03", 1, 60)
    house.panel.hide()
    assert not running_timers(head)
    house.panel.show()
    assert running_timers(head)
    head.box.setValue(0)
    assert not running_timers(head)
    assert head.clock.text() == clock_words("14:03", 0, None)  # what stays true while nothing ticks


@pytest.fixture
def steps(house: House) -> tuple[House, list[tuple[int, Verdict, str]]]:
    judged: list[tuple[int, Verdict, str]] = []
    house.panel.steps.judged.connect(lambda *what: judged.append(what))
    house.show_plan("Plan", [Step("One", "do it", "it is done", (1,)), Step("Two"), Step("Three")])
    return house, judged


def test_one_key_each_gives_a_verdict_and_opens_the_next(
    steps: tuple[House, list[tuple[int, Verdict, str]]], qtbot: QtBot
) -> None:
    house, judged = steps
    table = house.panel.steps.table
    table.setFocus()
    house.panel.steps.actual.setText("as expected")
    for key in (Qt.Key.Key_P, Qt.Key.Key_F, Qt.Key.Key_B):
        QTest.keyClick(table, key)
    assert judged == [(0, Verdict.PASS, "as expected"), (1, Verdict.FAIL, ""), (2, Verdict.BLOCKED, "")]
    assert house.panel.steps.summary.text() == "Plan"
    assert house.panel.steps.end.label.text() == plan_end([Verdict.PASS, Verdict.FAIL, Verdict.BLOCKED])
    table.setCurrentCell(1, 0)
    QTest.keyClick(table, Qt.Key.Key_S)
    assert judged[-1] == (1, Verdict.SKIP, "")


def test_what_the_program_found_stands_beside_and_is_kept_apart(steps: tuple[House, Any]) -> None:
    house, _ = steps
    panel = house.panel.steps
    check = Check("outcome", "interrupted", "failed", passed=False)
    panel.show_checks(0, Verdict.FAIL, [check])
    panel.table.setCurrentCell(0, 0)
    panel.judge(Verdict.PASS)
    assert (panel.table.item(0, 1).text(), panel.table.item(0, 2).text()) == (
        marked(Verdict.PASS),
        marked(Verdict.FAIL),
    )
    panel.table.setCurrentCell(0, 0)
    assert check_words(check) in panel.what.toPlainText()


def earlier(number: int, verdict: Verdict, actual: str = "", **fields: Any) -> JudgedStep:
    """Return a step as an earlier session recorded it, judged by the person."""
    return JudgedStep("Plan", number, "", Judgement(verdict, 5, actual), **fields)


def test_a_resumed_plan_opens_at_its_first_step_without_a_verdict(house: House) -> None:
    steps = house.panel.steps
    check = Check("lines_min", "A: at least 1", "2", passed=True, worker="A")
    judged = (
        earlier(1, Verdict.PASS, "It stopped.", by_program=Judgement(Verdict.FAIL, 5, "", (check,))),
        JudgedStep("Plan", 2, "Two"),
        earlier(3, Verdict.SKIP),
    )
    house.show_plan("Plan", [Step("One"), Step("Two"), Step("Three")], judged)
    assert steps.current() == 1
    assert steps.summary.text() == "Plan: 1 passed, 1 skipped, 1 to do"
    described: list[tuple[object, ...]] = []
    steps.described.connect(lambda *what: described.append(what))
    steps.table.setCurrentCell(0, 0)
    assert steps.actual.text() == "It stopped."
    assert steps.table.item(0, 2).text() == marked(Verdict.FAIL)
    assert check_words(check) in steps.what.toPlainText()
    steps.table.setCurrentCell(2, 0)
    assert steps.actual.text() == ""
    assert described == []  # what was recorded then is not recorded again


def test_only_what_can_be_carried_out_is_offered_to_be(steps: tuple[House, Any], qtbot: QtBot) -> None:
    house, _ = steps
    panel = house.panel.steps
    with qtbot.waitSignal(panel.carried_out) as caught:
        panel.do.click()
    assert caught.args == [0]
    panel.table.setCurrentCell(1, 0)
    assert not panel.do.isEnabled()


def test_the_actual_result_can_be_written_and_changed_after_the_verdict(
    steps: tuple[House, list[tuple[int, Verdict, str]]],
) -> None:
    house, judged = steps
    panel = house.panel.steps
    described: list[tuple[int, Verdict, str]] = []
    panel.described.connect(lambda *what: described.append(what))
    panel.judge(Verdict.FAIL)
    assert (panel.current(), panel.actual.text()) == (1, "")
    panel.actual.setText("not judged yet")  # stays with its step, and is recorded with the verdict
    panel.table.setCurrentCell(0, 0)
    assert panel.actual.text() == ""
    panel.actual.setText("it hung")
    panel.table.setCurrentCell(1, 0)
    assert described == [(0, Verdict.FAIL, "it hung")]
    assert panel.actual.text() == "not judged yet"
    panel.judge(Verdict.PASS)
    assert judged == [(0, Verdict.FAIL, ""), (1, Verdict.PASS, "not judged yet")]
    panel.table.setCurrentCell(0, 0)
    panel.actual.setText("it hung twice")
    panel.keep()
    panel.keep()
    assert described[1:] == [(0, Verdict.FAIL, "it hung twice")]


def test_the_end_of_a_plan_offers_its_report(steps: tuple[House, Any], qtbot: QtBot) -> None:
    panel = steps[0].panel.steps
    panel.judge(Verdict.PASS)
    panel.judge(Verdict.PASS)
    assert panel.end.isHidden()
    panel.judge(Verdict.FAIL)
    assert panel.end.label.text() == plan_end([Verdict.PASS, Verdict.PASS, Verdict.FAIL])
    with qtbot.waitSignal(panel.report_asked):
        panel.end.accept_button.click()


def test_without_a_plan_the_panel_says_what_it_is_for(house: House) -> None:
    panel = house.panel.steps
    assert panel.summary.text() == ABOUT_PLANS
    house.panel.setCurrentIndex(1)
    assert not panel.table.isVisible()
    house.show_plan("Plan", [Step("One")])
    assert panel.table.isVisible()


def test_every_field_has_a_label_beside_it(house: House) -> None:
    house.show_plan("Plan", [Step("One")])
    named = {label.buddy() for label in house.panel.findChildren(QLabel)}
    panel = house.panel
    assert {panel.head.charter, panel.head.tester, panel.head.box, panel.notes.line, panel.steps.actual} <= named


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_verdicts_are_read_by_sign_and_colour(house: House, scheme: str) -> None:
    panel = house.panel.steps
    judged = [earlier(number, verdict) for number, verdict in enumerate(Verdict, 1)]
    house.show_plan("Plan", [Step(str(verdict)) for verdict in Verdict], judged)
    house.theme.choose(scheme)
    try:
        palette = QApplication.palette()
        for row, verdict in enumerate(Verdict):
            item = panel.table.item(row, 1)
            assert item.text() == marked(verdict)
            assert contrast(item.foreground().color(), palette.color(QPalette.ColorRole.Base)) >= 4.5
        assert len({panel.table.item(row, 1).foreground().color().name() for row in range(len(Verdict))}) == len(
            Verdict
        )
    finally:
        house.theme.choose("system")
