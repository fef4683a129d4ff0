"""Level of detail: what of a lane there is in each column of pixels. Pure functions, no Qt."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.ui.timeline.lane import Bar, Phase
from app.ui.timeline.presence import Instants
from app.ui.timeline.scale import Span
from app.ui.timeline.ticks import Ticks

Columns = npt.NDArray[np.bool_]


class PixelBar(NamedTuple):
    """A bar in columns of pixels, from ``left`` to before ``right``."""

    left: int
    right: int
    phase: Phase


def edges_of(span: Span, width: int) -> Instants:
    """Return the first instant of each of ``width`` columns, and of the one after the last.

    By whole numbers, and without a product of a long time and a wide picture, which would not fit into 64 bits.
    """
    whole, rest = divmod(span.length, width)
    columns = np.arange(width + 1, dtype=np.int64)
    edges: Instants = span.start + columns * whole - (-columns * rest // width)
    return edges


def ticked(ticks: Ticks, edges: Instants) -> Columns:
    """Return for each column whether a line is in it."""
    if not len(ticks) or edges[0] > ticks.latest or edges[-1] <= ticks.presence.start:
        return np.zeros(len(edges) - 1, np.bool_)
    found: Columns = ticks.counts(edges) != 0
    return found


def pausing(ticks: Ticks, edges: Instants, pause: int) -> Columns:
    """Return for each column whether its first instant is in the pause before the next line that is known.

    A loop is line, work, pause: of a run whose work takes time too, the last ``pause`` ns before a line are its pause.
    """
    instants = ticks.instants
    at = edges[:-1]
    if not len(instants):
        return np.zeros(len(at), np.bool_)
    places = np.searchsorted(instants, at)
    following = instants[np.minimum(places, len(instants) - 1)]
    found: Columns = (places < len(instants)) & (following - at <= pause) & (at >= ticks.exact_from)
    return found


def pixel_bars(bars: Sequence[Bar], span: Span, width: int) -> list[PixelBar]:
    """Return the bars that are within a span, each at least a column wide; later ones lie over earlier ones."""
    found = []
    for start, end, phase in bars:
        if start >= span.end or end <= span.start:
            continue
        left = max(0, span.x(start, width))
        right = min(width, max(left + 1, span.x(end, width)))
        if left < width:
            found.append(PixelBar(left, right, phase))
    return found
