r"""A regular expression for one line, rewritten into one that finds the same in many lines that are searched at once.

Searching each line by itself costs a call a line, several times what the search takes. In a string of many lines with a
line break between two, a pattern may find what a line alone does not have: ``\s`` and ``[^x]`` match the line break,
``\A`` is at the string's beginning only. So the text of the pattern is cut into its elements, and each element that could
match a line break is replaced by what is equal but cannot; anchors of the whole string become those of a line. What the
engine then does from any place of a line is, step by step, what it does in the line alone: it cannot leave the line.

Only the documented syntax of ``re`` is relied upon, and only the part of it that is listed in ``_ELEMENT``. A pattern with
anything else in it has no such counterpart, and the lines are searched one by one: back references, conditions, atomic
groups, possessive repeats, ``\B``, octal escapes, names of characters, groups that are comments.
"""

import re
import warnings
from typing import NamedTuple

# Letters beyond ASCII that match one of ASCII where case does not count, by that letter.
ALIKE = {"i": "\u0130\u0131", "k": "\u212a", "s": "\u017f"}

# One element of a pattern that has been compiled, so that its brackets are balanced; the possessive repeats keep it linear.
_ELEMENT = re.compile(
    r"""
    (?P<flags>\(\?[aimsux]++\))                           # of the whole pattern, at its beginning
    |(?P<group>\((?:\?(?P<added>[ims]*+)(?:-(?P<removed>[ims]++))?:|\?P<\w++>|(?!\?)))
    |(?P<look>\(\?<?[=!])
    |(?P<structure>[|)])
    |(?P<anchor>\\[AZb]|[\^$])
    |(?P<repeat>(?:[*+?]|\{[0-9]*+(?:,[0-9]*+)?\})\??(?!\+))
    |(?P<set>\[\^?+\]?+(?:\\.|[^\]\\])*+\])
    |(?P<category>\\[dDsSwW]|\.)
    |(?P<code>\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[afnrtv]))
    |(?P<escaped>\\[^a-zA-Z0-9])
    |(?P<plain>[^\\*+?()\[|^$.{]|\{(?![0-9]*+(?:,[0-9]*+)?\}))
    """,
    re.VERBOSE | re.DOTALL,
)
# What a verbose pattern is laid out with; a comment goes on behind a line break that has a backslash before it.
_LAYOUT = re.compile(r"(?:[ \t\n\r\v\f]|\#(?:\\.|[^\\\n])*+)*+", re.DOTALL)
# What matches the same within a line; "." matches no line break, because DOTALL is never asked for.
_IN_LINE = {r"\s": r"[^\S\n]", r"\D": r"[^\d\n]", r"\W": r"[^\w\n]", r"\A": "^", r"\Z": "$"}


class LinesPattern(NamedTuple):
    """A pattern for a string of many lines.

    Attributes:
        pattern: matches from the first hit in a line to the line's end, in every line that is a hit.
        required: the text that is in every hit, as UTF-8; where these bytes are not, no hit is. It may be empty.
        is_plain: whether a line that has the required text is a hit, whatever else is in it.
    """

    pattern: re.Pattern[str]
    required: bytes
    is_plain: bool


def for_lines(pattern: re.Pattern[str], *, lowered: bool = False) -> LinesPattern | None:
    """Return what finds the same in a string of many lines; None if there is no such pattern, or none is known.

    Args:
        pattern: any pattern.
        lowered: whether the string's ASCII letters will all be small ones, and none of ``ALIKE`` is in it. Then letters
            can be compared as they are, which the engine does several times faster. None if the pattern asks for case.
    """
    flags = pattern.flags
    if flags & re.LOCALE or (lowered and not flags & re.IGNORECASE):
        return None
    elements = _elements(pattern.pattern, verbose=bool(flags & re.VERBOSE))
    if elements is None:
        return None
    # Where letters are compared as they are, an element that still has to ignore case says so itself.
    flags = (flags | re.MULTILINE) & ~(re.VERBOSE | re.DOTALL | re.DEBUG | (re.IGNORECASE if lowered else re.NOFLAG))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is only doubtful
            rewritten = [_rewritten(element, lowered) for element in elements]
            if None in rewritten:
                return None
            compiled = re.compile(f"(?:{''.join(filter(None, rewritten))}).*", flags)
    except (re.error, RecursionError, OverflowError):
        return None  # it became too large, or too deeply nested
    required = "" if flags & re.IGNORECASE else _required(elements, lowered)
    is_plain = bool(required) and len(required) == len(elements)
    return LinesPattern(compiled, required.encode("utf-8", "surrogatepass"), is_plain)


def _elements(text: str, *, verbose: bool) -> list[re.Match[str]] | None:
    """Return the elements of a pattern, without its layout; None if one of them is not known."""
    elements: list[re.Match[str]] = []
    place = 0
    while True:
        if verbose and (layout := _LAYOUT.match(text, place)):
            place = layout.end()
        if place == len(text):
            return elements
        element = _ELEMENT.match(text, place)
        if element is None:
            return None
        elements.append(element)
        place = element.end()


def _rewritten(element: re.Match[str], lowered: bool) -> str | None:
    """Return an element so that it stays within a line; None if it asks for case although the text is lowered."""
    text, kind = element[0], element.lastgroup
    match kind:
        case "flags":
            return ""  # they are among the flags of the whole
        case "group":
            return _group(element["added"] or "", element["removed"] or "", lowered)
        case "anchor" | "category":
            return _IN_LINE.get(text, text)
        case "set":
            return _set(text, lowered)
        case "code" | "escaped" | "plain":
            return _character(text, lowered)
        case _:
            return text


def _group(added: str, removed: str, lowered: bool) -> str | None:
    """Return the beginning of a group that is not counted: without references nothing asks what it matched."""
    if lowered and "i" in removed:
        return None
    # Of lines that have no line breaks, DOTALL and MULTILINE say nothing.
    added = "i" if "i" in added and not lowered else ""
    return f"(?{added}{'-i' if 'i' in removed else ''}:"


def _character(text: str, lowered: bool) -> str:
    if lowered and text.isascii() and text.isalpha():
        return text.lower()
    if text == "{":
        return r"\{"  # without the layout around it, it could look like a repeat
    # An escaped sign such as "\\." has no case, a code such as "\\x41" may have.
    is_cased = lowered and (not text.isascii() or (len(text) > 1 and text[-1].isalnum()))
    if len(text) > 1 or text == "\n":
        text = _never_a_break(text)
    return f"(?i:{text})" if is_cased else text


def _set(text: str, lowered: bool) -> str:
    if text.startswith("[^"):
        # What would close the set, or make a range, if it stood behind the line break.
        first = "\\" if text[2] in "]-" else ""
        text = rf"[^\n{first}{text[2:]}"
    else:
        text = _never_a_break(text)
    return f"(?i:{text})" if lowered else text


def _never_a_break(text: str) -> str:
    """Return what matches the same one character as an element does, but no line break: the engine says if it would."""
    # The assertion stands behind, so that the engine still looks for the element's characters by a loop of C.
    return rf"(?:{text}(?<!\n))" if re.match(text, "\n") else text


def _required(elements: list[re.Match[str]], lowered: bool) -> str:
    """Return the longest text that a match must have, of those that are plain to see."""
    runs = [""]
    depth = 0
    for element in elements:
        text, kind = element[0], element.lastgroup
        if text == "|" and not depth:
            return ""
        depth += (kind in ("group", "look")) - (text == ")")
        if kind == "repeat":
            runs[-1] = runs[-1][:-1]
        is_literal = (
            kind in ("plain", "escaped") and not depth and text[-1] not in "\n{" and (text.isascii() or not lowered)
        )
        if is_literal:
            runs[-1] += text[-1].lower() if lowered else text[-1]
        else:
            runs.append("")
    return max(runs, key=len)
