"""The compare window: a race of workers, strategies × workloads, and two strategies' code side by side."""
