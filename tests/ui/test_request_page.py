"""The code of a request: which lines are lit, and what is said where there is none."""

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.core.errors import BadInput
from app.core.events import Asked, NoticedAt, VerdictMade
from app.core.observed import Place, RunRef
from app.core.observed_run import ObservedRun, ObservedStop
from app.core.verdicts import Verdict
from app.session.requests import Request, requests_of
from app.ui.details.request_page import (
    ASKED,
    LAST_SEEN,
    NOT_ASKED,
    NOT_NOTICED,
    NOTICED,
    Excerpt,
    RequestPage,
    excerpt_of,
    line_title,
)
from app.ui.theme import Theme

MS = 1_000_000
CODE = "\n".join(f"line {number}" for number in range(1, 1_001))


def request(number: int, at: Place | None, noticed_at: Place | None, *, noticed: bool = True) -> Request:
    asked = Asked(number, 0, "Event.set", at, RunRef(1, "MainThread", 1), "Event", 7, True)
    notice = NoticedAt(number, 5 * MS, noticed_at, "is_set", True) if noticed else None
    return Request(2, ObservedStop(asked, notice))


@pytest.fixture
def page(qtbot: QtBot) -> RequestPage:
    theme = Theme()
    made = RequestPage(theme)
    theme.setParent(made)
    qtbot.addWidget(made)
    made.resize(400, 500)
    with qtbot.waitExposed(made):
        made.show()
    return made


def lit(page: RequestPage) -> list[list[str]]:
    return [[mark.cursor.block().text() for mark in view.extraSelections()] for view in (page.asked, page.noticed)]


def test_both_lines_of_one_file_are_lit_where_both_are_seen() -> None:
    first, second = Place("a.py", 500), Place("a.py", 510)
    found = excerpt_of(first, [(first, ASKED), (second, NOTICED), (Place("b.py", 500), NOTICED)], lambda _path: CODE)
    lines = found.text.splitlines()
    assert [(lines[at], word) for at, word in found.lit] == [("line 500", ASKED), ("line 510", NOTICED)]
    assert found.shown is not None
    assert lines[found.shown] == "line 500"
    assert len(lines) < 500  # of a long file, the part around the line


@pytest.mark.parametrize("line", [1, 1_000])
def test_the_first_and_the_last_line_can_be_lit(line: int) -> None:
    place = Place("a.py", line)
    found = excerpt_of(place, [(place, ASKED)], lambda _path: CODE)
    assert found.text.splitlines()[found.shown or 0] == f"line {line}"


def test_a_file_that_has_changed_or_is_gone_says_so() -> None:
    def gone(_path: Path) -> str:
        raise BadInput("a.py: there is no such file.")

    changed = excerpt_of(Place("a.py", 1_001), [], lambda _path: CODE)
    assert changed == Excerpt("The file has changed since: it has no line 1,001 any more.")
    assert excerpt_of(Place("a.py", 1), [], gone).text == "The code cannot be read: a.py: there is no such file."
    assert line_title("Asked", Place("C:\\x\\a.py", 26)) == "Asked: a.py, line 26"
    assert line_title("Asked", None) == "Asked: the line is not known"


def test_two_files_and_a_choice_of_requests(page: RequestPage, tmp_path: Path) -> None:
    first, second = tmp_path / "app.py", tmp_path / "lib.py"
    first.write_text(CODE, "utf-8")
    second.write_text(CODE.replace("line", "code"), "utf-8")
    one = request(1, Place(str(first), 7), None, noticed=False)
    two = request(2, Place(str(first), 26), Place(str(second), 8))
    page.show_run([one, two])
    assert lit(page) == [["line 26"], ["code 8"]]  # of several, the first that was noticed
    assert page.sentence.text() == "Asked by MainThread at app.py:26 (Event.set); noticed at lib.py:8 after 5.00 ms."
    assert page.choice.isVisible()
    page.choose((2, 1))
    assert lit(page)[0] == ["line 7"]
    assert page.noticed_title.text() == NOT_NOTICED
    assert not page.noticed.isVisible()
    page.show_run([one, two, request(3, None, None)])  # another comes: what is read stays
    assert lit(page)[0] == ["line 7"]


def test_a_thread_that_has_not_noticed_shows_where_it_was_last_seen(page: RequestPage, tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text(CODE, "utf-8")
    there = replace(request(1, Place(str(path), 7), None, noticed=False), seen_at=Place(str(path), 40))
    page.show_run([there])
    assert page.noticed_title.text() == line_title(LAST_SEEN, Place(str(path), 40))
    assert lit(page) == [["line 7", "line 40"]] * 2  # both are in one file
    page.show_run([replace(there, seen_at=None)])
    assert page.noticed_title.text() == NOT_NOTICED


@pytest.mark.parametrize(
    ("since", "noticed", "seen"),
    [(10, False, True), (11, False, True), (9, False, False), (None, False, False), (10, True, False)],
)
def test_where_it_was_seen_is_that_of_a_verdict_since_the_request(since: int | None, noticed: bool, seen: bool) -> None:
    asked = Asked(1, 10, "Event.set", None, None, "Event", 7, True)
    place = Place("a.py", 3)
    verdict = VerdictMade(Verdict.BLOCKED_IN_CALL, place, since, "deadline", ())
    notices = (NoticedAt(1, 20, None, "is_set", True),) if noticed else ()
    (found,) = requests_of(2, ObservedRun(asks=(asked,), notices=notices, verdicts=(verdict,)))
    assert (found.seen_at == place) is seen


def test_a_thread_that_was_not_asked_shows_where_it_was_started(page: RequestPage, tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text(CODE, "utf-8")
    page.show_run([], Place(str(path), 12))
    assert page.sentence.text() == NOT_ASKED
    assert page.asked_title.text() == "Started: app.py, line 12"
    assert lit(page)[0] == ["line 12"]
    assert not page.noticed.isVisible()
    assert not page.choice.isVisible()
    page.show_run([], None)
    assert not page.asked_title.isVisible()
    assert not page.asked.isVisible()


def test_a_lit_line_stays_in_sight_while_the_page_takes_its_size(page: RequestPage, tmp_path: Path) -> None:
    path = tmp_path / "app.py"
    path.write_text(CODE, "utf-8")
    page.show_run([request(1, Place(str(path), 500), Place(str(path), 900))])
    for height in (900, 400):
        page.resize(500, height)
        for view in (page.asked, page.noticed):
            block = view.textCursor().block()
            seen = view.blockBoundingGeometry(block).translated(view.contentOffset())
            assert view.viewport().rect().contains(seen.toRect().center())


def test_a_main_thread_is_started_by_no_line_and_what_is_said_is_at_the_top(page: RequestPage) -> None:
    page.show_run(())
    assert page.sentence.text() == NOT_ASKED
    assert not page.asked_title.isVisible()
    page.layout().activate()
    assert page.sentence.geometry().bottom() < page.height() // 3
    page.show_run((request(1, None, None),))
    assert page.asked_title.isVisible()
