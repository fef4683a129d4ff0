"""What is needed of the settings before the first window is shown: read at once, and checked later with the rest."""

from pathlib import Path
from typing import NamedTuple

from app.core.errors import BadInput
from app.documents.toml_text import LARGEST_SETTINGS, toml_text


class FirstLook(NamedTuple):
    """How the window was left: lengths in device-independent pixels, and the theme's name."""

    width: int = 1180
    height: int = 760
    maximized: bool = False
    theme: str = "system"


def first_look(path: Path) -> FirstLook:
    """Return how the window was left, or the defaults for whatever the file does not say rightly; any thread.

    ``load_settings`` reads the same file and says what is wrong with it; it takes four times as long to load.
    """
    import tomllib

    try:
        layout = tomllib.loads(toml_text(path, LARGEST_SETTINGS))["layout"]
        width, height = layout.get("width", 1180), layout.get("height", 760)
        if not (isinstance(width, int) and isinstance(height, int) and 200 <= min(width, height) <= 32_000):
            return FirstLook()
        theme = layout.get("theme", "system")
        known = theme if theme in ("light", "dark") else "system"
        return FirstLook(width, min(height, 32_000), layout.get("maximized") is True, known)
    except (BadInput, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return FirstLook()
