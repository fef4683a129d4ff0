"""What experiments are told, checked before anything is started: one sentence about what is wrong."""

import math
import secrets

from app.core.errors import BadInput, quoted

from .limits import LONGEST_DEADLINE, MOST_SEED, SHORTEST_DEADLINE


def check_whole(field: str, value: object, least: int, most: int) -> int:
    """Return a whole number from ``least`` to ``most``, or raise BadInput."""
    right = f"write a whole number from {least:,} to {most:,}."
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadInput(f"{field}: {quoted(value)} is not a whole number; {right}", field)
    if not least <= value <= most:
        raise BadInput(f"{field}: {quoted(value)} is out of range; {right}", field)
    return value


def check_deadline(value: object) -> float:
    """Return a deadline in seconds, or raise BadInput."""
    right = f"write seconds from {SHORTEST_DEADLINE:g} to {LONGEST_DEADLINE:,.0f}."
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise BadInput(f"deadline: {quoted(value)} is not a number; {right}", "deadline")
    if not SHORTEST_DEADLINE <= value <= LONGEST_DEADLINE:
        raise BadInput(f"deadline: {quoted(value)} is out of range; {right}", "deadline")
    return float(value)


def check_seed(value: int | None) -> int:
    """Return a seed, a new one of six digits if None is given (short enough to be typed again), or raise BadInput."""
    if value is None:
        return 100_000 + secrets.randbelow(900_000)
    return check_whole("seed", value, 0, MOST_SEED)
