"""Time to pixels and back, and how a person moves through it; whole nanoseconds of the sitting, no Qt."""

from dataclasses import dataclass

SHORTEST = 1_000  # ns: a pixel is about a nanosecond then, and the clock has no finer one
LONGEST = 2**58  # ns, nine years: sums of two of them are far from what 64 bits hold
MARGIN = 0.04  # of what is fitted, on either side


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: from ``start`` to before ``end``, ns from the beginning of the sitting; never empty.

    Column x of a width of W pixels has the instants with ``floor((t - start) * W / length) == x``.
    """

    start: int
    end: int

    @property
    def length(self) -> int:
        """How long it is, in ns."""
        return self.end - self.start

    def x(self, ns: int, width: int) -> int:
        """Return the column of an instant; one that is outside has a column outside."""
        return (ns - self.start) * width // self.length

    def at(self, x: int, width: int) -> int:
        """Return the first instant of a column."""
        return self.start - (-x * self.length // width)

    def holds(self, ns: int) -> bool:
        """Return whether an instant is within it."""
        return self.start <= ns < self.end


def span_of(start: int, length: int) -> Span:
    """Return a span of a length that can be shown: from ``SHORTEST`` to ``LONGEST``."""
    length = min(max(length, SHORTEST), LONGEST)
    start = min(max(start, -LONGEST), LONGEST)
    return Span(start, start + length)


def zoomed(span: Span, factor: float, at: int) -> Span:
    """Return a span ``factor`` times as long in which the instant ``at`` keeps its place."""
    length = min(max(round(span.length * factor), SHORTEST), LONGEST)
    return span_of(at - round((at - span.start) * (length / span.length)), length)


def panned(span: Span, columns: int, width: int) -> Span:
    """Return the span whose picture is moved to the left by so many of ``width`` columns."""
    return span_of(span.start + columns * span.length // width, span.length)


def fitted(first: int, last: int) -> Span:
    """Return a span that shows everything from one instant to another, with a little room on either side."""
    length = max(last - first, SHORTEST)
    room = round(length * MARGIN)
    return span_of(first - room, length + 2 * room)


def clamped(span: Span, first: int, last: int) -> Span:
    """Return the span moved so that something of what lies between two instants is still within it."""
    if span.start >= last:
        return span_of(last - span.length // 2, span.length)
    if span.end <= first:
        return span_of(first - span.length // 2, span.length)
    return span


def following(span: Span, now: int) -> Span:
    """Return a span of the same length that shows now a little before its right end, never before the beginning."""
    room = round(span.length * MARGIN)
    return span_of(max(0 - room, now + room - span.length), span.length)
