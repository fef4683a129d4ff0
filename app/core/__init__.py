"""Threads, stops, lanes and latency; the standard library only, relative imports only, no Qt."""
