"""Which reports there are, and each of them as bytes."""

from collections.abc import Iterator

from app.core.catalogue import Catalogue
from app.session.export import csv_row, defused
from app.session.reader import SessionReader
from app.session.reports.words import one_line
from app.session.session_report import RunReport, SessionReport

_INSTANTS = ("clicked", "requested", "noticed", "cleaned_up", "ended", "shown")
COLUMNS = (
    "run", "worker", "number", "strategy", "workload", "interval_s", "began_ns", *(f"{name}_ns" for name in _INSTANTS),
    "lines", "outcome", "was_stuck", "latency_ns", "released_ns", "held_back_ns", "band_low_ns", "band_high_ns",
    "outside", "error",
)  # fmt: skip
FORMATS = ("html", "markdown", "junit", "csv", "trace")


def render_report(report: SessionReport, form: str, catalogue: Catalogue) -> Iterator[bytes]:
    """Yield the bytes of one of ``FORMATS``; any one thread, which uses the generator up or closes it.

    The catalogue has the titles that stand in place of ids, but for JUnit and CSV, which programs read.

    Raises BadInput if the session's file cannot be read any more; only a trace reads it again.
    """
    # Each is imported when it is asked for: a table of figures needs nothing that fills in templates.
    if form in ("html", "markdown"):
        from app.session.reports.templating import html, markdown

        yield from html(report, catalogue) if form == "html" else markdown(report, catalogue)
    elif form == "junit":
        from app.session.reports.junit import junit

        yield from junit(report)
    elif form == "csv":
        yield from runs_csv(report)
    else:
        from app.session.reports.trace import trace

        # What is damaged was said when the report was read.
        with SessionReader(report.path, lambda _sentence: None) as reader:
            yield from trace(report, reader, catalogue)


def runs_csv(report: SessionReport) -> Iterator[bytes]:
    """Yield the runs as CSV (RFC 4180), a row a run; instants are ns in the session, what is not known is empty.

    A cell that a spreadsheet would execute gets an apostrophe in front; what cannot be seen is written as escapes.
    """
    yield csv_row(COLUMNS).encode("ascii")
    for run in report.runs:
        yield csv_row([_cell(value) for value in _values(run)]).encode("utf-8")


def _values(run: RunReport) -> tuple[object, ...]:
    chain, band = run.chain, run.band or (None, None)
    head = (run.run, run.name.worker, run.name.number, run.strategy, run.workload, run.interval, run.began)
    instants = (getattr(chain, name) for name in _INSTANTS)
    outcome = (
        run.line_records,
        run.outcome,
        "yes" if run.was_stuck else "no",
        chain.latency,
        run.released,
        run.held_for,
        *band,
    )
    return (*head, *instants, *outcome, run.outside, "\n".join(run.errors))


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return str(value)  # a negative number is no formula
    return "" if value is None else defused(one_line(str(value)))
