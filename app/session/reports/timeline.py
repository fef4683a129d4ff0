"""The timelines of a report: where bars and marks stand, as plain figures; the template only draws them.

One drawing has all runs; another a run shows its stop in the width that the whole session has in the first.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice

from app.core.latency import duration, session_time
from app.session.record_words import READER_BEHIND
from app.session.reports.scale import Scale
from app.session.reports.words import cut, held_words, one_line
from app.session.requests import requests_of
from app.session.session_report import RunReport, SessionReport

MOST_ROWS = 200  # runs that are drawn
WIDTH = 1_000.0
_LEFT, _RIGHT, _TOP, _ROW, _BAR = 190.0, 940.0, 44.0, 20.0, 12.0
_LEAST = 0.8  # units that a bar has at least, so that it can be seen
_BESIDE = 0.15  # of a stop's length is shown before it and after it
_SECOND = 1_000_000_000  # ns
MOST_ARROWS = 500
_POINT = 5.0  # units that the point of an arrow is long
_LONGEST = 300  # characters of an arrow's words
_SHORTEST = 1_000_000  # ns that a drawing shows at least
# What the states are called beside the drawing.
STATE_WORDS = {
    "starting": "starting",
    "running": "running",
    "held-back": f"held back, because {READER_BEHIND}",
    "stopping": "asked to stop, not noticed yet",
    "ending": "noticed, ending",
    "stuck": "stuck",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of one state: where, how wide, of which kind, and its words."""

    x: float
    width: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant: where, of which kind, and its words."""

    x: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One run: its id, its upper edge, its label, its bars and marks."""

    run: int
    y: float
    label: str
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """A request, from the row of the thread that asked to that of the thread that noticed.

    Attributes:
        path, head: the line and its point, as an SVG has a path.
        kind: ``exact``, or ``likely``.
        words: who asked whom, and where.
    """

    path: str
    head: str
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it, in units of the drawing; ``bar`` is a bar's height, ``left_out`` how many runs are not drawn."""

    height: float
    rows: tuple[Row, ...]
    ticks: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    left_out: int
    arrows: tuple[Arrow, ...] = ()
    width: float = WIDTH
    bar: float = _BAR


@dataclass(frozen=True, slots=True)
class Zoom:
    """The drawing of one run: its id, what it shows in words, and the drawing."""

    run: int
    words: str
    timeline: Timeline


def timeline(report: SessionReport) -> Timeline:
    """Return where everything stands; the time goes from the first run or note to the last record of a run or note."""
    shown = report.runs[:MOST_ROWS]
    instants = [note.t_ns for note in report.notes[:MOST_ROWS]] + [piece.t_ns for piece in report.evidence[:MOST_ROWS]]
    instants += [at for run in shown for at in (run.began, _end(run, report.duration))]
    scale = _scale(min(instants, default=0), max(instants, default=1))
    # Within a second, the window's way of writing times would say the same at each tick.
    zero = scale.start if scale.end - scale.start < _SECOND else None
    marks = tuple(_marks(report, scale))
    drawing = _drawing(shown, scale, report.duration, zero, marks, len(report.runs) - len(shown))
    return replace(drawing, arrows=tuple(_arrows(shown, scale)))


def _arrows(runs: Sequence[RunReport], scale: Scale) -> Iterator[Arrow]:
    """Yield the arrows of requests that were noticed, between rows that are drawn; the first ones, of very many."""
    heights = {run.run: _TOP + place * _ROW + _BAR / 2 for place, run in enumerate(runs)}
    titles = {run.run: run.title for run in runs}
    requests = (request for run in runs for request in requests_of(run.run, run.observed))
    drawn = (request for request in requests if request.noticed is not None and request.by in heights)
    for request in islice(drawn, MOST_ARROWS):
        start, end = scale.x(request.instant), scale.x(request.noticed or 0)
        path, head = _arrow_paths(start, heights[request.by or 0], end, heights[request.run])
        words = f"{titles[request.run]}: {request.asked_words}; {request.noticed_words}"
        yield Arrow(path, head, "exact" if request.stop.exact else "likely", cut(one_line(words), _LONGEST))


def _arrow_paths(x: float, y: float, tip_x: float, tip_y: float) -> tuple[str, str]:
    """Return the line of an arrow and its point, as an SVG has a path: first to the other row, then along it."""
    if tip_x - x >= 2 * _POINT or y == tip_y:
        line = f"M{x:.2f} {y:.2f}V{tip_y:.2f}H{max(tip_x - _POINT, x):.2f}"
        return line, f"M{tip_x:.2f} {tip_y:.2f}l-{_POINT} -{_POINT / 2}v{_POINT}z"
    # Too near for that: straight to the edge of the other row's bar.
    down = 1 if tip_y > y else -1
    edge = tip_y - down * _BAR / 2
    return (
        f"M{tip_x:.2f} {y:.2f}V{edge - down * _POINT:.2f}",
        f"M{tip_x:.2f} {edge:.2f}l-{_POINT / 2} {-down * _POINT}h{_POINT}z",
    )


def zooms(report: SessionReport) -> Iterator[Zoom]:
    """Yield a drawing a run: of its stop and what is beside that, or of all of it where it was not asked to stop."""
    for run in report.runs[:MOST_ROWS]:
        end = _end(run, report.duration)
        asked = run.chain.requested
        start = run.began if asked is None else asked
        beside = 0 if asked is None else round((end - start) * _BESIDE)
        scale = _scale(max(run.began, start - beside), end + beside)
        what = "the whole run" if asked is None else "from its stop to its end"
        words = f"{one_line(run.title)}: {what}, {duration(max(end - start, 0))}"
        yield Zoom(run.run, words, _drawing([run], scale, report.duration, start, (), 0))


def _scale(start: int, end: int) -> Scale:
    return Scale(start, max(end, start + _SHORTEST), _LEFT, _RIGHT)


def _drawing(
    runs: Iterable[RunReport], scale: Scale, end: int, zero: int | None, marks: tuple[Mark, ...], left_out: int
) -> Timeline:
    """Return a drawing; its ticks are counted from ``zero`` (ns in the session), or say the time in the session."""
    rows = tuple(_row(run, place, scale, end) for place, run in enumerate(runs))
    ticks = tuple(Mark(scale.x(at), "tick", _tick(at, zero)) for at in scale.ticks(zero or 0))
    return Timeline(_TOP + len(rows) * _ROW + 6, rows, ticks, marks, left_out)


def _tick(at: int, zero: int | None) -> str:
    if zero is None:
        return session_time(at)
    return f"{'−' if at < zero else '+'}{duration(abs(at - zero))}" if at != zero else "0"


def _end(run: RunReport, end: int) -> int:
    """Return when a run ended; one that did not goes on until the end of the session."""
    return run.chain.ended if run.chain.ended is not None else max(end, run.began)


def stretches(run: RunReport, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield a run's states: the word, from when to when (ns in the session); ``end`` is that of the session."""
    chain = run.chain
    ended = _end(run, end)
    turns = [
        ("starting", run.began),
        ("running", run.running),
        ("stopping", chain.requested),
        ("ending", chain.noticed if chain.requested is not None else None),
        ("stuck", run.stuck),
    ]
    # A stop may come before the thread runs, and a late noticing after it counted as stuck: so they are put in order.
    known = sorted(((at, word) for word, at in turns if at is not None), key=lambda turn: turn[0])
    for (at, word), until in zip(known, [at for at, _ in known[1:]] + [ended], strict=True):
        if until > at:
            yield word, at, until


def with_held(
    states: Iterable[tuple[str, int, int]], held: Iterable[tuple[int, int]]
) -> Iterator[tuple[str, int, int]]:
    """Yield a run's states with those stretches of *running* as a state of their own in which it was held back.

    Args:
        states: as ``stretches`` yields them.
        held: from when to when it was held back, ascending.
    """
    held = tuple(held)
    for word, at, until in states:
        since = at
        for began, ended in held if word == "running" else ():
            start, end = max(began, since), min(ended, until)
            if start < end:
                if since < start:
                    yield word, since, start
                yield "held-back", start, end
                since = end
        if since < until:
            yield word, since, until


def _in_columns(held: Iterable[tuple[int, int]], scale: Scale) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a drawing, a unit wide or more, in half of which or more a run was held back.

    Drawn one by one, many short waits would fill a stretch of which they are a tenth.
    """
    count, length = round(scale.right - scale.left), scale.end - scale.start
    edges = [scale.start + length * place // count for place in range(count + 1)]
    waited = [0] * count
    for began, ended in held:
        start, end = max(began, scale.start), min(ended, scale.end)
        place = bisect_right(edges, start) - 1
        while start < end:
            until = min(end, edges[place + 1])
            waited[place] += until - start
            start, place = until, place + 1
    is_held = [2 * waited[place] >= edges[place + 1] - edges[place] > 0 for place in range(count)]
    for held_here, places in groupby(range(count), is_held.__getitem__):
        if held_here:
            first, *rest = places
            yield edges[first], edges[(rest or [first])[-1] + 1]


def _bar_words(run: RunReport, word: str, length: int) -> str:
    """Return what a bar says; where it was cut at the columns of the drawing, its length (ns) is not told."""
    if word == "held-back":
        return held_words(run)
    return STATE_WORDS[word] if word == "running" and run.held else f"{STATE_WORDS[word]}, {duration(length)}"


def _row(run: RunReport, place: int, scale: Scale, end: int) -> Row:
    title = one_line(run.title)
    bars = tuple(
        Bar(
            scale.x(at),
            max(scale.x(until) - scale.x(at), _LEAST),
            word,
            f"{title}: {_bar_words(run, word, until - at)}",
        )
        for word, at, until in with_held(stretches(run, end), _in_columns(run.held, scale))
        if until >= scale.start
    )
    chain = run.chain
    marks = []
    if chain.requested is not None:
        marks.append(Mark(scale.x(chain.requested), "requested", f"{title}: asked to stop"))
        if chain.noticed is not None:
            words = f"{title}: noticed {duration(chain.noticed - chain.requested)} later"
            marks.append(Mark(scale.x(chain.noticed), "noticed", words))
        if run.released is not None:
            words = f"{title}: released {duration(run.released - chain.requested)} later"
            marks.append(Mark(scale.x(run.released), "released", words))
    return Row(run.run, _TOP + place * _ROW, cut(title, 26), bars, tuple(marks))


def _marks(report: SessionReport, scale: Scale) -> Iterator[Mark]:
    for note in report.notes[:MOST_ROWS]:
        yield Mark(scale.x(note.t_ns), "note", cut(one_line(f"{note.kind}: {note.text}"), 120))
    for piece in report.evidence[:MOST_ROWS]:
        yield Mark(scale.x(piece.t_ns), "evidence", cut(one_line(f"evidence: {piece.name}"), 120))
