"""The settings that the first window is shown with: read at once, without the catalogue; checked later with the rest."""

from pathlib import Path
from typing import NamedTuple

import platformdirs

from app.core.errors import BadInput
from app.documents.toml_files import MAX_SETTINGS_BYTES, read_text


class StartupSettings(NamedTuple):
    """How the window was left: lengths in device-independent pixels, and the theme's name."""

    width: int = 1180
    height: int = 760
    maximized: bool = False
    theme: str = "system"


def settings_path() -> Path:
    """Return where the platform keeps this program's settings; any thread."""
    return Path(platformdirs.user_config_dir("thread-controller", appauthor=False)) / "settings.toml"


def kept_session_folder() -> Path | None:
    """Return the folder for sessions that the settings name; None if they name none or cannot be read; any thread."""
    import tomllib

    try:
        folder = tomllib.loads(read_text(settings_path(), MAX_SETTINGS_BYTES)).get("session_folder", "")
    except (BadInput, OSError, ValueError, RecursionError):
        return None
    path = Path(folder) if isinstance(folder, str) and folder and "\0" not in folder else None
    return path if path is not None and path.is_absolute() else None


def read_startup_settings(path: Path) -> StartupSettings:
    """Return how the window was left, or the defaults if the file is missing or wrong; any thread.

    ``load_settings`` reads the same file and says what is wrong with it; its imports take four times as long.
    """
    import tomllib

    try:
        layout = tomllib.loads(read_text(path, MAX_SETTINGS_BYTES))["layout"]
        width, height = layout.get("width", 1180), layout.get("height", 760)
        if not (isinstance(width, int) and isinstance(height, int) and 200 <= min(width, height) <= 32_000):
            return StartupSettings()
        theme = layout.get("theme", "system")
        known = theme if theme in ("light", "dark") else "system"
        return StartupSettings(width, min(height, 32_000), layout.get("maximized") is True, known)
    except (BadInput, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return StartupSettings()
