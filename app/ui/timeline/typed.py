"""The span that a person types: ``1.2s..3.4s``, ``500ms``; no Qt."""

import re

from app.core.errors import BadInput, quoted
from app.ui.timeline.scale import LONGEST, SHORTEST, Span, span_of

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
_RIGHT = "write a stretch such as 1.2s..3.4s, or a length such as 500ms."


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
        raise BadInput(f"The span has {len(text):,} characters; {_RIGHT}", "span")
    first, dots, second = text.strip().partition("..")
    if not dots:
        length = _ns(first)
        if not SHORTEST <= length <= LONGEST:
            raise BadInput(f"{quoted(text)} cannot be shown: a span has from 1 µs to nine years.", "span")
        return span_of((now.start + now.end - length) // 2, length)
    start, end = _ns(first), _ns(second)
    if start >= end:
        raise BadInput(f"{quoted(text)} ends before it begins; {_RIGHT}", "span")
    if not SHORTEST <= end - start <= LONGEST or end > LONGEST:
        raise BadInput(f"{quoted(text)} cannot be shown: a span has from 1 µs to nine years.", "span")
    return Span(start, end)


def _ns(text: str) -> int:
    text = text.strip()
    if found := _LENGTH.fullmatch(text):
        return _times(found[1], _UNITS[found[2] or "s"])
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = found.groups()
        return (int(hours or 0) * 60 + int(minutes)) * _UNITS["min"] + _times(seconds, _UNITS["s"])
    what = quoted(text) if text else "It"
    raise BadInput(f"{what} is no time; {_RIGHT}", "span")


def _times(number: str, unit: int) -> int:
    """Return a decimal number times a whole one, rounded, without a float's loss."""
    whole, _, decimals = number.replace(",", ".").partition(".")
    scale = int("1" + "0" * len(decimals))
    return (int(whole + decimals) * unit + scale // 2) // scale


def span_text(span: Span) -> str:
    """Return a span as it could be typed, as exact as a thousandth of it; times before the beginning as 0."""
    digits = 0
    while digits < 9 and 10 ** (9 - digits) > max(1, span.length // 1_000):
        digits += 1
    start, end = (_seconds(max(0, ns), digits) for ns in (span.start, span.end))
    return f"{start}..{end}"


def _seconds(ns: int, digits: int) -> str:
    unit = 10 ** (9 - digits)
    ns = (ns + unit // 2) // unit * unit
    whole, rest = divmod(ns, 10**9)
    tail = f".{rest:09}"[: digits + 1].rstrip("0").rstrip(".") if digits else ""
    return f"{whole}{tail}s"
