"""The race, through its buttons."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent, QShortcut
from PySide6.QtWidgets import QToolTip
from pytestqt.modeltest import ModelTester

from app.adapters import whole_catalogue
from app.core.stacks import Call
from app.core.worker import Worker
from app.experiments.race_report import race_csv, race_evidence
from app.experiments.verdict import rounds_needed, too_few_rounds
from app.session.journal import evidence_data
from app.ui.compare.race_tab import NAME
from app.ui.compare.racers import FROM_CATALOGUE
from app.ui.compare.window import CompareWindow
from app.ui.compare.words import ASKS_FIRST, EMPTY_RACE, PREVIOUS_RACE, TICK_RACERS, already_running, needed_words
from app.ui.workers.consent import Risk, consent_needed
from tests.experiments.made import race, run
from tests.ui.compare.conftest import PAIR, OpenCompare, until_done
from tests.ui.conftest import Desk

MS = 10**6


def started(open_compare: OpenCompare, rounds: str = "2") -> tuple[Desk, CompareWindow]:
    desk, window = open_compare()
    window.race.controls.set_text("rounds", rounds)
    window.race.controls.start.click()
    return desk, window


def test_a_race_of_two_shows_its_figures_its_dots_and_its_sentence(open_compare: OpenCompare) -> None:
    desk, window = started(open_compare)
    tab = window.race
    assert tab.controls.cancel.isEnabled()
    until_done(desk, window)
    result = tab.result
    assert result is not None
    assert (result.done, result.finished) == (2, True)
    assert tab.controls.problem.text() == ""
    assert [row[0] for row in tab.figures.texts()] == ["Polls", "Waits"]
    assert [row[2] for row in tab.figures.texts()] == ["2", "2"]
    assert tab.sentence.text() == too_few_rounds(5)
    assert f"Seed {result.seed}." in tab.notes.text()
    assert "CPython" in tab.environment.text()
    assert sum(len(row.every_dot()) for row in tab.chart.rows) == 4
    tab.figures.selectRow(1)
    assert [row[0] for row in tab.rounds.texts()] == ["1", "2"]
    assert not tab.controls.cancel.isEnabled()


def test_the_race_before_is_shown_until_the_next_has_a_round(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    tab = window.race
    tab.controls.set_text("rounds", "1")
    tab.controls.start.click()
    assert PREVIOUS_RACE not in tab.notes.text()
    until_done(desk, window)
    first = tab.result
    assert first is not None
    tab.controls.start.click()
    assert tab.notes.text().startswith(PREVIOUS_RACE)
    assert {dot.run for row in tab.chart.rows for dot in row.every_dot()} == set(first.runs)
    until_done(desk, window)
    assert PREVIOUS_RACE not in tab.notes.text()
    assert {dot.run for row in tab.chart.rows for dot in row.every_dot()}.isdisjoint(first.runs)


def test_dots_and_figures_come_while_the_race_goes_on(open_compare: OpenCompare) -> None:
    desk, window = started(open_compare, "5000")
    tab = window.race
    desk.until(lambda: len(tab.chart.rows) == 2 and all(row.every_dot() for row in tab.chart.rows))
    assert window.task.is_running()
    assert tab.figures.texts()[0][2] != "0"
    seen = sum(len(row.every_dot()) for row in tab.chart.rows)
    desk.until(lambda: sum(len(row.every_dot()) for row in tab.chart.rows) > seen)
    tab.controls.cancel.click()
    until_done(desk, window)
    assert tab.result is not None
    assert sum(len(row.every_dot()) for row in tab.chart.rows) == len(tab.result.runs)


def test_before_the_first_race_it_says_what_will_be_there(open_compare: OpenCompare) -> None:
    _desk, window = open_compare()
    tab = window.race
    assert tab.chart.text() == tab.chart.accessibleDescription() == EMPTY_RACE
    assert [part.isVisible() for part in (tab.is_log, tab.tables)] == [False, False]
    tab.show_result(race((PAIR[0], [20 * MS])))
    assert [part.isVisible() for part in (tab.is_log, tab.tables)] == [True, True]
    assert tab.chart.text() == ""


def test_only_who_is_ticked_races(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    window.race.picks.pick(["Waits"])
    window.race.controls.set_text("rounds", "1")
    window.race.controls.set_text("seed", "7")
    window.race.controls.start.click()
    until_done(desk, window)
    assert window.race.result is not None
    assert [worker.name for worker in window.race.result.workers] == ["Waits"]
    assert window.race.result.seed == 7


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("rounds", "0", "Rounds can't be less than 1. Enter 1 to 10,000."),
        ("rounds", "1000000000", "Rounds can't be more than 10,000. Enter 1 to 10,000."),
        ("rounds", "many", "Rounds must be a whole number, e.g. 20."),
        ("deadline", "-1", "Deadline can't be negative."),
        ("seed", "x", "Seed must be a whole number, e.g. 20."),
    ],
)
def test_what_is_wrong_is_one_sentence_and_starts_nothing(
    open_compare: OpenCompare, field: str, text: str, sentence: str
) -> None:
    _desk, window = open_compare()
    window.race.controls.set_text(field, text)
    window.race.controls.start.click()
    assert window.race.controls.problem.text().startswith(sentence)
    assert not window.task.is_running()


def test_the_form_says_how_many_rounds_those_who_are_ticked_need(open_compare: OpenCompare) -> None:
    third = Worker(name="Third", strategy="condition")
    _desk, window = open_compare((*PAIR, third))
    controls = window.race.controls
    assert controls.hint.text() == needed_words(3)
    assert str(rounds_needed(3)) in controls.hint.text()
    window.race.picks.pick(["Polls", "Waits"])
    assert controls.hint.text() == needed_words(2)
    window.race.picks.pick(["Polls"])
    assert controls.hint.isHidden()


def test_a_race_without_workers_is_one_sentence(open_compare: OpenCompare) -> None:
    _desk, window = open_compare()
    window.race.picks.none.click()
    window.race.controls.start.click()
    assert window.race.controls.problem.text() == TICK_RACERS


def test_a_race_that_is_cancelled_keeps_the_rounds_that_are_done(open_compare: OpenCompare) -> None:
    desk, window = started(open_compare, "5000")
    desk.until(lambda: window.race.controls.bar.value() > 0)
    window.race.controls.cancel.click()
    until_done(desk, window)
    result = window.race.result
    assert result is not None
    assert 0 < result.done < 5000
    assert len(result.runs) == 2 * result.done
    assert window.race.notes.text().startswith(f"Cancelled after {result.done:,} of 5,000 rounds")


def test_no_second_one_can_be_started_and_the_other_tab_says_why(open_compare: OpenCompare) -> None:
    desk, window = started(open_compare, "5000")
    race_, matrix = window.race.controls, window.matrix.controls
    assert [controls.start.isEnabled() for controls in (race_, matrix)] == [False, False]
    assert (race_.problem.text(), matrix.problem.text()) == ("", already_running(NAME))
    matrix.started.emit()  # as Enter in a field does
    race_.started.emit()
    assert race_.problem.text() == already_running(NAME)
    race_.cancel.click()
    until_done(desk, window)
    assert [controls.start.isEnabled() for controls in (race_, matrix)] == [True, True]
    assert (race_.problem.text(), matrix.problem.text()) == ("", "")
    assert window.race.result is not None
    assert window.matrix.result is None


def test_runs_of_the_window_that_disturb_are_named(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    desk.window.parts.workers.start()
    desk.until(lambda: desk.rows == ["Running", "Running"])
    window.race.controls.set_text("rounds", "1")
    window.race.controls.start.click()
    words = "2 runs of the window are alive and disturb the figures."
    assert words in window.race.notes.text()
    until_done(desk, window)
    assert words in window.race.notes.text()


def test_who_can_do_harm_is_not_ticked_and_asked_for_once(open_compare: OpenCompare) -> None:
    harmful = Worker(name="Harmful", strategy="async-exception", interval=0.001)
    freezing = Worker(name="Freezing", strategy="flag", workload="native")
    desk, window = open_compare((*PAIR, harmful, freezing))
    tab = window.race
    assert tab.picks.picked() == ("Polls", "Waits")
    assert tab.picks.warning.text() == ASKS_FIRST
    asked: list[tuple[Sequence[Risk], Callable[[], None]]] = []
    tab.ask = lambda risks, agreed: asked.append((risks, agreed))
    tab.picks.pick(["Harmful"])
    tab.controls.set_text("rounds", "1")
    tab.controls.start.click()
    ((risks, agreed),) = asked
    assert [risk.id for risk in risks] == ["async-exception"]
    assert tab.controls.problem.text() == ""
    tab.consent_dialog.declined.emit()
    assert tab.controls.problem.text() == consent_needed(risks)
    assert not window.task.is_running()
    agreed()
    until_done(desk, window)
    assert tab.result is not None
    assert desk.window.parts.workers.agreed == set(risks)  # the main window need not ask again
    tab.controls.start.click()
    until_done(desk, window)
    assert len(asked) == 1


def test_a_question_is_withdrawn_with_the_window(open_compare: OpenCompare) -> None:
    desk, window = open_compare((Worker(name="Harmful", strategy="async-exception", interval=0.001),))
    window.race.picks.pick(["Harmful"])
    window.race.controls.start.click()
    assert window.race.consent_dialog.dialog is not None
    window.close()
    desk.until(lambda: window.race.consent_dialog.dialog is None)
    assert not window.task.is_running()


def test_strategies_of_the_catalogue_race_without_any_worker(open_compare: OpenCompare) -> None:
    desk, window = open_compare(())
    tab, racers = window.race, window.race.racers
    assert racers.source.currentText() == FROM_CATALOGUE
    assert len(racers.strategies.picked()) >= 2  # one that polls and one that waits
    box = racers.workload.box
    workloads = [box.itemData(place) for place in range(box.count())]
    assert "sleep" in workloads
    assert "native" not in workloads  # it stops the whole process, so it cannot race
    racers.strategies.pick(["flag", "condition"])
    racers.interval.setText("soon")
    tab.controls.start.click()
    assert tab.controls.problem.text().startswith("Interval must be a number of seconds, e.g. 0.05.")
    racers.interval.setText("0.001")
    racers.workload.choose("compute")
    racers.workload.field("iterations").setText("0")
    tab.controls.start.click()
    assert tab.controls.problem.text().startswith("Iterations can't be less than 1.")
    racers.workload.field("iterations").setText("9")
    tab.controls.set_text("rounds", "1")
    tab.controls.start.click()
    until_done(desk, window)
    assert tab.result is not None
    found = [(worker.strategy, worker.workload, worker.interval, worker.parameters) for worker in tab.result.workers]
    given = ("compute", 0.001, (("iterations", 9),))
    assert found == [("flag", *given), ("condition", *given)]
    assert desk.window.parts.workers.rows.workers() == ()


def test_workers_that_are_added_can_race_and_ticks_stay(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    window.race.picks.pick(["Waits"])
    desk.window.parts.workers.editing.add()
    window.race.refresh()
    assert window.race.picks.picked() == ("Waits", "Worker")


def test_the_chart_draws_what_the_figures_say(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    chart, tab = window.race.chart, window.race
    result = race((PAIR[0], [20 * MS, 40 * MS, None]), (PAIR[1], [100_000]))
    runs = (run(20 * MS, 1, "Polls", band=(0, 30 * MS)), run(40 * MS, 2, "Polls", band=(0, 30 * MS), outside="late"))
    tab.show_result(replace(result, runs=(*runs, *result.runs[2:])))
    desk.until(lambda: chart.pixmap().width() > 1)
    image = chart.pixmap().toImage()
    ground = chart.palette().base().color()
    polls, waits = chart.rows

    def at(x: float, y: float) -> str:
        return image.pixelColor(int(x), int(y)).name()  # the pixel whose middle is nearest

    dot, ring, cross = polls.dots[0], polls.outside[0], polls.never[0]
    assert at(dot.x, dot.y) == desk.window.parts.marks.mark("Polls")[1].name()
    assert at(waits.dots[0].x, waits.dots[0].y) == desk.window.parts.marks.mark("Waits")[1].name()
    assert at(ring.x, ring.y) == ground.name()
    assert at(ring.x + 2.5, ring.y) != ground.name()
    assert at(cross.x, cross.y) == QColor(desk.window.parts.theme.colour("stuck")).name()
    assert polls.band is not None
    band = at((polls.band[0] + polls.band[1]) / 2 + 1, polls.top + chart.frame.row - 10)
    assert band not in (ground.name(), at(polls.band[1] + 4, polls.top + chart.frame.row - 10))
    assert waits.band is None
    tab.is_log.setChecked(False)
    assert chart.axis is not None
    assert not chart.axis.is_log
    tab.show_result(result)


def test_a_dot_under_the_pointer_is_named(open_compare: OpenCompare) -> None:
    desk, window = open_compare((Worker(name="<img src='x'>", strategy="flag"),))
    window.race.show_result(race((Worker("<img src='x'>", "flag"), [20 * MS])))
    chart = window.race.chart
    desk.until(lambda: bool(chart.rows))
    dot = chart.rows[0].dots[0]
    place = QPointF(dot.x, dot.y)
    none = Qt.MouseButton.NoButton
    over = chart.mapToGlobal(place)
    event = QMouseEvent(QEvent.Type.MouseMove, place, over, none, none, Qt.KeyboardModifier.NoModifier)
    chart.mouseMoveEvent(event)
    assert QToolTip.text() == "<p>&lt;img src=&#x27;x&#x27;&gt;, round 1: 20.0 ms</p>"
    QToolTip.hideText()
    desk.until(lambda: not QToolTip.isVisible())


def test_a_click_on_a_dot_opens_its_run(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    tab = window.race
    calls = (Call("work.py", 7, "work", "recv()"),)
    result = race((PAIR[0], [20 * MS, 30 * MS]), (PAIR[1], [MS, 2 * MS]))
    slow = replace(result.runs[3], calls=calls)
    tab.show_result(replace(result, runs=(*result.runs[:3], slow)))
    desk.until(lambda: len(tab.chart.rows) == 2)
    assert not tab.stop.isVisible()
    (dot,) = (dot for dot in tab.chart.rows[1].every_dot() if dot.run.number == 2)
    desk.qtbot.mouseClick(tab.chart, Qt.MouseButton.LeftButton, pos=QPoint(round(dot.x), round(dot.y)))
    assert tab.stop.isVisible()
    assert tab.stop.title.text().startswith("Waits #2: ")
    assert "work.py, line 7, in work" in tab.stop.where.toPlainText()
    assert (tab.figures.currentIndex().row(), tab.rounds.currentIndex().row()) == (1, 1)
    tab.rounds.selectRow(0)  # choosing a row does the same
    assert tab.stop.title.text().startswith("Waits #1: ")


def test_what_was_raced_and_found_is_in_the_session_and_can_be_saved(open_compare: OpenCompare, tmp_path: Path) -> None:
    desk, window = started(open_compare, "1")
    tab = window.race
    until_done(desk, window)
    assert tab.result is not None
    desk.until(lambda: [entry for entry in desk.log_entries() if "evidence" in entry])
    kept = next(entry for entry in desk.log_entries() if "evidence" in entry)
    did = next(entry for entry in desk.log_entries() if entry.get("action") == "race")
    assert (did["workers"], did["rounds"], did["seed"]) == (["Polls", "Waits"], 1, tab.result.seed)
    assert [table["strategy"] for table in did["tables"]] == ["event-poll", "event-wait"]
    assert evidence_data(kept) == race_evidence(tab.result, whole_catalogue())
    assert tab.export.isVisible()
    tab.export.write(tmp_path / "found.csv", "csv")
    assert (tmp_path / "found.csv").read_bytes().decode() == race_csv(tab.result)
    tab.export.copy.menu().actions()[2].trigger()
    assert json.loads(QGuiApplication.clipboard().text())["seed"] == tab.result.seed
    assert window.statusBar().currentMessage() == "The race is in the clipboard, as JSON."


def test_names_stay_in_sight_beside_the_figures(open_compare: OpenCompare) -> None:
    _desk, window = open_compare()
    window.race.show_result(race((PAIR[0], [20 * MS]), (PAIR[1], [MS])))
    figures = window.race.figures
    heads = [figures.model().headerData(row, Qt.Orientation.Vertical) for row in range(2)]
    assert heads == [row[0] for row in figures.texts()] == ["Polls", "Waits"]
    assert figures.isColumnHidden(0)
    assert figures.verticalHeader().isVisible()


def test_another_theme_redraws_the_chart(open_compare: OpenCompare) -> None:
    desk, window = open_compare()
    window.race.show_result(race((PAIR[0], [20 * MS])))
    chart = window.race.chart
    grounds = set()
    for name in ("light", "dark"):
        desk.window.parts.theme.choose(name)
        grounds.add(chart.pixmap().toImage().pixelColor(QPoint(1, 2)).name())
    assert len(grounds) == 2
    desk.window.parts.theme.choose("system")


def test_the_tables_are_sound_and_can_be_copied(open_compare: OpenCompare, qtmodeltester: ModelTester) -> None:
    _desk, window = open_compare()
    window.race.show_result(race((PAIR[0], [20 * MS]), (PAIR[1], [None])))
    figures = window.race.figures
    qtmodeltester.check(figures.model())
    qtmodeltester.check(window.race.picks.view.model())
    figures.selectRow(1)
    (copy,) = figures.findChildren(QShortcut)
    copy.activated.emit()
    assert QGuiApplication.clipboard().text().splitlines()[1].split("\t")[:4] == ["Waits", "Event, waited on", "0", "–"]
