"""Exporting a session: any part of it, streamed, in one of three formats."""

from collections.abc import Iterable, Iterator

from app.core.batch import Kind
from app.session.formats import csv_head, csv_line, json_line
from app.session.reader import Line, SessionReader

FORMATS = ("text", "csv", "jsonl")
_LINES_A_CHUNK = 4_096


def exported(lines: Iterable[Line], form: str, started_ns: int) -> Iterator[bytes]:
    """Yield the bytes of some lines in a format, some thousand lines at a time.

    Args:
        lines: in the order in which they are to stand.
        form: one of ``FORMATS``. ``text`` has the workers' lines alone, exactly as they wrote them; the others have all.
        started_ns: the beginning of the sitting in nanoseconds of the Unix epoch.
    """
    rows: list[str] = [csv_head()] if form == "csv" else []
    for line in lines:
        if form == "jsonl":
            rows.append(json_line(line.t_ns, line.name, line.kind, line.text) + "\n")
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


def exported_session(reader: SessionReader, form: str, worker: str | None, run: int | None) -> Iterator[bytes]:
    """Yield a session, or one worker's or run's part of it, in a format."""
    return exported(reader.lines(worker=worker, run=run), form, int(reader.meta.get("started_ns", "0")))
