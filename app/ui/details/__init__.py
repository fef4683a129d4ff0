"""The details of the selected worker: its settings, the code of its strategy, its last run, one record."""
