"""Engines and readers of other processes. No Qt."""
