"""Records as text: plain lines, JSON lines, and the rows about the runs."""

from collections.abc import Iterable

from app.core.batch import Batch, Kind
from app.core.fold import RunSnapshot
from app.core.latency import duration
from app.core.states import Outcome, outcome_words
from app.session.formats import json_line
from app.session.reader import Line
from app.session.time_order import in_time_order


def plain(batch: Batch) -> bytes:
    """Return the lines of a batch exactly as the workers wrote them, each with a line break; other records are left out.

    Lone surrogates are kept (``surrogatepass``): what a worker writes goes out unchanged.
    """
    batch = in_time_order(batch)
    if batch.only_lines():
        texts: Iterable[str] = batch.texts
    else:
        texts = (record.text for record in batch if record.kind == Kind.LINE)
    text = "\n".join((*texts, ""))
    return text.encode("utf-8", "surrogatepass")


def json_lines(batch: Batch, origin: int) -> bytes:
    """Return every record of a batch as a JSON object a line; ``t_ns`` counts from ``origin`` (``perf_counter_ns``)."""
    names = batch.names
    # The number of a line is not known while others are still on their way, and JSON lines do not have it.
    rows = (
        json_line(Line(0, r.instant - origin, names[r.run], r.kind, r.text, r.late, origin))
        for r in in_time_order(batch)
    )
    return "\n".join((*rows, "")).encode("ascii")


def latency_words(snapshot: RunSnapshot) -> str:
    """Return a run's stop latency for a person: a duration, ``never`` if it did not notice, ``–`` if there is none.

    There is none if the run was not asked to stop, or if its limit or an error ended it before it could notice.
    """
    chain = snapshot.chain
    if chain.latency is not None:
        return duration(chain.latency)
    unnoticed = (None, Outcome.INTERRUPTED, Outcome.RELEASED)
    return "never" if chain.requested is not None and snapshot.outcome in unnoticed else "–"


def rows(snapshots: Iterable[RunSnapshot]) -> str:
    """Return a header and a row a run: worker, run, outcome, lines, latency."""
    table = [("worker", "run", "outcome", "lines", "stop latency")]
    for snapshot in snapshots:
        was_stuck = snapshot.was_stuck and snapshot.outcome is not None
        outcome = outcome_words(snapshot.outcome, was_stuck=was_stuck, missing=f"left behind, {snapshot.state}")
        worker = snapshot.name.worker
        table.append((worker, str(snapshot.name.number), outcome, str(snapshot.lines), latency_words(snapshot)))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    w = widths
    return "".join(f"{a:<{w[0]}}  {b:>{w[1]}}  {c:<{w[2]}}  {d:>{w[3]}}  {e:>{w[4]}}\n" for a, b, c, d, e in table)
