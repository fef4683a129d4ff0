"""Where in the text of a row a search finds what it looks for; no Qt."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from app.core.batch import Record
from app.session.record_words import record_words
from app.session.search.query import Query, flags, plain_pattern
from app.ui.display_text import LONGEST_SHOWN, visible
from app.ui.log.columns import text_before

Span = tuple[int, int]  # of characters: from, to before

# A pattern is tried in the window's own thread, where nothing can stop ``re``: ``regex`` gives up after so many seconds.
_LONGEST = 0.005
_MOST_SPANS = 100  # of one row


class SpanFinder:
    """Finds what a query includes in the texts of rows; one thread.

    Args:
        query: what is looked for; its patterns have been checked.
    """

    def __init__(self, query: Query) -> None:
        self._pattern = _compiled(query)
        self._find = lru_cache(maxsize=256)(self._spans)  # the same rows are shown again, frame by frame

    def spans(self, record: Record) -> tuple[Span, ...]:
        """Return where the matches are in the shown text of a record that is a hit, as far as it is shown."""
        if self._pattern is None:
            return ()
        words = record_words(record.kind, record.text)[:LONGEST_SHOWN]
        return self._find(words, len(text_before(record)))

    def _spans(self, words: str, shift: int) -> tuple[Span, ...]:
        try:
            # Many that touch, of a pattern such as ".", are one.
            found = list(_merged(islice(self._matches(words), LONGEST_SHOWN)))[:_MOST_SPANS]
        except TimeoutError:
            self._pattern = None  # it would take as long at each row
            return ()
        if words.isprintable():
            return tuple((shift + start, shift + end) for start, end in found)
        # A character that cannot be seen is shown as several.
        return tuple((shift + len(visible(words[:start])), shift + len(visible(words[:end]))) for start, end in found)

    def _matches(self, words: str) -> Iterator[Span]:
        if isinstance(self._pattern, re.Pattern):
            matches = self._pattern.finditer(words)
        else:
            # Keeping the GIL: given up at each row, it would have to be won back from every thread that computes.
            matches = self._pattern.finditer(words, timeout=_LONGEST, concurrent=False)
        return (match.span() for match in matches)


def _compiled(query: Query) -> Any:
    """Return the pattern of what a query includes; None if there is none, or if it cannot be given a time-out."""
    if not query.include:
        return None
    if not query.regex:
        return re.compile(plain_pattern(query.include), flags(query))
    # Imported when a pattern is looked for: the first window needs nothing of it.
    import regex

    try:
        return regex.compile(query.include, regex.MULTILINE | (0 if query.case else regex.IGNORECASE))
    except (regex.error, OverflowError, RecursionError, ValueError):
        return None  # what ``re`` can and ``regex`` cannot: the line is found, and nothing in it is marked


def _merged(spans: Iterator[Span]) -> Iterator[Span]:
    """Yield spans without the empty ones; those that touch are one."""
    last: Span | None = None
    for start, end in spans:
        if last is not None and start <= last[1]:
            last = last[0], max(last[1], end)
        elif start < end:
            if last is not None:
                yield last
            last = start, end
    if last is not None:
        yield last
