"""Which reports there are, and each of them as bytes."""

from collections.abc import Iterator

from app.session.reader import SessionReader
from app.session.story import Story

FORMATS = ("html", "markdown", "junit", "csv", "trace")


def report(story: Story, form: str) -> Iterator[bytes]:
    """Yield the bytes of one of ``FORMATS``; any one thread, which uses the generator up or closes it.

    Raises:
        BadInput: the session's file cannot be read any more; only a trace reads it again.
    """
    # Each imported when it is asked for: whoever wants a table of figures need not load what fills in templates.
    if form == "html":
        from app.session.reports.templating import html

        yield from html(story)
    elif form == "markdown":
        from app.session.reports.templating import markdown

        yield from markdown(story)
    elif form == "junit":
        from app.session.reports.junit import junit

        yield from junit(story)
    elif form == "csv":
        from app.session.reports.runs_csv import runs_csv

        yield from runs_csv(story)
    else:
        yield from _trace(story)


def _trace(story: Story) -> Iterator[bytes]:
    from app.session.reports.trace import trace

    # What is damaged was said when the story was read.
    with SessionReader(story.path, lambda _sentence: None) as reader:
        yield from trace(story, reader)
