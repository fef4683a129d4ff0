"""Programs that run in other processes; no Qt."""
