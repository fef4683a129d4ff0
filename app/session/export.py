"""Records as text: plain lines, JSON lines, CSV; the same for ``run``, the window, and the export of a session."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime

from app.core.batch import LINES, Kind
from app.core.events import Ended, decode, facts_of
from app.core.fold import RunSnapshot, advance
from app.session.archive import Archive
from app.session.reader import Line, SessionReader
from app.session.record_words import event_words
from app.session.segments import Segment

_WORDS = {int(kind): kind.word for kind in Kind}
_SOURCES = {int(kind): kind.source for kind in Kind if kind.source}
CSV_COLUMNS = ("line", "time_utc", "t_ns", "worker", "run", "kind", "text", "late", "source")
# What a spreadsheet would take for a formula, by OWASP ASVS 5.0, 1.2.10.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def json_line(line: Line) -> str:
    """Return one record as a JSON object, pure ASCII: a lone surrogate goes out as its escape, which is exact.

    The text of an event is its sentence, ``event`` its name and ``facts`` what belongs to it; the end of a run has its stop
    chain as the object ``chain``. All instants count as ``t_ns`` does. A record that stands where it arrived, a second or
    more behind its time, has ``"late": true``. A line that was not printed has its ``source``: ``stderr``, or the level with
    which it was logged.
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
    if line.kind in _SOURCES:
        values["source"] = _SOURCES[line.kind]
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


def csv_line(line: Line, started_ns: int) -> str:
    """Return one record as a CSV row (RFC 4180); ``started_ns`` is the beginning in nanoseconds of the Unix epoch.

    A cell that a spreadsheet would execute gets an apostrophe in front (OWASP): CSV is the one export that is not exact.
    Lone surrogates become escapes; the other exports keep them.
    """
    wall = datetime.fromtimestamp((started_ns + line.t_ns) // 1_000 / 1e6, UTC).isoformat(timespec="microseconds")
    word = _WORDS.get(line.kind, str(line.kind))
    event, source = decode(line.kind, line.text), _SOURCES.get(line.kind, "")
    text = line.text if event is None else event_words(event)
    texts = (defused(line.name.worker), str(line.name.number), word, defused(text))
    return csv_row((str(line.number), wall, str(line.t_ns), *texts, "late" if line.late else "", source))


def defused(text: str) -> str:
    """Return a cell with an apostrophe in front where a spreadsheet would take it for a formula (OWASP)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_row(cells: Sequence[str]) -> str:
    """Return some cells as a row of RFC 4180, its line break included."""
    row = io.StringIO()
    csv.writer(row, lineterminator="\r\n").writerow(cells)
    return row.getvalue()


FORMATS = ("text", "csv", "jsonl")
_LINES_A_CHUNK = 4_096
_CHARACTERS_AT_ONCE = 16 * 2**20


def format_lines(lines: Iterable[Line], form: str, started_ns: int) -> Iterator[bytes]:
    """Yield the bytes of some lines in a format, some thousand lines at a time.

    Args:
        lines: in the order in which they are to stand.
        form: one of ``FORMATS``. ``text`` has the workers' lines alone, exactly as they wrote them; the others have all.
        started_ns: the beginning of the session in nanoseconds of the Unix epoch.
    """
    rows: list[str] = [csv_row(CSV_COLUMNS)] if form == "csv" else []
    for line in lines:
        if form == "jsonl":
            rows.append(json_line(line) + "\n")
        elif form == "csv":
            rows.append(csv_line(line, started_ns))
        elif line.kind in LINES:
            rows.append(line.text + "\n")
        if len(rows) >= _LINES_A_CHUNK:
            yield _bytes(rows, form)
            rows = []
    if rows:
        yield _bytes(rows, form)


def _bytes(rows: list[str], form: str) -> bytes:
    # Text is exact: lone surrogates pass. A CSV reader would choke on them, so there they are escaped.
    return "".join(rows).encode("utf-8", "backslashreplace" if form == "csv" else "surrogatepass")


def export_session(reader: SessionReader, form: str, worker: str | None, run: int | None) -> Iterator[bytes]:
    """Yield a session, or one worker's or run's part of it, in a format."""
    return format_lines(reader.lines(worker=worker, run=run), form, int(reader.meta["started_ns"]))


def export_lines(
    segments: Sequence[Segment],
    ranges: Iterable[tuple[int, int]] | None,
    form: str,
    started_ns: int,
    count: Callable[[int], None] = lambda _lines: None,
    damaged: Callable[[str], None] = lambda _sentence: None,
) -> Iterator[bytes]:
    """Yield chosen lines of a session in a format; any one thread, which must use the generator up or close it.

    Args:
        segments: the files of the session.
        ranges: line numbers, each range from its first to before its last, in the order in which they are to stand; all of
            them committed. None: all that there is.
        form: one of ``FORMATS``.
        started_ns: the beginning of the session in nanoseconds of the Unix epoch.
        count: called with how many lines were read since the last call.
        damaged: called with a sentence for what cannot be read. In its place the formats other than ``text`` have records
            of kind ``error``; ``text`` leaves it out.
    """
    with closing(Archive(damaged)) as archive:
        archive.set_segments(segments, 0)
        # All that there is: what arrived after the chosen lines may stand before them.
        archive.set_segments(segments, archive.end())
        if ranges is None:
            ranges = [(0, archive.committed)]
        yield from format_lines(_lines_of(archive, segments, ranges, count), form, started_ns)


def _lines_of(
    archive: Archive, segments: Sequence[Segment], ranges: Iterable[tuple[int, int]], count: Callable[[int], None]
) -> Iterator[Line]:
    for block in line_blocks(ranges):
        numbers = block
        archive.set_segments(segments, max(numbers[-1] + 1, archive.committed))
        while numbers and (records := archive.some_records(numbers, _CHARACTERS_AT_ONCE)):
            origin = archive.origin()
            for number, record in zip(numbers, records, strict=False):
                t_ns, name = record.instant - origin, archive.name(record.run)
                yield Line(number, t_ns, name, record.kind, record.text, record.late, origin)
            numbers = numbers[len(records) :]
            count(len(records))


def line_blocks(ranges: Iterable[tuple[int, int]], most: int = _LINES_A_CHUNK) -> Iterator[Sequence[int]]:
    """Yield the numbers in some ranges as they are read together, up to ``most`` at once; each block is ascending.

    Many short ranges make one block: there may be one for each of millions of hits.
    """
    few: list[int] = []
    for start, stop in ranges:
        if few and (start <= few[-1] or len(few) + stop - start > most):
            yield few
            few = []
        if stop - start >= most:
            yield from (range(place, min(place + most, stop)) for place in range(start, stop, most))
        else:
            few.extend(range(start, stop))
    if few:
        yield few
