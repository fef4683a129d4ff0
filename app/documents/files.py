"""Reading and writing small text files, with the user's troubles told in sentences."""

import os
import stat
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from app.core.errors import BadInput

LARGEST = 16 * 2**20  # bytes; a worker set of 10,000 rows has about 2 MB


def read_toml(path: Path) -> dict[str, Any]:
    """Return a TOML file's content; any thread.

    Raises:
        BadInput: it is missing, cannot be read, is too large, is not UTF-8, or is not TOML; the sentence says where.
    """
    return read_toml_text(path)[0]


def read_toml_text(path: Path) -> tuple[dict[str, Any], str]:
    """Return a TOML file's content and the text that it was read from, for who tells of a line; as ``read_toml``."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise BadInput(f"{path}: it is a pipe or a device, no file.")
        if status.st_size > LARGEST:
            raise BadInput(f"{path}: it is larger than {LARGEST // 2**20} MB; this is not a file of ours.")
        text = path.read_bytes().decode("utf-8")
        return tomllib.loads(text), text
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file.") from None
    except OSError as error:
        raise BadInput(f"{path}: it cannot be read ({error.strerror or error}).") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start + 1} is not UTF-8; save the file as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: it is not TOML: {str(error) or 'it is nested too deeply'}.") from None


def write_toml(path: Path, document: dict[str, Any]) -> None:
    """Write a TOML file, whole or not at all: into a temporary file beside it, which then takes its place.

    Raises:
        BadInput: it cannot be written; what was there before is still there.
    """
    try:
        text = tomli_w.dumps(document, multiline_strings=False).encode("utf-8")
        if len(text) > LARGEST:
            raise BadInput(f"{path}: it would be larger than {LARGEST // 2**20} MB, and could not be read again.")
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        _replace(path, text)
    except UnicodeEncodeError:
        raise BadInput(f"{path}: a text in it cannot be written as UTF-8; remove its broken characters.") from None
    except OSError as error:
        raise BadInput(f"{path}: it cannot be written ({error.strerror or error}).") from None
    except RuntimeError:
        # What Path.resolve says up to Python 3.12.
        raise BadInput(f"{path}: it cannot be written (it is a link to itself).") from None


def _replace(path: Path, content: bytes) -> None:
    # A link is written through to what it points to, and a file that may not be written is left alone, although its
    # folder would let us replace it.
    target = path.resolve()
    if target.is_symlink():
        # From Python 3.13 on, resolve() says nothing and gives the link back.
        raise OSError(None, "it is a link to itself")
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(None, "it is read-only")
    # Who could read the file before can read it afterwards; the temporary file itself is for nobody else.
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
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
