"""Where the settings are kept."""

from pathlib import Path

import platformdirs


def settings_path() -> Path:
    """Return where the platform keeps this program's settings; any thread."""
    return Path(platformdirs.user_config_dir("thread-controller", appauthor=False)) / "settings.toml"
