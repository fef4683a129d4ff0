"""Reading and writing TOML files; errors are sentences for the person whose file it is.

The text is measured before it is parsed: ``tomllib`` takes quadratic time for the parts of a dotted key. This module is
imported before the first window is shown, so what only writing needs is imported there.
"""

import os
import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from app.core.errors import BadInput, quoted

MAX_BYTES = 256_000  # bytes
MAX_SETTINGS_BYTES = 2_000_000  # bytes; 10,000 workers have half of it
MAX_KEY_PARTS = 100  # of a key or a table's name
# Large files may have few table names and dotted keys, which take that time; settings with thousands of workers have few.
_MAX_KEY_PARTS_IF_LARGE = 5
_MAX_DOTTED_NAMES = 1_000

# Strings of the four kinds and comments: dots in them separate no parts of a key. A string without an end is the last
# thing that a parser gets to.
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


def read_text(path: Path, most: int = MAX_BYTES) -> str:
    """Return the text of a TOML file, without a byte order mark; any thread; never blocks on a pipe.

    Args:
        path: the file.
        most: bytes that it may have; beyond ``MAX_BYTES``, only few of its keys may be dotted or tables' names.

    Raises:
        BadInput: it is not a regular file or not UTF-8, is too large, or has too long a key; the sentence says where.
        OSError: it cannot be read.
    """
    content = read_bytes(path, most)
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8.") from None
    _check_keys(path, text)
    return text


def read_bytes(path: Path, most: int, what: str = "Thread Controller file") -> bytes:
    """Return the bytes of a regular file; any thread; never blocks on a pipe.

    Args:
        path: the file.
        most: bytes that it may have.
        what: which kind of file was expected, for the sentence about a larger one.

    Raises:
        BadInput: it is not a regular file, or too large.
        OSError: it cannot be read.
    """

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    # The file is opened without waiting and looked at afterwards: a pipe would block us until something is written to it.
    with open(path, "rb", opener=opener) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(f"{path}: it is a pipe or a device, not a file.")
        # Files of the kernel's that never end, or never begin, have no length.
        content = file.read(most + 1) if status.st_size else b""
        if len(content) > most:
            raise BadInput(f"{path}: it is larger than {most // 1000:,} kB; this is not a {what}.")
        return content


def _check_keys(path: Path, text: str) -> None:
    is_long = len(text) > MAX_BYTES
    if text.count(".") < MAX_KEY_PARTS and not is_long:
        return
    bare, most = _bare(text), _MAX_KEY_PARTS_IF_LARGE if is_long else MAX_KEY_PARTS
    for number, line in enumerate(bare.split("\n"), 1):
        for piece in _BETWEEN_KEYS.split(line):
            if (parts := piece.count(".") + 1) > most:
                raise BadInput(
                    f"{path}, line {number}: the key {quoted(piece.strip())} has {parts:,} parts; {most} are the most."
                )
    if is_long and sum(1 for _ in _NAME.finditer(bare)) > _MAX_DOTTED_NAMES:
        raise BadInput(f"{path}: it is larger than {MAX_BYTES // 1000} kB; this is not a Thread Controller file.")


def _bare(text: str) -> str:
    """Return a text without what is in its strings and comments, its lines kept, as far as its strings are whole."""
    pieces, at = [], 0
    for hidden in _HIDDEN.finditer(text):
        pieces += [text[at : hidden.start()], "\n" * hidden[0].count("\n")]
        at = hidden.end()
        if hidden[0] in ("'", '"'):
            return "".join(pieces)
    return "".join((*pieces, text[at:]))


def read_toml(path: Path, most: int = MAX_BYTES) -> dict[str, Any]:
    """Return a TOML file's content; as ``read_toml_with_text``."""
    return read_toml_with_text(path, most)[0]


def read_toml_with_text(path: Path, most: int = MAX_BYTES) -> tuple[dict[str, Any], str]:
    """Return a TOML file's content and the text that it was read from, so that errors can name a line; any thread.

    BadInput says where it is wrong: missing, unreadable, more than ``most`` bytes, not UTF-8 or not TOML.
    """
    try:
        text = read_text(path, most)
        return tomllib.loads(text), text
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file.") from None
    except OSError as error:
        raise BadInput(f"{path}: it cannot be read ({error.strerror or error}).") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: it is not TOML: {str(error) or 'it is nested too deeply'}.") from None


def write_toml(path: Path, document: dict[str, Any], mode: int | None = None, most: int = MAX_BYTES) -> None:
    """Write a TOML file, whole or not at all: into a temporary file beside it, which then replaces it.

    The permissions are ``mode``; None: as before, or by the umask for a new file. BadInput if it cannot be written, or has
    more than ``most`` bytes, so could not be read again; what was there before is still there.
    """
    import tomli_w

    try:
        text = tomli_w.dumps(document, multiline_strings=False).encode("utf-8")
        if len(text) > most:
            raise BadInput(f"{path}: it would be larger than {most // 1000:,} kB, and could not be read again.")
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        _replace(path, text, mode)
    except UnicodeEncodeError:
        raise BadInput(f"{path}: a text in it cannot be written as UTF-8; remove its broken characters.") from None
    except OSError as error:
        raise BadInput(f"{path}: it cannot be written ({error.strerror or error}).") from None
    except RuntimeError:
        # What Path.resolve says up to Python 3.12.
        raise BadInput(f"{path}: it cannot be written (it is a link to itself).") from None


def _replace(path: Path, content: bytes, mode: int | None) -> None:
    # A link is written through to its target, and a read-only file is left alone, although its
    # folder would let us replace it.
    target = path.resolve()
    if target.is_symlink():
        # From Python 3.13 on, resolve() says nothing and gives the link back.
        raise OSError(None, "it is a link to itself")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(None, "it is read-only")
    if mode is None and target.exists():
        mode = stat.S_IMODE(target.stat().st_mode)
    import secrets  # here: only writing needs it, and it loads most of hashlib

    temporary = target.with_name(f".{secrets.token_hex(8)}.toml")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # Only its owner may read it until its mode is set; a new file gets the mode that the umask gives.
    descriptor = os.open(temporary, flags, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_toml_path(name: str) -> bool:
    """Return whether a name on the command line means a file: it ends in ``.toml``, or there is such a file; any thread."""
    try:
        return name.endswith(".toml") or Path(name).is_file()
    except (OSError, ValueError):
        return False  # too long a name, or one with a NUL in it


def move_aside(path: Path) -> Path | None:
    """Rename a damaged file to ``NAME.kept``, ``NAME.kept2``, … and return the new path; None if that cannot be done."""
    for number in range(1, 1000):
        aside = path.with_name(f"{path.name}.kept{number if number > 1 else ''}")
        if not aside.exists():
            try:
                return path.rename(aside)
            except OSError:
                return None
    return None
