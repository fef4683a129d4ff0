"""Two sources side by side: which lines differ, and where the checkpoint is; no Qt."""

import difflib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Side:
    """One of two sources, with empty lines put in so that what is the same stands beside each other.

    Attributes:
        lines: as they are shown.
        differing: the indices of the lines that the other side has not.
        fillers: the indices of the lines that were put in.
    """

    lines: tuple[str, ...]
    differing: frozenset[int]
    fillers: frozenset[int]

    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)

    def shown_at(self, line: int) -> int:
        """Return the index at which a line of the source (from 0) is shown."""
        real = [index for index in range(len(self.lines)) if index not in self.fillers]
        return real[line]


def side_by_side(left: str, right: str) -> tuple[Side, Side]:
    """Return two sources with what is the same in the same lines."""
    ours, theirs = left.splitlines(), right.splitlines()
    sides: tuple[list[str], list[str]] = ([], [])
    differing: tuple[set[int], set[int]] = (set(), set())
    fillers: tuple[set[int], set[int]] = (set(), set())
    blocks = difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    for word, *bounds in blocks:
        parts = (ours[bounds[0] : bounds[1]], theirs[bounds[2] : bounds[3]])
        height = max(map(len, parts))
        for lines, marked, filled, part in zip(sides, differing, fillers, parts, strict=True):
            start = len(lines)
            lines.extend(part + [""] * (height - len(part)))
            if word != "equal":
                marked.update(range(start, start + len(part)))
            filled.update(range(start + len(part), start + height))
    return (
        Side(tuple(sides[0]), frozenset(differing[0]), frozenset(fillers[0])),
        Side(tuple(sides[1]), frozenset(differing[1]), frozenset(fillers[1])),
    )


def checkpoint_line(source: str, checkpoint: str) -> int | None:
    """Return the line (from 0) at which the request is noticed; None if it is not found.

    Args:
        source: a strategy's file.
        checkpoint: the line as its ``About`` has it, without indentation.
    """
    return next((number for number, line in enumerate(source.splitlines()) if line.strip() == checkpoint), None)


def differences_text(left: Side, right: Side) -> str:
    """Return in words how much two sources differ."""
    if not left.differing and not right.differing:
        return "The two are the same."
    ours, theirs = len(left.differing), len(right.differing)
    return f"Marked lines are not in the other one: {ours:,} on the left, {theirs:,} on the right."
