"""Exporting a session: any part of it, streamed, in one of three formats."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing

from app.core.batch import Kind
from app.session.archive import Archive
from app.session.formats import csv_head, csv_line, json_line
from app.session.reader import Line, SessionReader
from app.session.segments import Segment

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
    rows: list[str] = [csv_head()] if form == "csv" else []
    for line in lines:
        if form == "jsonl":
            rows.append(json_line(line) + "\n")
        elif form == "csv":
            rows.append(csv_line(line, started_ns))
        elif line.kind == Kind.LINE:
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
    return format_lines(reader.lines(worker=worker, run=run), form, int(reader.meta.get("started_ns", "0")))


def export_lines(
    segments: Sequence[Segment],
    ranges: Iterable[tuple[int, int]] | None,
    form: str,
    started_ns: int,
    count: Callable[[int], None] | None = None,
    damaged: Callable[[str], None] | None = None,
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
    with closing(Archive(damaged or _unsaid)) as archive:
        archive.set_segments(segments, 0)
        # All that there is: what arrived after the chosen lines may stand before them.
        archive.set_segments(segments, archive.end())
        if ranges is None:
            ranges = [(0, archive.committed)]
        yield from format_lines(_lines_of(archive, segments, ranges, count or _uncounted), form, started_ns)


def _lines_of(
    archive: Archive, segments: Sequence[Segment], ranges: Iterable[tuple[int, int]], count: Callable[[int], None]
) -> Iterator[Line]:
    for start, stop in ranges:
        archive.set_segments(segments, max(stop, archive.committed))
        place = start
        while records := archive.some_records(place, min(stop - place, _LINES_A_CHUNK), _CHARACTERS_AT_ONCE):
            origin = archive.origin()
            for number, record in enumerate(records, place):
                t_ns, name = record.instant - origin, archive.name(record.run)
                yield Line(number, t_ns, name, record.kind, record.text, record.late, origin)
            place += len(records)
            count(len(records))


def _unsaid(_sentence: str) -> None:
    """Ignore a sentence: the caller asked for none."""


def _uncounted(_lines: int) -> None:
    """Ignore a count: the caller asked for none."""
