"""The workers: their rows, their table, and editing in place."""
