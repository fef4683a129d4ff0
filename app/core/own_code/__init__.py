"""Code of the person's own: how a worker names it, and how a run of it is started, asked and listened to."""
