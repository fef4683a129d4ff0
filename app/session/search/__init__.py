"""Searching a session file in a process of its own, which frees the window and can be ended for certain; no Qt."""
