"""Which reports there are, and each of them as bytes."""

from collections.abc import Iterator

from app.session.reader import SessionReader
from app.session.session_report import SessionReport

FORMATS = ("html", "markdown", "junit", "csv", "trace")


def render_report(report: SessionReport, form: str) -> Iterator[bytes]:
    """Yield the bytes of one of ``FORMATS``; any one thread, which uses the generator up or closes it.

    Raises:
        BadInput: the session's file cannot be read any more; only a trace reads it again.
    """
    # Each is imported when it is asked for: a table of figures needs nothing that fills in templates.
    if form == "html":
        from app.session.reports.templating import html

        yield from html(report)
    elif form == "markdown":
        from app.session.reports.templating import markdown

        yield from markdown(report)
    elif form == "junit":
        from app.session.reports.junit import junit

        yield from junit(report)
    elif form == "csv":
        from app.session.reports.runs_csv import runs_csv

        yield from runs_csv(report)
    else:
        yield from _trace(report)


def _trace(report: SessionReport) -> Iterator[bytes]:
    from app.session.reports.trace import trace

    # What is damaged was said when the report was read.
    with SessionReader(report.path, lambda _sentence: None) as reader:
        yield from trace(report, reader)
