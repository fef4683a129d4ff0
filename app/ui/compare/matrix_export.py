"""A matrix as the text of a file, and the file that keeps what a program's end cut short; no Qt."""

import json
from datetime import datetime
from pathlib import Path

from app.core.errors import BadInput
from app.experiments.race_report import matrix_csv
from app.experiments.report import matrix_markdown, matrix_values
from app.experiments.results import MatrixResult
from app.session.folder import make_folder
from app.session.save import save

_CUT_SHORT = "matrix cut short "


def rendered(result: MatrixResult, form: str) -> str:
    """Return a matrix as text; ``form`` is ``md``, ``csv`` or ``json``."""
    if form == "csv":
        return matrix_csv(result)
    if form == "md":
        return matrix_markdown(result)
    return json.dumps(matrix_values(result), indent=2) + "\n"


def save_cut_short(result: MatrixResult, folder: Path) -> Path:
    """Write what a matrix had found when the program ended beside the sessions, and return the file's path; any thread.

    Raises:
        BadInput: it cannot be written.
    """
    path = folder / f"{_CUT_SHORT}{datetime.now():%Y-%m-%d %H-%M-%S}.json"
    try:
        make_folder(folder)
    except OSError as error:
        raise BadInput(f"{folder}: it cannot be made ({error.strerror or error}).") from None
    save([rendered(result, "json").encode("ascii", "backslashreplace")], path, lambda: False)
    return path


def last_cut_short(folder: Path | None) -> Path | None:
    """Return the newest file that ``save_cut_short`` wrote to a folder; None if there is none."""
    return max(folder.glob(f"{_CUT_SHORT}*.json"), default=None) if folder is not None else None
