"""What is made of what was entered about a program that is to be observed; no Qt."""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from app.core.errors import BadInput, quoted
from app.core.program import Program
from app.programs.interpreters import OLDEST_OBSERVED, find_interpreter, known_version
from app.ui.threads.logic import Surroundings

_NEEDS = f"programs can be observed in Python {OLDEST_OBSERVED[0]}.{OLDEST_OBSERVED[1]} and newer"
NONE_FOUND = f"No newer Python was found: {_NEEDS}. Name one."


def usual_interpreter(offered: Sequence[str]) -> str:
    """Return the Python that is taken unless another one is named: the first that is offered, else ours."""
    return offered[0] if offered else sys.executable


def program_of(file: Path, arguments: str, where: Surroundings, offered: Sequence[str]) -> Program:
    """Return the program that is meant.

    Args:
        file: the script.
        arguments: its own, as a shell has them.
        where: what was typed.
        offered: the Pythons that are offered.

    Raises:
        BadInput: something that was typed is wrong, or the Python is known to be too old; the sentence says what.
    """
    try:
        words = shlex.split(arguments)
    except ValueError as error:
        raise BadInput(f"Arguments: {str(error).lower()}; put a quotation mark at both ends.", "arguments") from None
    if "\0" in arguments:
        raise BadInput("Arguments: they can't have a NUL in them.", "arguments")
    folder = Path(where.folder.strip()).expanduser() if where.folder.strip() else file.parent
    if not folder.is_dir():
        raise BadInput(f"Working folder: {quoted(str(folder), 200)} is no folder.", "folder")
    wanted = where.interpreter.strip() or usual_interpreter(offered)
    interpreter = find_interpreter(wanted)
    version = known_version(wanted)
    if version is not None and version < OLDEST_OBSERVED:
        if not where.interpreter.strip():
            raise BadInput(NONE_FOUND, "interpreter")
        raise BadInput(f"{quoted(wanted, 200)} is Python {version[0]}.{version[1]}; {_NEEDS}.", "interpreter")
    return Program(interpreter, (os.path.abspath(file), *words), str(folder))  # noqa: PTH100 - links are the program's own
