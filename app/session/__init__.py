"""The record of a sitting on disk: written as it happens, read in any part; no Qt."""
