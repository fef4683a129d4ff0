"""A colour scale, and the ink that can be read on each of its colours; no Qt."""

from collections.abc import Sequence


def on_scale(stops: Sequence[str], share: float) -> str:
    """Return the colour at a share (0 to 1) of a scale, as ``#rrggbb``; its stops stand at equal distances."""
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    below = min(int(place), len(stops) - 2)
    parts = zip(_parts(stops[below]), _parts(stops[below + 1]), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * (place - below)):02x}" for low, high in parts)


def ink_on(ground: str) -> str:
    """Return black or white, whichever can be read better: one of the two always has 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, ground))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in _parts(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
