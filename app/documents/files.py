"""Reading and writing small text files, with the user's troubles told in sentences."""

import os
import secrets
import stat
import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from app.core.errors import BadInput
from app.documents.toml_text import LARGEST, toml_text


def read_toml(path: Path, most: int = LARGEST) -> dict[str, Any]:
    """Return a TOML file's content; any thread.

    Args:
        path: the file.
        most: bytes that it may have.

    Raises:
        BadInput: it is missing, cannot be read, is too large, is not UTF-8, or is not TOML; the sentence says where.
    """
    return read_toml_text(path, most)[0]


def read_toml_text(path: Path, most: int = LARGEST) -> tuple[dict[str, Any], str]:
    """Return a TOML file's content and the text that it was read from, for who tells of a line; as ``read_toml``."""
    try:
        text = toml_text(path, most)
        return tomllib.loads(text), text
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file.") from None
    except OSError as error:
        raise BadInput(f"{path}: it cannot be read ({error.strerror or error}).") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: it is not TOML: {str(error) or 'it is nested too deeply'}.") from None


def write_toml(path: Path, document: dict[str, Any], mode: int | None = None, most: int = LARGEST) -> None:
    """Write a TOML file, whole or not at all: into a temporary file beside it, which then takes its place.

    Args:
        path: the file.
        document: its content.
        mode: who may read and write it; None: as before, or as the umask says for a new file.
        most: bytes that it may have to be read again.

    Raises:
        BadInput: it cannot be written; what was there before is still there.
    """
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
    # A link is written through to what it points to, and a file that may not be written is left alone, although its
    # folder would let us replace it.
    target = path.resolve()
    if target.is_symlink():
        # From Python 3.13 on, resolve() says nothing and gives the link back.
        raise OSError(None, "it is a link to itself")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(None, "it is read-only")
    if mode is None and target.exists():
        mode = stat.S_IMODE(target.stat().st_mode)
    temporary = target.with_name(f".{secrets.token_hex(8)}.toml")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # For its owner alone until it is known who else may read it; what is new is as the umask says.
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


def keep_aside(path: Path) -> Path | None:
    """Rename a damaged file to ``NAME.kept``, ``NAME.kept2``, … and return the new path; None if that cannot be done."""
    for number in range(1, 1000):
        aside = path.with_name(f"{path.name}.kept{number if number > 1 else ''}")
        if not aside.exists():
            try:
                return path.rename(aside)
            except OSError:
                return None
    return None
