"""What cannot be seen, made visible: texts from outside may not move the cursor, turn the reading or end a document."""

import re

# Control characters but tab and line break; what turns the direction of reading or has no width; lone surrogates,
# noncharacters (XML 1.0 forbids some of these) and invisible tags. The joiners of emoji and of Persian words stay.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return a text with what cannot be seen as Python's escapes; tabs and line breaks stay."""
    return _HIDDEN.sub(_escape, text)


def one_line(text: str) -> str:
    """Return a text as one line: line breaks and tabs as escapes too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def cut(text: str, most: int) -> str:
    """Return a text of at most ``most`` characters; one that was longer ends in an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")
