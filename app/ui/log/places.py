"""Where to go in the log: what a person types for a line number or a time; no Qt."""

import re
from datetime import datetime, timedelta

from app.core.errors import BadInput, quoted
from app.ui.log.shown import Shown

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d+)?)\s*s?", re.ASCII)
_DAY_NS = 24 * 3600 * 10**9


def parse_line(text: str, end: int) -> int:
    """Return the line number in a text; thousands may be parted by commas, blanks or apostrophes.

    Raises:
        BadInput: it is none, or there is no such line.
    """
    digits = re.sub(r"[\s,.'’_]", "", text)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise BadInput(f"{quoted(text)} is no line number; write one from 0 to {max(0, end - 1):,}.", "line")
    line = int(digits)
    if line >= end:
        last = f"the last is {end - 1:,}" if end else "the log is empty"
        raise BadInput(f"There is no line {line:,} yet; {last}.", "line")
    return line


def check_shown(line: int, shown: Shown) -> None:
    """Raise BadInput if a line is not among those that are shown."""
    place = shown.place(line)
    after = shown.lines(place, 1)
    if after == [line]:
        return
    around = [*shown.lines(place - 1, 1)] if place else []
    near = " and ".join(f"{other:,}" for other in (*around, *after))
    rest = f"the nearest that are shown: {near}" if near else "no line is"
    raise BadInput(f"Line {line:,} is not shown now; {rest}.", "line")


def parse_time(text: str) -> int:
    """Return a time in the sitting, in nanoseconds: ``12.5``, ``1:02.5`` or ``1:00:02.5``.

    Raises:
        BadInput: it is none.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"{quoted(text)} is no time in the sitting; write seconds, m:ss or h:mm:ss.", "time")
    hours, minutes, seconds = found.groups()
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60
    ns = round((whole + float(seconds.replace(",", "."))) * 1e9)
    if ns >= 2**62:
        raise BadInput(f"{quoted(text)} is later than any sitting.", "time")
    return ns


def parse_wall_clock(text: str, started_ns: int) -> int:
    """Return the time in the sitting, in nanoseconds, of a local time of day: ``14:03`` or ``14:03:22.5``.

    A time before the sitting began is taken for the day after.

    Args:
        text: what was typed.
        started_ns: the beginning of the sitting in nanoseconds of the Unix epoch.

    Raises:
        BadInput: it is none.
    """
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?", text.strip(), re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59 or float((found[3] or "0").replace(",", ".")) >= 60:
        raise BadInput(f"{quoted(text)} is no time of day; write hh:mm or hh:mm:ss.", "wall clock")
    started = datetime.fromtimestamp(started_ns / 1e9)
    midnight = started.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = float((found[3] or "0").replace(",", "."))
    then = midnight + timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=seconds)
    ns = round((then.timestamp() - started_ns / 1e9) * 1e9)
    # Typed to the second, the time of the beginning is a little before it.
    return max(0, ns) if ns > -60 * 10**9 else ns + _DAY_NS
