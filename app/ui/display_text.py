"""How texts and times are shown in one row of a table; no Qt."""

import re

from app.core.latency import session_time

__all__ = ["LONGEST_SHOWN", "session_time", "visible"]

LONGEST_SHOWN = 4_096  # characters of a text in its row; the whole is in the details

_NOT_PLAIN = re.compile(r"[^ -~]")  # what is not printable ASCII; most of a text is, and costs nothing so
_SIGNS = {"\n": "⏎", "\t": "⇥", "\r": "␍", "\0": "␀", "\x1b": "␛"}


def visible(text: str, longest: int = LONGEST_SHOWN) -> str:
    r"""Return a text for one row: clipped, and with every character that cannot be seen as a visible sign.

    Line breaks and tabs become signs of their own, other control characters, bidirectional overrides, lone surrogates
    and byte order marks become escapes such as ``\u202e``: none of them reaches Qt, which would drop or obey them.
    """
    shown = text if len(text) <= longest else text[:longest] + "…"
    if shown.isprintable():
        return shown
    return _NOT_PLAIN.sub(_visible_character, shown)


def _visible_character(found: re.Match[str]) -> str:
    character = found.group()
    if character.isprintable():
        return character
    sign = _SIGNS.get(character)
    if sign is None:
        sign = character.encode("unicode_escape").decode("ascii")
    return sign
