"""Opens threads of the person's own: what is in a file, how each is stopped, and workers of it."""
