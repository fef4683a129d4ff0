"""The axis: marks at round instants, and how they read; no Qt."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.ui.timeline.scale import Span

_SECOND = 10**9
_MINUTE = 60 * _SECOND
# Round steps in ns: 1, 2, 5 times a power of ten up to ten seconds, then what clocks have, then days.
_STEPS: tuple[int, ...] = (
    *(digit * 10**power for power in range(10) for digit in (1, 2, 5)),
    *(count * _SECOND for count in (10, 15, 30)),
    *(count * _MINUTE for count in (1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440)),
)
_DAY = 1_440 * _MINUTE


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
    marks = tuple(
        (span.x(ns, width), _offset(ns - base, step) if fine else clock(ns, step)) for ns in _marks(span, step)
    )
    return Axis(marks, f"{clock(base, 1_000_000)} +" if fine else "")


def _marks(span: Span, step: int) -> Iterator[int]:
    yield from range(-(-span.start // step) * step, span.end, step)


def _offset(ns: int, step: int) -> str:
    """Return an offset within milliseconds: in µs, or in ns where the marks are finer."""
    return f"{ns // 1_000:,} µs" if step >= 1_000 else f"{ns:,} ns"


def clock(ns: int, step: int) -> str:
    """Return a time in the sitting with as many decimals as a step (ns) needs: ``12.5 s``, ``1:02.5``, ``1:00:02``."""
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
    """Return a time in the sitting as exact as a pixel of ``resolution`` ns can show, to the millisecond at least."""
    step = 10 ** max(0, min(6, len(str(max(1, resolution))) - 1))
    return clock(ns - ns % step, step)
