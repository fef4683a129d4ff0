"""The arrows of requests from lane to lane: where each is, and what is at a place. No Qt."""

from collections.abc import Callable, Collection, Iterable, Sequence

from app.session.requests import Request
from app.ui.display_text import visible
from app.ui.timeline.shapes import Geometry, Link

MOST_DRAWN = 1_000  # arrows of one picture
_MOST_TOLD = 6  # requests of one tooltip
_LONGEST = 300  # characters of a line of it
_REACH = 4  # units around an arrow that belong to it


def links_of(
    requests: Iterable[Request],
    rows: Sequence[int],
    above: Collection[int],
    below: Collection[int],
    geometry: Geometry,
    column: Callable[[int], int],
) -> list[Link]:
    """Return the arrows that are seen, at most ``MOST_DRAWN``, the latest requests'.

    An arrow from or to a lane that is scrolled out begins or ends at the edge; of two such lanes there is none. That of a
    thread whose lane is not shown at all begins where it ends.

    Args:
        requests: in the order of their instants.
        rows: the runs of the lanes on the screen, from the top.
        above: the runs of the lanes that are scrolled out at the top.
        below: those at the bottom.
        geometry: where lanes are.
        column: from an instant to its column.
    """
    g = geometry
    middle = sum(g.tick_rows) // 2
    heights = {run: g.top(place) + middle for place, run in enumerate(rows)}
    found: list[Link] = []
    for request in requests:
        here, there = heights.get(request.by or 0), heights.get(request.run)
        if here is None and there is None:
            continue
        x = column(request.instant)
        tip = x if request.noticed is None else column(request.noticed)
        if x >= g.plot or tip < 0:
            continue
        start, end = here, there
        if end is None:
            end = g.axis if request.run in above else g.height if request.run in below else None
        if end is None:
            continue
        if start is None:
            start = g.axis if request.by in above else g.height if request.by in below else end
        found.append(Link(request, x, start, tip, end, here is not None))
    return found[-MOST_DRAWN:]


def links_at(links: Iterable[Link], x: int, y: int, unit: int) -> list[Link]:
    """Return the arrows at a place of the plot, the nearest first; of several there, the one whose head is nearest."""
    reach = _REACH * unit
    near = [(distance, link) for link in links if (distance := _distance(link, x, y)) <= reach]
    return [link for _, link in sorted(near, key=lambda each: (each[0], abs(each[1].tip_y - y)))]


def _distance(link: Link, x: int, y: int) -> int:
    """Return how far a place is from an arrow, in columns or rows."""
    low, high = sorted((link.y, link.tip_y))
    upright = max(abs(x - link.x), low - y, y - high, 0)
    across = max(abs(y - link.tip_y), link.x - x, x - link.tip, 0)
    return min(upright, across)


def tip_text(links: Sequence[Link], name_of: Callable[[int], str]) -> str:
    """Return what a tooltip says of the arrows at a place, a line each.

    Args:
        links: they.
        name_of: from a run to what it is called.
    """
    told = [
        f"{name_of(link.request.run)}: {link.request.asked_words}, {link.request.noticed_words}"
        for link in links[:_MOST_TOLD]
    ]
    more = len(links) - _MOST_TOLD
    told = [visible(line, _LONGEST) for line in told]
    return "\n".join([*told, *([f"… and {more:,} more requests here"] if more > 0 else [])])
