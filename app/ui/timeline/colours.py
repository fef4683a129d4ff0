"""Colours as figures: ``#rrggbb`` and pixels; no Qt."""


def pixel(colour: str) -> int:
    """Return a colour (``#rrggbb``) as a pixel of QImage's ``Format_RGB32``."""
    return 0xFF000000 | int(colour[1:], 16)


def mixed(one: str, other: str, share: float) -> str:
    """Return a colour that has ``share`` of the second and the rest of the first."""
    parts = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)
