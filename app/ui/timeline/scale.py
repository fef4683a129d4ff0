"""Time on the screen: spans and their columns, the axis's marks, and a span as it is typed; whole nanoseconds, no Qt."""

import re
from dataclasses import dataclass

from app.core.errors import BadInput, quoted

SHORTEST = 1_000  # ns: a pixel is about a nanosecond then, and the clock has no finer one
LONGEST = 2**58  # ns, nine years: sums of two of them are far from what 64 bits hold
MARGIN = 0.04  # of what is fitted, on the left; of what is shown, to the right of now
LABEL_MARGIN = 0.08  # of what is fitted, on the right, where the last latencies are written
_SECOND = 10**9
_MINUTE = 60 * _SECOND
# Round steps in ns: 1, 2, 5 times a power of ten up to ten seconds, then what clocks have, then days.
_STEPS: tuple[int, ...] = (
    *(digit * 10**power for power in range(10) for digit in (1, 2, 5)),
    *(count * _SECOND for count in (10, 15, 30)),
    *(count * _MINUTE for count in (1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440)),
)
_DAY = 1_440 * _MINUTE
_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "min": 60 * 10**9,
    "h": 3_600 * 10**9,
}
_LENGTH = re.compile(r"(\d+(?:[.,]\d+)?)\s*(ns|us|µs|μs|ms|s|min|h)?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:[.,]\d+)?)\s*s?", re.ASCII)
_LONGEST_TYPED = 100  # characters
_RIGHT = "Enter a range, such as 1.2s..3.4s, or a length, such as 500ms."


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: from ``start`` to before ``end``, ns from the beginning of the session; never empty.

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
    return span_of(first - room, length + room + round(length * LABEL_MARGIN))


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


# -- the axis -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Axis:
    """What stands on an axis.

    Attributes:
        marks: column and text of each mark, from the left.
        base: what the texts are counted from where the marks are finer than a millisecond; empty: the beginning.
    """

    marks: tuple[tuple[int, str], ...]
    base: str


def step_for(length: int, most: int) -> int:
    """Return the least round step (ns) of which at most ``most`` fit into a length."""
    least = max(1, -(-length // max(1, most)))
    for step in _STEPS:
        if step >= least:
            return step
    days = _DAY
    while days < least:
        days *= 10
    return days


def axis_of(span: Span, width: int, apart: int) -> Axis:
    """Return the axis of a span that is ``width`` columns wide, its marks at least ``apart`` columns apart."""
    step = step_for(span.length, width // max(1, apart))
    fine = step < 1_000_000
    base = span.start - span.start % 1_000_000 if fine else 0
    first = -(-span.start // step) * step
    marks = tuple(
        (span.x(ns, width), _offset(ns - base, step) if fine else clock(ns, step))
        for ns in range(first, span.end, step)
    )
    return Axis(marks, f"{clock(base, 1_000_000)} +" if fine else "")


def _offset(ns: int, step: int) -> str:
    """Return an offset within milliseconds: in µs, or in ns where the marks are finer."""
    return f"{ns // 1_000:,} µs" if step >= 1_000 else f"{ns:,} ns"


def clock(ns: int, step: int) -> str:
    """Return a time in the session with as many decimals as a step (ns) needs: ``12.5 s``, ``1:02.5``, ``1:00:02``."""
    decimals = 0
    while decimals < 9 and step % 10 ** (9 - decimals):
        decimals += 1
    sign, ns = ("−", -ns) if ns < 0 else ("", ns)
    seconds, rest = divmod(ns, _SECOND)
    tail = f".{rest:09}"[: decimals + 1] if decimals else ""
    if seconds < 60:
        return f"{sign}{seconds}{tail} s"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{sign}{head}:{seconds:02}{tail}"


def place_text(ns: int, resolution: int) -> str:
    """Return a time in the session as exact as a pixel of ``resolution`` ns can show, to the millisecond at least."""
    step = 10 ** max(0, min(6, len(str(max(1, resolution))) - 1))
    return clock(ns - ns % step, step)


# -- what a person types --------------------------------------------------------------------------------------------


def parse_span(text: str, now: Span) -> Span:
    """Return the span that a text means: two times with ``..`` between, or a length about the middle of what is shown.

    A time without a unit is in seconds; ``1:02.5`` and ``1:00:02.5`` are times too.

    Args:
        text: what was typed.
        now: what is shown.

    Raises:
        BadInput: it means none.
    """
    if len(text) > _LONGEST_TYPED:
        raise BadInput(f"That is too long for a time range ({len(text):,} characters). {_RIGHT}", "span")
    first, dots, second = text.strip().partition("..")
    if not dots:
        length = _ns(first)
        if not SHORTEST <= length <= LONGEST:
            raise BadInput(f"{quoted(text)} can't be shown: a time range is 1 µs to nine years long.", "span")
        return span_of((now.start + now.end - length) // 2, length)
    start, end = _ns(first), _ns(second)
    if start >= end:
        raise BadInput(f"{quoted(text)} ends before it starts. {_RIGHT}", "span")
    if not SHORTEST <= end - start <= LONGEST or end > LONGEST:
        raise BadInput(f"{quoted(text)} can't be shown: a time range is 1 µs to nine years long.", "span")
    return Span(start, end)


def _ns(text: str) -> int:
    text = text.strip()
    if found := _LENGTH.fullmatch(text):
        return _product(found[1], _UNITS[found[2] or "s"])
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        return (int(hours or 0) * 60 + int(minutes)) * _UNITS["min"] + _product(seconds, _UNITS["s"])
    what = f"{quoted(text)} is not a time" if text else "A time is missing"
    raise BadInput(f"{what}. {_RIGHT}", "span")


def _product(number: str, unit: int) -> int:
    """Return a decimal number times a whole one, rounded, without a float's loss."""
    whole, _, decimals = number.replace(",", ".").partition(".")
    scale = int("1" + "0" * len(decimals))
    return (int(whole + decimals) * unit + scale // 2) // scale


def span_text(span: Span) -> str:
    """Return a span as it could be typed, as exact as a thousandth of it; times before the beginning as 0."""
    digits = 0
    while digits < 9 and 10 ** (9 - digits) > max(1, span.length // 1_000):
        digits += 1
    start, end = (_typed_seconds(max(0, ns), digits) for ns in (span.start, span.end))
    return f"{start}..{end}"


def _typed_seconds(ns: int, digits: int) -> str:
    unit = 10 ** (9 - digits)
    ns = (ns + unit // 2) // unit * unit
    whole, rest = divmod(ns, 10**9)
    tail = f".{rest:09}"[: digits + 1].rstrip("0").rstrip(".") if digits else ""
    return f"{whole}{tail}s"
