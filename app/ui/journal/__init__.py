"""The session panel: charter, timer, notes, the steps of a plan, and evidence."""
