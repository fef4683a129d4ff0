"""The catalogue of this program: what is built in, the adapters, and how code of the person's own can be stopped."""

from dataclasses import replace
from pathlib import Path

from app.adapters import whole_catalogue
from app.core.catalogue import Catalogue
from app.core.errors import BadInput
from app.core.own_code.description import STOP_FORMS, OwnCode, StopWay


def program_catalogue() -> Catalogue:
    """Return what can be chosen; a worker that does not say how its code is stopped gets what reading the file finds."""
    return replace(whole_catalogue(), find_stop=find_stop)


def find_stop(code: OwnCode) -> StopWay:
    """Return the best way of asking that reading a file finds, which may be not to ask; any thread.

    Raises:
        BadInput: the file cannot be read, or has no such function or thread.
    """
    from app.programs.own_code import read_python_file  # here: it loads Python's parser

    try:
        return read_python_file(Path(code.file)).find(code.name).ways[0]
    except BadInput as error:
        sentence = f"code: stop: it is missing, and the file does not show it. {error} Or write stop = {STOP_FORMS}."
        raise BadInput(sentence, "code") from None
