"""The real window on a real X server, driven by its accessible names as a screen reader's user drives it."""
