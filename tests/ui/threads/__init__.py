"""Tests of app.ui.threads."""
