"""Waiting for something to become true in another process, which cannot ring a bell of ours."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Seconds between two looks, or as long as the last one took: the window that is looked at has to answer, and gets on with
# nothing else meanwhile. And the deadline: a busy machine may need many seconds to show a window.
BETWEEN_LOOKS = 0.05
PATIENCE = 40.0


def until(look: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Return the first true answer of ``look``; what it raises as LookupError counts as not yet.

    Raises:
        AssertionError: the deadline passed; it says what was waited for and what was seen last.
    """
    deadline = time.monotonic() + patience
    while True:
        started = time.monotonic()
        try:
            seen: object = look()
            if seen:
                return seen  # type: ignore[return-value]
        except LookupError as error:
            seen = error
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:g} s for {what}; seen last: {seen}")
        time.sleep(max(BETWEEN_LOOKS, time.monotonic() - started))
