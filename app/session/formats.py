"""Records as text: plain lines, JSON lines, CSV; the same for ``run``, ``export`` and the window."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime

from app.core.batch import Kind
from app.core.events import Ended, decode, facts_of
from app.core.fold import RunSnapshot, advance
from app.session.reader import Line
from app.session.record_words import event_words

_WORDS = {int(kind): kind.word for kind in Kind}
CSV_COLUMNS = ("line", "time_utc", "t_ns", "worker", "run", "kind", "text", "late")
# What a spreadsheet would take for a formula, by OWASP ASVS 5.0, 1.2.10.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def json_line(line: Line) -> str:
    """Return one record as a JSON object, pure ASCII: a lone surrogate goes out as its escape, which is exact.

    The text of an event is its sentence, ``event`` its name and ``facts`` what belongs to it; the end of a run has its stop
    chain as the object ``chain``. All instants count as ``t_ns`` does. A record that stands where it arrived, a second or
    more behind its time, has ``"late": true``.
    """
    event = decode(line.kind, line.text)
    values: dict[str, object] = {
        "t_ns": line.t_ns,
        "worker": line.name.worker,
        "run": line.name.number,
        "kind": _WORDS.get(line.kind, str(line.kind)),
        "text": line.text if event is None else event_words(event),
    }
    if event is not None:
        values["event"] = event.name
        values["facts"] = facts_of(event, line.origin)
    if isinstance(event, Ended):
        run = advance(RunSnapshot(0, line.name), line.origin + line.t_ns, event)
        values["chain"] = chain_values(run.since(line.origin))
    if line.late:
        values["late"] = True
    return json.dumps(values)


def chain_values(run: RunSnapshot) -> dict[str, object]:
    """Return what JSON has of a run's stop: ``clicked_ns`` to ``shown_ns``, then what belongs to them."""
    return {
        **{f"{field.name}_ns": getattr(run.chain, field.name) for field in fields(run.chain)},
        "latency_ns": run.chain.latency,
        "outcome": None if run.outcome is None else str(run.outcome),
        "was_stuck": run.was_stuck,
        "released_ns": run.released,
        "strategy": run.strategy,
        "workload": run.workload,
        "interval_s": run.interval,
        "band_ns": None if run.band is None else list(run.band),
        "outside": run.outside,
    }


def csv_head() -> str:
    """Return the first line of a CSV export."""
    return csv_row(CSV_COLUMNS)


def csv_line(line: Line, started_ns: int) -> str:
    """Return one record as a CSV row (RFC 4180); ``started_ns`` is the beginning in nanoseconds of the Unix epoch.

    A cell that a spreadsheet would execute gets an apostrophe in front (OWASP): CSV is the one export that is not exact.
    Lone surrogates become escapes; the other exports keep them.
    """
    wall = datetime.fromtimestamp((started_ns + line.t_ns) // 1_000 / 1e6, UTC).isoformat(timespec="microseconds")
    word = _WORDS.get(line.kind, str(line.kind))
    texts = (defused(line.name.worker), str(line.name.number), word, defused(_text(line)))
    return csv_row((str(line.number), wall, str(line.t_ns), *texts, "late" if line.late else ""))


def _text(line: Line) -> str:
    event = decode(line.kind, line.text)
    return line.text if event is None else event_words(event)


def defused(text: str) -> str:
    """Return a cell with an apostrophe in front where a spreadsheet would take it for a formula (OWASP)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_row(cells: Sequence[str]) -> str:
    """Return some cells as a row of RFC 4180, its line break included."""
    row = io.StringIO()
    csv.writer(row, lineterminator="\r\n").writerow(cells)
    return row.getvalue()
