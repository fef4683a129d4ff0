"""Arrows of requests between the threads of an observed program: where they are, what they say, and what a click opens."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from app.core.batch import Batch
from app.core.events import Asked, Ended, NoticedAt, ObservedThread, Running, Started
from app.core.latency import StopChain
from app.core.observed import OBSERVED, Place, RunRef
from app.core.observed_run import ObservedStop
from app.core.states import Outcome
from app.session.requests import Request
from app.ui.timeline.arrows import MOST_DRAWN, links_at, links_of
from app.ui.timeline.lane import marks
from app.ui.timeline.shapes import Elbow, Geometry, Phase
from tests.ui.timeline.conftest import MS, ORIGIN, Line, S, events

MAIN = RunRef(1, "MainThread", 1)
APP, LIBRARY = Place("/x/app.py", 26), Place("/x/lib/reader.py", 8)


def thread(run: int, at: int, name: str) -> Batch:
    by = None if run == 1 else MAIN
    return events(
        run,
        (at, Started(OBSERVED, OBSERVED, 0.0)),
        (at, ObservedThread(None if run == 1 else Place("/x/app.py", 12), by, False)),
        (at, Running(ORIGIN + at, 100 + run)),
        worker=name,
    )


def asked(
    run: int, number: int, at: int, *, told: int | None = None, by: RunRef | None = MAIN, exact: bool = True
) -> Batch:
    event = Asked(number, ORIGIN + at, "do_run = bool", APP, by, "Reader", 7, exact)
    return events(run, (at if told is None else told, event), worker=f"reader {run}")


def noticed(run: int, number: int, at: int, *, exact: bool = True) -> Batch:
    return events(run, (at, NoticedAt(number, ORIGIN + at, LIBRARY, "read do_run", exact)), worker=f"reader {run}")


def over(run: int, requested: int | None, at_notice: int | None, at: int) -> Batch:
    instants = (None, requested, at_notice, None, at)
    chain = StopChain(*(None if each is None else ORIGIN + each for each in instants))
    outcome = Outcome.COMPLETED if at_notice is None else Outcome.INTERRUPTED
    return events(run, (at, Ended(outcome, chain, 0, False, None, None, None, None, OBSERVED, OBSERVED, 0.0)))


def program(line: Line, readers: int = 2) -> None:
    """A main thread that asks its readers at 2 s; they notice 500 ms later, the last one never."""
    line.add(thread(1, 0, "MainThread"), *(thread(2 + n, 100 * MS, f"reader {2 + n}") for n in range(readers)))
    for run in range(2, 2 + readers):
        line.add(asked(run, run, 2 * S, told=2_500 * MS, exact=run != 3))
        if run < 1 + readers:
            line.add(noticed(run, run, 2_500 * MS, exact=run != 3), over(run, 2 * S, 2_500 * MS, 3 * S))
    line.add(over(1, None, None, 4 * S))
    line.show(0, 5 * S)


def elbows(line: Line) -> list[Elbow]:
    builder, request = line.panel.builder, line.canvas.request(table=False)
    frame = builder.build(request)
    assert frame is not None
    scene = builder._scene(frame.geometry, request, lambda text: 7 * len(text))
    return [shape for shape in scene.plot if isinstance(shape, Elbow)]


def test_an_arrow_goes_from_the_lane_that_asked_to_the_one_that_noticed(line: Line) -> None:
    program(line, readers=3)
    g, width = line.canvas.places, line.canvas.places.plot
    middle = sum(g.tick_rows) // 2
    exact, likely, missed = elbows(line)
    at = line.navigation.span.x(2 * S, width)
    assert (exact.x, exact.y, exact.tip_y) == (at, g.top(0) + middle, g.top(1) + middle)
    assert exact.tip == line.navigation.span.x(2_500 * MS, width)
    assert (exact.likely, likely.likely, missed.likely) == (False, True, False)
    assert missed.tip == missed.x
    assert [shape.noticed for shape in (exact, likely, missed)] == [True, True, False]  # never by its colour alone
    assert missed.colour != exact.colour  # it is late: never noticed
    assert exact.starts_here


def test_what_a_program_asks_by_itself_is_no_stop_across_the_lanes(line: Line) -> None:
    program(line)
    assert line.panel.feed.timeline.stops() == []
    assert "2 requests by the program" in line.panel.summary()


def test_a_lane_is_stopping_from_the_request_on_although_that_is_known_later(line: Line) -> None:
    program(line)
    lane = line.panel.feed.timeline.lanes[2]
    assert lane.changes[:3] == [(100 * MS, Phase.STARTING), (100 * MS, Phase.RUNNING), (2 * S, Phase.STOPPING)]
    assert (lane.requested, lane.noticed, lane.latency) == (2 * S, 2_500 * MS, 500 * MS)
    told = [(event.instant, event.words) for event in marks(lane)]
    assert (2 * S, "was asked by MainThread at app.py:26 (do_run = bool)") in told
    assert (2_500 * MS, "noticed at reader.py:8 after 500 ms") in told
    assert "was asked to stop" not in [words for _, words in told]


def test_a_tooltip_says_both_places_and_a_click_opens_them(line: Line) -> None:
    program(line)
    chosen: list[Request] = []
    runs: list[int] = []
    line.panel.request_chosen.connect(chosen.append)
    line.panel.run_chosen.connect(runs.append)
    x, y = line.x(2 * S), (line.y(0) + line.y(1)) // 2
    tip = line.canvas.tip_at(QPointF(x, y))
    assert "reader 2 #1: asked by MainThread at app.py:26 (do_run = bool), noticed at reader.py:8 after 500 ms" in tip
    QTest.mouseClick(line.canvas, Qt.MouseButton.LeftButton, pos=QPointF(x, y).toPoint())
    assert [(request.run, request.at, request.noticed_at) for request in chosen] == [(2, APP, LIBRARY)]
    assert runs == [2]
    assert line.view.request == (2, 2)
    chosen = elbows(line)[-1]  # above the others
    assert (chosen.colour, chosen.thick) == (line.canvas.colours.request, 2)


def test_the_code_of_a_request_has_a_key(line: Line) -> None:
    program(line)
    chosen: list[Request] = []
    line.panel.request_chosen.connect(chosen.append)
    QTest.keyClick(line.canvas, Qt.Key.Key_C)
    assert chosen == []  # no lane is meant
    line.panel.set_cursor(2_100 * MS, 2)
    QTest.keyClick(line.canvas, Qt.Key.Key_C)
    assert [request.key for request in chosen] == [(2, 2)]


def test_the_legend_says_what_an_arrow_means_once_there_is_one(line: Line) -> None:
    legend = line.panel.legend
    line.add(thread(1, 0, "MainThread"), thread(2, 0, "reader 2"))
    assert legend.request not in legend.entries
    line.add(asked(2, 1, 2 * S))
    line.panel.view.fit()
    line.panel.refresh()
    assert legend.request.isVisible()
    assert legend.request.word.text() == "Request"


def test_several_requests_of_one_thread_and_of_no_known_one(line: Line) -> None:
    line.add(thread(1, 0, "MainThread"), thread(2, 0, "reader 2"))
    line.add(asked(2, 1, S, by=None), asked(2, 2, 2 * S), noticed(2, 2, 2_200 * MS))
    line.show(0, 5 * S)
    first, second = elbows(line)
    assert not first.starts_here
    assert first.y == first.tip_y == second.tip_y
    assert second.y != second.tip_y
    lane = line.panel.feed.timeline.lanes[2]
    assert (lane.requested, lane.noticed) == (2 * S, 2_200 * MS)  # the first that was noticed


GEOMETRY = Geometry(900, 300, 100, 20, 25, 14)


def request(run: int, by: int | None, at: int) -> Request:
    return Request(
        run,
        ObservedStop(Asked(1, at, "Event.set", APP, None if by is None else RunRef(by, "A", 1), "", None, True), None),
    )


@pytest.mark.parametrize(
    ("run", "by", "start", "end"),
    [
        (2, 1, 20 + 7, 20 + 25 + 7),
        (2, 8, 20, 20 + 25 + 7),  # from a lane that is scrolled out at the top
        (9, 1, 20 + 7, 300),  # to one that is scrolled out at the bottom
        (2, 7, 20 + 25 + 7, 20 + 25 + 7),  # from one that is hidden
    ],
)
def test_lanes_that_are_scrolled_out_are_at_the_edges(run: int, by: int, start: int, end: int) -> None:
    (link,) = links_of([request(run, by, 5)], [1, 2], {8}, {9}, GEOMETRY, lambda at: at)
    assert (link.y, link.tip_y, link.starts_here) == (start, end, by == 1)


def test_of_arrows_with_one_beginning_the_one_whose_head_is_nearest_is_meant() -> None:
    links = links_of([request(run, 1, 5) for run in (2, 3, 4)], [1, 2, 3, 4], set(), set(), GEOMETRY, lambda at: at)
    for row, run in ((1, 2), (2, 3), (3, 4)):
        found = links_at(links, 5, GEOMETRY.top(row) + 6, 1)
        assert found[0].request.run == run
    assert links_at(links, 15, GEOMETRY.top(1), 1) == []


def test_what_is_out_of_sight_has_no_arrow() -> None:
    requests = [request(8, 9, 5), request(2, 1, 800), request(2, 1, -3), request(7, 1, 5)]
    assert links_of(requests, [1, 2], {8}, {9}, GEOMETRY, lambda at: at) == []
    many = [request(2, 1, 5) for _ in range(MOST_DRAWN + 5)]
    assert len(links_of(many, [1, 2], set(), set(), GEOMETRY, lambda at: at)) == MOST_DRAWN


def test_of_many_arrows_those_of_the_marked_thread_stand_out(make_line: Callable[..., Line]) -> None:
    line = make_line(size=(900, 900))
    program(line, readers=30)
    colours = {elbow.colour for elbow in elbows(line)[:-1]}
    assert len(colours) == 1
    line.panel.mark_run(5)
    shapes = elbows(line)
    assert len({elbow.colour for elbow in shapes}) == 3  # of the marked one, of the others, of the one that was missed
    assert next(iter(colours)) == shapes[-1].colour


def test_both_painters_paint_the_arrow(line: Line, tmp_path: Path) -> None:
    line.add(thread(1, 0, "MainThread"), thread(2, 0, "reader 2"), asked(2, 1, 2 * S), noticed(2, 1, 3 * S))
    line.show(0, 5 * S)
    (exact,) = elbows(line)
    image = line.canvas.pixmap().toImage()
    g, ink = line.canvas.places, QColor(exact.colour)
    y = (exact.y + exact.tip_y) // 2 + 3
    assert image.pixelColor(g.gutter + exact.x, y) == ink
    assert image.pixelColor(g.gutter + (exact.x + exact.tip) // 2, exact.tip_y) == ink
    line.panel.save_picture(tmp_path / "a.svg", "svg")
    assert exact.colour in (tmp_path / "a.svg").read_text("utf-8")
    line.panel.save_picture(tmp_path / "a.png", "png")
    saved = QImage(str(tmp_path / "a.png"))
    assert saved.pixelColor(2 * (g.gutter + exact.x) + 1, 2 * y) == ink


def test_what_was_not_noticed_ends_in_a_bar_across(line: Line, tmp_path: Path) -> None:
    line.add(thread(1, 0, "MainThread"), thread(2, 0, "reader 2"), asked(2, 1, 2 * S), over(2, None, None, 4 * S))
    line.show(0, 5 * S)
    (missed,) = elbows(line)
    g, ink = line.canvas.places, QColor(missed.colour)
    image = line.canvas.pixmap().toImage()
    across = [image.pixelColor(g.gutter + missed.x + beside, missed.tip_y) == ink for beside in (-4, -1, 1, 4)]
    assert across == [True] * 4
    assert image.pixelColor(g.gutter + missed.x + 2, missed.tip_y - 1) != ink
    line.panel.save_picture(tmp_path / "a.png", "png")
    saved = QImage(str(tmp_path / "a.png"))
    assert saved.pixelColor(2 * (g.gutter + missed.x) - 6, 2 * missed.tip_y + 1) == ink


def test_the_dashes_of_a_likely_arrow_have_gaps(line: Line) -> None:
    program(line, readers=3)
    _, likely, _ = elbows(line)
    image, g = line.canvas.pixmap().toImage(), line.canvas.places
    row = [image.pixelColor(g.gutter + x, likely.tip_y).name() for x in range(likely.x + 8, likely.tip - 8)]
    assert 0.4 < row.count(likely.colour) / len(row) < 0.8
