"""The chart of a race: a dot a run, a row a worker, as plain figures; the template only draws them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.latency import duration
from app.session.reports.scale import Scale
from app.session.reports.words import cut, one_line

WIDTH = 1_000.0
_LEFT, _RIGHT, _NEVER = 190.0, 900.0, 950.0
_TOP, _ROW = 40.0, 46.0
_MOST_WORKERS, _MOST_DOTS = 20, 1_000  # that are drawn
_MOST_MS = 1e9
_LEVELS = (
    0,
    4,
    -4,
    8,
    -8,
    12,
    -12,
    2,
    -2,
    6,
    -6,
    10,
    -10,
)  # dots beside each other, so that they do not hide each other


@dataclass(frozen=True, slots=True)
class Dot:
    """One run: where it stands, whether it never noticed, and its words."""

    x: float
    y: float
    never: bool
    words: str


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One worker: its label, the middle of its row, the width of the predicted band (0 for none), and its runs."""

    label: str
    y: float
    band: float
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class RaceChart:
    """All of it, in units of the drawing."""

    height: float
    rows: tuple[ChartRow, ...]
    ticks: tuple[tuple[float, str], ...]
    width: float = WIDTH
    left: float = _LEFT
    never: float = _NEVER
    row: float = _ROW


def race_chart(result: object) -> RaceChart | None:
    """Return the chart of what a session keeps of a race; None if there is nothing to draw: a file may hold anything."""
    listed = result.get("workers") if isinstance(result, Mapping) else None
    workers = [each for each in listed[:_MOST_WORKERS] if isinstance(each, Mapping)] if isinstance(listed, list) else []
    runs = [list(_latencies(each)) for each in workers]
    known = [ms for each in runs for ms in each if ms is not None]
    if not any(runs):
        return None
    bands = [_milliseconds(each.get("predicted_ms")) or 0.0 for each in workers]
    scale = Scale(0, max(1_000, math.ceil(max([*known, *bands], default=1.0) * 1e6)), _LEFT, _RIGHT)
    rows = tuple(
        ChartRow(_name(worker), _middle(place), round(scale.x(band * 1e6) - _LEFT, 2), tuple(_dots(each, place, scale)))
        for place, (worker, each, band) in enumerate(zip(workers, runs, bands, strict=True))
    )
    ticks = tuple((scale.x(at), duration(at) if at else "0") for at in scale.ticks())
    return RaceChart(_TOP + len(rows) * _ROW + 24, rows, ticks)


def _middle(place: int) -> float:
    return _TOP + (place + 0.5) * _ROW


def _name(worker: Mapping[str, Any]) -> str:
    table = worker.get("worker")
    return cut(one_line(str(table.get("name", "?"))), 26) if isinstance(table, Mapping) else "?"


def _latencies(worker: Mapping[str, Any]) -> Iterator[float | None]:
    """Yield the latency of each run in ms; None for one that never noticed."""
    listed = worker.get("latencies_ms")
    for value in listed[:_MOST_DOTS] if isinstance(listed, list) else ():
        if value is None or (ms := _milliseconds(value)) is not None:
            yield None if value is None else ms


def _milliseconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _MOST_MS else None


def _dots(latencies: list[float | None], place: int, scale: Scale) -> Iterator[Dot]:
    for number, ms in enumerate(latencies):
        y = _middle(place) + _LEVELS[number % len(_LEVELS)]
        if ms is None:
            yield Dot(_NEVER, y, True, f"round {number + 1}: never noticed")
        else:
            yield Dot(scale.x(ms * 1e6), y, False, f"round {number + 1}: {duration(ms * 1e6)}")
