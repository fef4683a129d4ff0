"""Tests of app.core, and what they share."""
