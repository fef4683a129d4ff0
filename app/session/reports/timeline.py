"""The timeline of a report: where its bars and marks stand, as plain figures; the template only draws them."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.latency import duration
from app.session.reports.words import cut, one_line
from app.session.session_report import RunReport, SessionReport

MOST_ROWS = 200  # runs that are drawn
WIDTH = 1_000.0
_LEFT, _TOP, _ROW, _BAR = 190.0, 44.0, 20.0, 12.0
_LEAST = 0.8  # units that a bar has at least, so that it can be seen
_TICKS = 5


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
    """One run: its upper edge, its label, its bars and marks."""

    y: float
    label: str
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it, in units of the drawing; ``bar`` is a bar's height, ``left_out`` how many runs are not drawn."""

    height: float
    rows: tuple[Row, ...]
    ticks: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    left_out: int
    width: float = WIDTH
    bar: float = _BAR


def timeline(report: SessionReport) -> Timeline:
    """Return where everything stands; the time goes from the beginning of the session to its last record."""
    end = max(report.duration, 1)
    rows = tuple(_row(run, place, end) for place, run in enumerate(report.runs[:MOST_ROWS]))
    ticks = tuple(Mark(_x(at, end), "tick", duration(at) if at else "0") for at in range(0, end + 1, _round_step(end)))
    height = _TOP + len(rows) * _ROW + 6
    left = len(report.runs) - len(rows)
    return Timeline(height, rows, ticks, tuple(_marks(report, end)), left)


def _round_step(end: int) -> int:
    """Return how far apart (ns) a few marks are that stand at round times: one, two or five of a unit."""
    unit = 1
    while True:
        for step in (unit, 2 * unit, 5 * unit):
            if end // step <= _TICKS:
                return step
        unit *= 10


def _x(t_ns: int, end: int) -> float:
    """Return the place of a time in a session that lasts until ``end`` (ns)."""
    share = min(max(t_ns / end, 0.0), 1.0)
    return round(_LEFT + share * (WIDTH - _LEFT - 60), 2)


def stretches(run: RunReport, end: int) -> Iterator[tuple[str, int, int]]:
    """Yield a run's states: the word, from when to when (ns in the session); ``end`` is that of the session."""
    chain = run.chain
    ended = chain.ended if chain.ended is not None else max(end, run.began)
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


def _row(run: RunReport, place: int, end: int) -> Row:
    title = one_line(run.title)
    bars = tuple(
        Bar(_x(at, end), max(_x(until, end) - _x(at, end), _LEAST), word, f"{title}: {word} {duration(until - at)}")
        for word, at, until in stretches(run, end)
    )
    chain = run.chain
    marks = []
    if chain.requested is not None:
        marks.append(Mark(_x(chain.requested, end), "requested", f"{title}: asked to stop"))
        if chain.noticed is not None:
            words = f"{title}: noticed {duration(chain.noticed - chain.requested)} later"
            marks.append(Mark(_x(chain.noticed, end), "noticed", words))
        if run.released is not None:
            words = f"{title}: released {duration(run.released - chain.requested)} later"
            marks.append(Mark(_x(run.released, end), "released", words))
    return Row(_TOP + place * _ROW, cut(title, 26), bars, tuple(marks))


def _marks(report: SessionReport, end: int) -> Iterator[Mark]:
    for note in report.notes[:MOST_ROWS]:
        yield Mark(_x(note.t_ns, end), "note", cut(one_line(f"{note.kind}: {note.text}"), 120))
    for piece in report.evidence[:MOST_ROWS]:
        yield Mark(_x(piece.t_ns, end), "evidence", cut(one_line(f"evidence: {piece.name}"), 120))
