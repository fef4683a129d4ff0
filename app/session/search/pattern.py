r"""A regular expression for one line, turned into one that finds the same in many lines that are searched at once.

Searching each line by itself costs a call a line, several times what the search takes. In a string of many lines with a
line break between two, a pattern may find what a line alone does not have: ``\s`` and ``[^x]`` match the line break,
``\A`` is at the string's beginning only. So the pattern is parsed, and everything in it that could match a line break is
replaced by what is equal but cannot; anchors of the whole string become those of a line. What the engine then does from
any place of a line is, step by step, what it does in the line alone: it cannot leave the line.

The parser and the compiler of ``re`` are private, so they are used with care: where anything is not as expected, there is
no such pattern, and the lines are searched one by one.
"""

import importlib
import re
import warnings
from typing import Any, NamedTuple

_BREAK = 10
# What ``\s`` matches, without the line break.
_ASCII_SPACES = tuple(map(ord, "\t\v\f\r "))
_SPACES = (
    *_ASCII_SPACES,
    *range(0x1C, 0x20),
    0x85,
    0xA0,
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
)
_TYPES = re.ASCII | re.LOCALE | re.UNICODE

# Letters beyond ASCII that match one of ASCII where case does not count, by that letter.
ALIKE = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}


class _NotForLines(Exception):  # noqa: N818 - says that there is another way, not that something is wrong
    """This pattern has something in it of which we do not know that it stays within a line."""


class LinesPattern(NamedTuple):
    """A pattern for a string of many lines.

    Attributes:
        pattern: matches from the first hit in a line to the line's end, in every line that is a hit.
        needle: what is in every hit, as UTF-8; where these bytes are not, no hit is. It may be empty.
        is_plain: whether a line that has the needle is a hit, whatever else is in it.
    """

    pattern: re.Pattern[str]
    needle: bytes
    is_plain: bool


def for_lines(pattern: re.Pattern[str], *, lowered: bool = False) -> LinesPattern | None:
    """Return what finds the same in a string of many lines; None if there is no such pattern, or none is known.

    Args:
        pattern: any pattern.
        lowered: whether the string's ASCII letters will all be small ones, and none of ``ALIKE`` is in it. Then letters
            can be compared as they are, which the engine does several times faster. None if the pattern asks for case.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is only doubtful
            return _Rewriter(lowered).whole(pattern)
    except (_NotForLines, re.error, ImportError, AttributeError, TypeError, ValueError, LookupError, RuntimeError):
        # The engine's private parts are not as we know them, or the pattern is too deeply nested for us.
        return None


class _Rewriter:
    """Goes through a parsed pattern once; ``flags`` are those that hold at the place."""

    def __init__(self, lowered: bool) -> None:
        self._lowered = lowered
        self._parser: Any = importlib.import_module("re._parser")
        self._compiler: Any = importlib.import_module("re._compiler")
        self._code: Any = importlib.import_module("re._constants")
        self._state = self._parser.State()

    def whole(self, pattern: re.Pattern[str]) -> LinesPattern:
        """Return the pattern for lines."""
        flags = pattern.flags
        if self._lowered and not flags & re.IGNORECASE:
            raise _NotForLines
        items = self._items(self._parser.parse(pattern.pattern, flags), flags)
        # The letters are compared as they are; what still has to ignore case says so itself.
        flags = flags & ~re.IGNORECASE if self._lowered else flags
        needle = "" if flags & re.IGNORECASE else self._needle(items)
        is_plain = bool(needle) and len(needle) == len(items)
        rest_of_line = self._sub([(self._code.ANY, None)])
        items.append((self._code.MAX_REPEAT, (0, self._code.MAXREPEAT, rest_of_line)))
        flags = (flags | re.MULTILINE) & ~(re.DOTALL | re.DEBUG)
        self._state.flags = flags
        compiled = self._compiler.compile(self._sub(items), flags)
        return LinesPattern(compiled, needle.encode("utf-8", "surrogatepass"), is_plain)

    def _needle(self, items: list[Any]) -> str:
        """Return the longest text that a match must have, of those that are plain to see."""
        runs = [""]
        for node, value in items:
            if node is self._code.LITERAL:
                runs[-1] += chr(value)
            else:
                runs.append("")
        return max(runs, key=len)

    def _sub(self, items: list[Any]) -> Any:
        return self._parser.SubPattern(self._state, items)

    def _items(self, tree: Any, flags: int) -> list[Any]:
        return [item for node, value in tree for item in self._node(node, value, flags)]

    def _inner(self, tree: Any, flags: int) -> Any:
        return self._sub(self._items(tree, flags))

    def _node(self, node: Any, value: Any, flags: int) -> list[Any]:  # noqa: PLR0911 - a table of cases
        """Return what one node of the tree becomes."""
        code = self._code
        if node in (code.LITERAL, code.NOT_LITERAL, code.IN):
            return self._character(node, value, flags)
        if node in (code.ANY, code.FAILURE):
            return [(node, value)]  # without DOTALL, any character but a line break
        if node is code.AT:
            return [(node, self._place(value))]
        if node is code.BRANCH:
            return [(node, (None, [self._inner(branch, flags) for branch in value[1]]))]
        if node in (code.MAX_REPEAT, code.MIN_REPEAT):
            least, most, repeated = value
            return [(node, (least, most, self._inner(repeated, flags)))]
        if node in (code.ASSERT, code.ASSERT_NOT):
            direction, asserted = value
            return [(node, (direction, self._inner(asserted, flags)))]
        if node is code.SUBPATTERN:
            return [(node, self._group(value, flags))]
        # References to groups, conditions, atomic groups: the engine has had faults there that depend on what it tried
        # before, and before the end of a line it tries other things than before the end of a string.
        raise _NotForLines

    def _group(self, value: Any, flags: int) -> Any:
        """Return a group that is not counted: without references nobody asks what it matched."""
        _number, added, removed, grouped = value
        if (self._lowered and removed & re.IGNORECASE) or added & _TYPES:
            # (?a:\W) at the beginning does not match what (?a)\W does: a fault that must not be lost on the way.
            raise _NotForLines
        inside = self._inner(grouped, (flags | added) & ~removed)
        added &= ~(re.DOTALL | re.IGNORECASE) if self._lowered else ~re.DOTALL
        return None, added, removed & ~re.MULTILINE, inside

    def _place(self, place: Any) -> Any:
        """Return the anchor that is in a line of many where the given one is in a line alone."""
        code = self._code
        if place in (code.AT_BEGINNING, code.AT_BEGINNING_STRING):
            return code.AT_BEGINNING
        if place in (code.AT_END, code.AT_END_STRING):
            return code.AT_END
        if place is code.AT_BOUNDARY:
            return place
        raise _NotForLines  # \B is nowhere in an empty string, but is at an empty line of many

    def _character(self, node: Any, value: Any, flags: int) -> list[Any]:
        """Return what matches one character as the node does, but no line break."""
        code = self._code
        if node is code.LITERAL:
            if value == _BREAK:
                return [(code.IN, [])]  # a set that nothing is in
            if self._lowered and value < 128:
                return [(node, ord(chr(value).lower()))]
            items: list[Any] = [(node, value)]
        elif node is code.NOT_LITERAL:
            items = [(code.IN, [(code.NEGATE, None), (code.LITERAL, value), (code.LITERAL, _BREAK)])]
        else:
            items = self._set(value, flags)
        if self._lowered:
            return [(code.SUBPATTERN, (None, int(re.IGNORECASE), 0, self._sub(items)))]
        return items

    def _set(self, members: list[Any], flags: int) -> list[Any]:
        """Return what matches a character of a set, but no line break."""
        code = self._code
        if members[0][0] is code.NEGATE:
            return [(code.IN, [*members, (code.LITERAL, _BREAK)])]
        opposites = {code.CATEGORY_NOT_DIGIT: code.CATEGORY_DIGIT, code.CATEGORY_NOT_WORD: code.CATEGORY_WORD}
        # Codes are numbers, and equal to those of characters: only what is a category may be looked up.
        negations = [opposites[value] for kind, value in members if kind is code.CATEGORY and value in opposites]
        if negations and len(members) == 1:
            return [(code.IN, [(code.NEGATE, None), (code.CATEGORY, negations[0]), (code.LITERAL, _BREAK)])]
        if negations:
            no_break = self._sub([(code.LITERAL, _BREAK)])
            return [(code.ASSERT_NOT, (1, no_break)), (code.IN, members)]
        return [(code.IN, [new for kind, value in members for new in self._member(kind, value, flags)])]

    def _member(self, kind: Any, value: Any, flags: int) -> list[Any]:
        """Return one member of a set without the line break."""
        code = self._code
        if kind is code.LITERAL:
            return [(kind, value)] if value != _BREAK else []
        if kind is code.RANGE:
            low, high = value
            if not low <= _BREAK <= high:
                return [(kind, value)]
            parts = (low, _BREAK - 1), (_BREAK + 1, high)
            return [(kind, part) for part in parts if part[0] <= part[1]]
        if kind is not code.CATEGORY:
            raise _NotForLines
        if value is code.CATEGORY_SPACE:
            spaces = _ASCII_SPACES if flags & re.ASCII else _SPACES
            return [(code.LITERAL, space) for space in spaces]
        if value in (code.CATEGORY_DIGIT, code.CATEGORY_WORD, code.CATEGORY_NOT_SPACE):
            return [(kind, value)]
        raise _NotForLines
