"""What is found is marked inside its line."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics

from app.core.batch import Kind, LateRecord, Record
from app.documents.highlights import Rule
from app.session.search.query import Query
from app.ui.log.columns import shown_text
from app.ui.log.match_spans import SpanFinder
from tests.ui.log.conftest import TEXT, Log, batch, numbers


def marked(query: Query, record: Record) -> list[str]:
    """Return the pieces of a row's text that are marked."""
    text = shown_text(record)
    return [text[start:end] for start, end in SpanFinder(query).spans(record)]


def line(text: str) -> Record:
    """Return a line."""
    return Record(1, 1, Kind.LINE, text)


@pytest.mark.parametrize(
    ("query", "record", "pieces"),
    [
        (Query("an"), line("bAN and"), ["AN", "an"]),
        (Query("an", case=True), line("bAN and"), ["an"]),
        (Query("g..."), line("running… 1, running... 2"), ["g…", "g..."]),
        (Query("n.", regex=True), line("banana"), ["nana"]),  # those that touch are one
        (Query("x*", regex=True), line("axxb"), ["xx"]),  # nothing is not marked
        (Query("^b", regex=True), line("a\nb"), ["b"]),
        # What cannot be seen is shown as several characters.
        (Query("b"), line("\0\x01\u202eab"), ["b"]),
        (Query("\x01"), line("a\x01b"), [r"\x01"]),
        (Query("😀"), line("a😀b"), ["😀"]),
        (Query("fail"), Record(1, 1, Kind.ERROR, "it failed"), ["fail"]),
        (Query("it"), LateRecord(1, 1, Kind.ERROR, "it failed"), ["it"]),
        (Query("la"), LateRecord(1, 1, Kind.LINE, "a"), []),  # of what stands before the text nothing
        (Query("b"), line("a" * 5_000 + "b"), []),  # beyond what is shown
        (Query("", exclude="a"), line("b"), []),
        (Query("(a+)+$", regex=True), line("a" * 4_000 + "b"), []),  # given up, and the window goes on
        (Query(r"(?P<a>b)(?(a)c|d)\Z", regex=True), line("abc"), ["bc"]),
    ],
)
def test_the_pieces_of_a_text(query: Query, record: Record, pieces: list[str]) -> None:
    assert marked(query, record) == pieces


def test_a_pattern_that_takes_too_long_is_not_tried_again() -> None:
    finder = SpanFinder(Query("(a+)+$", regex=True))
    assert finder.spans(line("a" * 4_000 + "b")) == ()
    assert finder.spans(line("a")) == ()


def spans(log: Log) -> dict[str, list[str]]:
    """Return the marked pieces of the rows that have some, by their texts."""
    rows = log.rows()
    return {
        rows[row]: [rows[row][start:end] for start, end in found] for row, found in log.panel.matches.spans().items()
    }


def test_the_rows_of_hits_are_marked(log: Log) -> None:
    log.write(batch([*numbers(1, 200), "an Apple and an apple", "pear"]))
    picture = log.panel.matches.picture
    assert picture.isHidden()
    log.find("apple")
    assert spans(log) == {"an Apple and an apple": ["Apple", "apple"]}
    assert not picture.isHidden()
    first, second = log.panel.matches.rects()
    view = log.view
    cell = view.visualRect(view.model().index(log.rows().index("an Apple and an apple"), TEXT))
    before = view.fontMetrics().horizontalAdvance("an ")
    # In the line, each where its letters are.
    assert (first.top(), first.height(), second.top()) == (cell.top(), cell.height(), cell.top())
    assert abs(first.width() - view.fontMetrics().horizontalAdvance("Apple")) <= 1
    assert abs(second.left() - first.left() - view.fontMetrics().horizontalAdvance("Apple and an ")) <= 1
    assert before < first.left() - cell.left() <= before + 6
    # As the picture shows it, and nowhere else.
    image = picture.pixmap().toImage()
    assert image.pixelColor(first.center()).alpha() > 0
    assert image.pixelColor(first.right() + 2, first.center().y()).alpha() == 0
    assert image.pixelColor(first.left() + 1, first.bottom()) == QColor(log.panel.row_style.match_colour())
    # Other rows have other marks, as have rows that move.
    log.bar.setValue(0)
    assert picture.isHidden()
    log.key(Qt.Key.Key_F3)
    log.view.setColumnWidth(1, log.view.columnWidth(1) + 40)
    moved = log.panel.matches.rects()
    assert [rect.left() for rect in moved] == [first.left() + 40, second.left() + 40]
    assert picture.pixmap().toImage().pixelColor(moved[0].center()).alpha() > 0
    log.key(Qt.Key.Key_Escape)
    assert picture.isHidden()
    assert log.panel.matches.rects() == []


def test_a_filter_s_rows_are_marked_as_they_come(log: Log) -> None:
    log.find("apple", only=True)
    assert spans(log) == {}
    log.write(batch(["x", "an apple"]))
    log.until(lambda: spans(log) == {"an apple": ["apple"]})
    log.write(batch(["another Apple"]))
    log.until(lambda: spans(log) == {"an apple": ["apple"], "another Apple": ["Apple"]})
    log.panel.clear()
    assert spans(log) == {}


def test_a_match_beyond_the_end_of_the_cell_is_marked_there(log: Log) -> None:
    log.write(batch(["x" * 1_000 + "apple"]))
    log.find("apple")
    (rect,) = log.panel.matches.rects()
    cell = log.view.visualRect(log.view.model().index(0, TEXT))
    assert rect.width() == 6
    assert cell.right() - 6 <= rect.right() <= cell.right()


@pytest.mark.parametrize("text", ["…é😀 apple", "שלום apple", "شكرا apple עולם"])
def test_letters_of_all_sorts(log: Log, text: str) -> None:
    log.write(batch([text]))
    log.find("apple")
    (rect,) = log.panel.matches.rects()
    assert abs(rect.width() - log.view.fontMetrics().horizontalAdvance("apple")) <= 2


def test_a_row_that_a_rule_points_out_is_measured_in_bold(log: Log) -> None:
    log.view.setFont("Sans Serif")  # a bold letter is wider
    log.panel.set_rules((Rule("apple"),))
    log.write(batch(["an apple"]))
    log.find("apple")
    (rect,) = log.panel.matches.rects()
    bold = QFont(log.view.font())
    bold.setBold(True)
    assert abs(rect.width() - QFontMetrics(bold).horizontalAdvance("apple")) <= 1
