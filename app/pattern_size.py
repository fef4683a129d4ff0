"""How large a regular expression becomes: the regex package writes out what a count repeats when it compiles.

The text of the pattern is scanned once, without compiling anything. The scan counts too many parts rather than too few:
where the structure of a pattern is not plain to see, each of its counts is taken to repeat the whole pattern.
"""

import re

from app.core.errors import BadInput, quoted

# A part that is written out takes about 300 bytes, and no time-out ends a compilation.
MOST_PARTS = 20_000
_MANY = 10**9  # stands for any count of more digits

# One thing of a pattern: an escape, a set, a comment, a count, or any other character.
_THING = re.compile(
    r"\\.|\[\^?+\]?+(?:\\.|[^\]\\])*+\]?+|\(\?#[^)]*+\)?+|\{\s*+(?P<least>\d*+)\s*+(?:,\s*+\d*+\s*+)?\}|.", re.DOTALL
)
# With these flags comments begin with "#" and sets nest: where a group begins and ends is not plain to see.
_UNCLEAR_FLAGS = re.compile(r"\(\?[a-zA-Z0-9]*[xV]")
_COUNT = re.compile(r"\{\s*+(\d++)")


def check_pattern_size(pattern: str) -> None:
    """Raise BadInput if the counted repeats of a regular expression come to too much; before it is compiled, any thread.

    Nested counts multiply. What is no regular expression at all is left to the engine to refuse.
    """
    parts = _parts(pattern)
    if parts > MOST_PARTS + len(pattern):
        count = f"{parts:,}" if parts < _MANY else "thousands of millions of"
        raise BadInput(
            f"{quoted(pattern)} is too large: its counted repeats come to {count} parts, "
            f"and {MOST_PARTS:,} are the most; write smaller counts."
        )


def _parts(pattern: str) -> int:
    """Return how many parts a pattern has when its least counts are written out; rather too many than too few."""
    if _UNCLEAR_FLAGS.search(pattern):
        return _most_parts(pattern)
    whole, last = 0, 0  # parts of the group that is open, and those that a count behind them repeats
    outer: list[int] = []
    for thing in _THING.finditer(pattern):
        text = thing[0]
        if (text[0] == "[" and "[" in text[1:]) or (text.startswith("(?#") and "\\" in text):
            # For the regex package "[[:alpha:](]" is one set, and "\)" does not end a comment; for re both end earlier.
            return _most_parts(pattern)
        if text == "(":
            outer.append(whole)
            whole = last = 0
        elif text == ")":
            # One that closes nothing is taken to close all that came before it.
            last = whole + 1
            whole = last + (outer.pop() if outer else 0)
        elif thing["least"] is not None:
            whole += last * (_count(thing["least"]) - 1)
            last *= _count(thing["least"])
        elif text not in "*+?":
            last = len(text)
            whole += last
        if whole > _MANY:
            break  # before the numbers themselves grow large
    return whole + sum(outer)


def _most_parts(pattern: str) -> int:
    """Return how many parts a pattern has at most, wherever its groups end: as if each count repeated all of it."""
    parts = len(pattern)
    for digits in _COUNT.findall(pattern):
        parts = min(parts * _count(digits), _MANY)
    return parts


def _count(digits: str) -> int:
    return max(1, int(digits or 1)) if len(digits) < 10 else _MANY
