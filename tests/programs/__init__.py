"""Tests of app.programs."""
