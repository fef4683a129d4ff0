"""The record of a session on disk: written as it happens, read in any part; no Qt."""
