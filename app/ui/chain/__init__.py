"""The stop chain of a run: in words, as a bar, as a table, and where the thread was."""
