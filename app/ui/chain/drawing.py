"""The bar of a stop chain as an SVG text; no Qt.

Why SVG: it is drawn by one call. Painting it piece by piece would be some sixty, each of which gives the interpreter away
and, beside busy threads, waits for it again.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.core.latency import duration
from app.ui.chain.logic import Box, Segment, boxes, place_of

LEAST = 22.0  # pixels of the narrowest part: its number can be read
_BAR = 26.0  # pixels of the bar's height
_BAND = 14.0  # of the row below it, with the predicted band
_SWATCH = 18.0
_STEP = 6  # pixels between two lines of a pattern
_GAP = 4.0
WIDER = "* too short to see to scale: drawn wider"

# The theme's colour of each part, and its pattern: the window's two are blue, and no two neighbours look alike without
# colour. What covers several parts, because an instant between them is not known, has a colour and a pattern of its own.
COLOURS = ("starting", "stopping", "running", "ended", "starting")
COLOUR_OF_SEVERAL = "stuck"
_PATTERNS = ("/", "", "|", "-", "\\")
_PATTERN_OF_SEVERAL = "x"


@dataclass(frozen=True, slots=True)
class Look:
    """What the bar is drawn with.

    Attributes:
        colours: by the theme's word, ``#rrggbb``.
        ink: of texts and lines.
        ground: behind all of it.
        family: the font's.
        pixels: the font's size.
        line: pixels of a line of text.
        width_of: from a text to its width in pixels.
    """

    colours: dict[str, str]
    ink: str
    ground: str
    family: str
    pixels: int
    line: float
    width_of: Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Picture:
    """What the bar shows.

    Attributes:
        parts: what it consists of, in their order.
        band: from which instant to which the run was predicted to notice; None if that is not known.
        noticed: when it did; None if it did not.
    """

    parts: tuple[Segment, ...] = ()
    band: tuple[int, int] | None = None
    noticed: int | None = None


def height_of(picture: Picture, line: float) -> float:
    """Return the pixels of height that a picture needs, with lines of text of so many pixels; 0 for an empty one."""
    if not picture.parts:
        return 0.0
    band = _BAND + line if picture.band is not None else 0.0
    return line + _GAP + _BAR + band + _GAP + (len(picture.parts) + 1) * line  # and one for what the star means


def legend(box: Box) -> str:
    """Return the line of a part: its number, its name and its length, with a star if it is drawn wider than to scale."""
    part = box.segment
    return f"{part.numbers}  {part.name}  {duration(part.ns)}{' *' if box.widened else ''}"


def svg_of(picture: Picture, width: float, look: Look) -> str:
    """Return the picture as an SVG of this width in pixels and of the height ``height_of`` says."""
    row = boxes(picture.parts, width, LEAST)
    height = height_of(picture, look.line)
    top = look.line + _GAP
    pieces = [*_owners(row, look), *(_box(box, top, look) for box in row)]
    below = top + _BAR
    if picture.band is not None:
        pieces.append(_band(picture, row, width, below, look))
        below += _BAND + look.line
    below += _GAP
    for place, box in enumerate(row):
        y = below + place * look.line
        pieces.append(_filled(box.segment, 0, y + 2, _SWATCH, look.line - 4, look))
        pieces.append(_text(legend(box), _SWATCH + 6, y, look))
    if any(box.widened for box in row):
        pieces.append(_text(WIDER, _SWATCH + 6, below + len(row) * look.line, look))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.1f}" height="{height:.1f}" '
        f'viewBox="0 0 {width:.1f} {height:.1f}">{"".join(pieces)}</svg>'
    )


def _owners(row: Sequence[Box], look: Look) -> list[str]:
    """Return, above the bar, whose each stretch of it is: the window's or the thread's."""
    pieces = []
    for whose, group in groupby(row, key=lambda box: box.segment.whose):
        mine = list(group)
        left, right = mine[0].left + 1, mine[-1].left + mine[-1].width - 1
        # A word that has no room is left out: the table says it.
        if look.width_of(whose) <= right - left:
            pieces.append(_text(whose, (left + right) / 2, 0, look, middle=True))
        pieces.append(_path(f"M{left:.1f} {look.line + 1:.1f}H{right:.1f}", look.ink))
    return pieces


def _box(box: Box, top: float, look: Look) -> str:
    part = box.segment
    texts = (f"{part.numbers}: {duration(part.ns)}", part.numbers)
    label = next((text for text in texts if look.width_of(text) + 8 <= box.width), "")
    filled = _filled(part, box.left, top, box.width, _BAR, look)
    if not label:
        return filled
    # A plain ground behind the label, so that it can be read on the pattern.
    wide, middle = look.width_of(label) + 4, box.left + box.width / 2
    y = top + (_BAR - look.line) / 2
    ground = f'<rect x="{middle - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{look.line:.1f}"'
    return f'{filled}{ground} fill="{_colour(part, look)}"/>{_text(label, middle, y, look, look.ground, middle=True)}'


def _colour(part: Segment, look: Look) -> str:
    several = part.first != part.last or part.is_open
    return look.colours[COLOUR_OF_SEVERAL if several else COLOURS[part.first]]


def _filled(part: Segment, x: float, y: float, width: float, height: float, look: Look) -> str:
    """Return a rectangle in a part's colour and pattern."""
    pattern = _PATTERN_OF_SEVERAL if part.first != part.last or part.is_open else _PATTERNS[part.first]
    rectangle = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{_colour(part, look)}" stroke="{look.ground}" stroke-width="1"/>'
    )
    lines = _lines(pattern, x, y, width, height)
    return rectangle + (_path(lines, look.ground, 'stroke-opacity="0.6"') if lines else "")


def _lines(pattern: str, x: float, y: float, width: float, height: float) -> str:
    """Return the path of a pattern's lines, cut off at the rectangle."""
    made = []
    if pattern == "|":
        made = [f"M{x + at:.1f} {y:.1f}v{height:.1f}" for at in range(_STEP // 2, int(width), _STEP)]
    elif pattern == "-":
        made = [f"M{x:.1f} {y + at:.1f}h{width:.1f}" for at in range(_STEP // 2, int(height), _STEP)]
    elif pattern:
        for at in range(_STEP, int(width + height), _STEP):
            # One that rises, or falls, at 45 degrees: where it enters the rectangle and where it leaves.
            x1, y1 = max(0.0, at - height), min(float(at), height)
            x2, y2 = min(float(at), width), max(0.0, at - width)
            if pattern in "/x":
                made.append(f"M{x + x1:.1f} {y + y1:.1f}L{x + x2:.1f} {y + y2:.1f}")
            if pattern in "\\x":
                made.append(f"M{x + x1:.1f} {y + height - y1:.1f}L{x + x2:.1f} {y + height - y2:.1f}")
    return "".join(made)


def _band(picture: Picture, row: Sequence[Box], width: float, top: float, look: Look) -> str:
    """Return, below the bar, within what the run was to notice, and the place where it did."""
    if picture.band is None or not row:
        return ""
    since, until = picture.band
    left, right = place_of(since, row), min(place_of(until, row), width - 1)
    goes_on = until > row[-1].segment.until
    y = top + _BAND / 2
    end = "m-5 -4l5 4l-5 4" if goes_on else "m0 -4v8"
    path = _path(f"M{left:.1f} {y - 4:.1f}v8m0 -4H{right:.1f}{end}", look.ink, 'stroke-width="2"')
    words = f"predicted: within {duration(until - since)}" + (", beyond this end" if goes_on else "")
    if picture.noticed is not None:
        at = min(max(place_of(picture.noticed, row), 5), width - 5)
        path += f'<path d="M{at:.1f} {top + 1:.1f}l5 9h-10z" fill="{look.ink}"/>'
        words += "; ▲ noticed"
    return path + _text(words, 0, top + _BAND, look)


def _path(lines: str, ink: str, more: str = "") -> str:
    return f'<path d="{lines}" fill="none" stroke="{ink}" {more}/>'


def _text(text: str, x: float, y: float, look: Look, ink: str | None = None, *, middle: bool = False) -> str:
    """Return a text whose line begins at this height, from ``x`` on or about it."""
    base = y + look.line * 0.78
    anchor = ' text-anchor="middle"' if middle else ""
    return (
        f'<text x="{x:.1f}" y="{base:.1f}" font-family="{html.escape(look.family)}" font-size="{look.pixels}" '
        f'fill="{ink or look.ink}"{anchor} xml:space="preserve">{html.escape(text)}</text>'
    )
