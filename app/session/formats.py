"""Records as text: plain lines, JSON lines, CSV; the same for ``run``, ``export`` and the window."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from app.core.batch import Kind, RunName
from app.core.chain_record import read_chain
from app.session.reader import Line

_WORDS = {int(kind): kind.word for kind in Kind}
CSV_COLUMNS = ("line", "time_utc", "t_ns", "worker", "run", "kind", "text", "late")
# What a spreadsheet would take for a formula, by OWASP ASVS 5.0, 1.2.10.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def json_line(t_ns: int, name: RunName, kind: int, text: str, *, late: bool = False) -> str:
    """Return one record as a JSON object, pure ASCII: a lone surrogate goes out as its escape, which is exact.

    What a stop chain's text holds stands beside it under the key ``chain`` as well, as an object. A record that stands where
    it arrived, a second or more behind its time, has ``"late": true``.
    """
    values: dict[str, object] = {
        "t_ns": t_ns,
        "worker": name.worker,
        "run": name.number,
        "kind": _WORDS.get(kind, str(kind)),
        "text": text,
    }
    chain = read_chain(text) if kind == Kind.CHAIN else None
    if chain is not None:
        values["chain"] = chain.values()
    if late:
        values["late"] = True
    return json.dumps(values)


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
    texts = (defused(line.name.worker), str(line.name.number), word, defused(line.text))
    return csv_row((str(line.number), wall, str(line.t_ns), *texts, "late" if line.late else ""))


def defused(text: str) -> str:
    """Return a cell with an apostrophe in front where a spreadsheet would take it for a formula (OWASP)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_row(cells: Sequence[str]) -> str:
    """Return some cells as a row of RFC 4180, its line break included."""
    row = io.StringIO()
    csv.writer(row, lineterminator="\r\n").writerow(cells)
    return row.getvalue()
