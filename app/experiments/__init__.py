"""Experiments: what uses many runs, the race and the matrix. No Qt."""
