"""The main job without a screen; no Qt."""
