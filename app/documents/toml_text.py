"""The text of a TOML file, measured before it is parsed: ``tomllib`` takes quadratic time for the parts of keys."""

import os
import re
import stat
from pathlib import Path

from app.core.errors import BadInput, quoted

LARGEST = 256_000  # bytes
LARGEST_SETTINGS = 2_000_000  # bytes; 10,000 workers have half of it
MOST_PARTS = 100  # of a key or a table's name
# Settings with thousands of workers have few of what takes that time: tables' names and dotted keys.
_MOST_PARTS_OF_LONG = 5
_MOST_NAMES_OF_LONG = 1_000

# What can hold dots that part no key: strings of the four kinds, and comments. A string without an end is the last thing
# that a parser gets to.
_HIDDEN = re.compile(
    r'"""(?:[^\\]|\\.)*?(?:"{3,5}|\\?\Z)'
    r"|'''.*?(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\.)*+"'
    r"|'[^'\n]*+'"
    r"|\#[^\n]*+"
    r"|['\"]",
    re.DOTALL,
)
_BETWEEN_KEYS = re.compile(r"[=,\[\]{}]")
_NAME = re.compile(r"^[ \t]*\[|\.[^=,\[\]{}\n]*=", re.MULTILINE)


def toml_text(path: Path, most: int = LARGEST) -> str:
    """Return the text of a TOML file, without a byte order mark; any thread. Nothing is waited for.

    Args:
        path: the file.
        most: bytes that it may have; beyond ``LARGEST``, only few of its keys may be dotted or tables' names.

    Raises:
        BadInput: it is no plain file or no UTF-8, is too large, or has a key that is too long; the sentence says where.
        OSError: it cannot be read.
    """
    content = _content(path, most)
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8.") from None
    _check_keys(path, text)
    return text


def _content(path: Path, most: int) -> bytes:
    # Looked at once it is open, and opened without waiting: a pipe would keep us until somebody writes to it.
    with open(path, "rb", opener=_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(f"{path}: it is a pipe or a device, no file.")
        # Files of the kernel's that never end, or never begin, have no length.
        content = file.read(most + 1) if status.st_size else b""
        if len(content) > most:
            raise BadInput(f"{path}: it is larger than {most // 1000:,} kB; this is not a file of ours.")
        return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check_keys(path: Path, text: str) -> None:
    is_long = len(text) > LARGEST
    if text.count(".") < MOST_PARTS and not is_long:
        return
    bare, most = _bare(text), _MOST_PARTS_OF_LONG if is_long else MOST_PARTS
    for number, line in enumerate(bare.split("\n"), 1):
        for piece in _BETWEEN_KEYS.split(line):
            if (parts := piece.count(".") + 1) > most:
                raise BadInput(
                    f"{path}, line {number}: the key {quoted(piece.strip())} has {parts:,} parts; {most} are the most."
                )
    if is_long and sum(1 for _ in _NAME.finditer(bare)) > _MOST_NAMES_OF_LONG:
        raise BadInput(f"{path}: it is larger than {LARGEST // 1000} kB; this is not a file of ours.")


def _bare(text: str) -> str:
    """Return a text without what is in its strings and comments, its lines kept, as far as its strings are whole."""
    pieces, at = [], 0
    for hidden in _HIDDEN.finditer(text):
        pieces += [text[at : hidden.start()], "\n" * hidden[0].count("\n")]
        at = hidden.end()
        if hidden[0] in ("'", '"'):
            return "".join(pieces)
    return "".join((*pieces, text[at:]))
