"""The files of ``resources/``: inside the package in an installed wheel, beside it in a checkout."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def resource(*parts: str) -> Path:
    """Return the path of a file under ``resources/``; any thread.

    Raises:
        FileNotFoundError: it is in neither place, so the installation is not whole.
    """
    for base in (_HERE / "resources", _HERE.parent / "resources"):
        path = base.joinpath(*parts)
        if path.exists():
            return path
    raise FileNotFoundError(f"{'/'.join(parts)} is missing from the installation; install thread-controller again.")


def display_name(name: str) -> str:
    """Return the name of a built-in example or plan for a menu: "Event tutorial" for ``tutorial-event``; any thread."""
    kind, _, topic = name.partition("-")
    words = f"{topic}-tutorial" if kind == "tutorial" and topic else name
    return words.replace("-against-", " vs. ").replace("-", " ").capitalize()
